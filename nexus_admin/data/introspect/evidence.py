"""What speaks for a relation that nobody declared: how many of its values are found on the other side."""

from __future__ import annotations

import time
from collections.abc import Iterable

from nexus_admin.data.catalog import Catalog
from nexus_admin.data.guesses.undeclared import Candidate, Measured
from nexus_admin.data.introspect.capped import Capped

VALUES = 1000
ALL_SECONDS = 4.0
"""How long all of them together may take; what is left is judged by its name."""


def measure(capped: Capped, catalog: Catalog, candidates: Iterable[Candidate]) -> dict[Candidate, Measured]:
    """Return, for each candidate that could be looked at in time, how many distinct values were found."""
    found: dict[Candidate, Measured] = {}
    end = time.monotonic() + ALL_SECONDS
    for candidate in candidates:
        if time.monotonic() > end:
            break
        rows = capped.rows(_statement(capped, catalog, candidate))
        if rows:
            looked, matched = rows[0]
            found[candidate] = Measured(int(looked or 0), int(matched or 0))
    return found


def _statement(capped: Capped, catalog: Catalog, one: Candidate) -> str:
    near = capped.name(one.table[1], one.table[0] or catalog.default_schema)
    far = capped.name(one.target[1], one.target[0] or catalog.default_schema)
    column, theirs = capped.name(one.column), capped.name(one.target_column)
    some = f"SELECT {column} AS v FROM {near} WHERE {column} IS NOT NULL LIMIT {VALUES}"
    return (
        f"SELECT count(*), sum(CASE WHEN EXISTS (SELECT 1 FROM {far} f WHERE f.{theirs} = s.v) THEN 1 ELSE 0 END)"
        f" FROM (SELECT DISTINCT v FROM ({some}) a) s"
    )
