"""All values of columns that seem to choose from few, so that no choice is missing."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from nexus_admin.data.catalog import Catalog, FoundTable, Sample
from nexus_admin.data.guesses.choices import MOST, choosing
from nexus_admin.data.introspect.capped import Capped

ROWS = 20_000
ALL_SECONDS = 2.0
"""How long all columns together may take; what is left is judged by the sample."""

_DIALECTS = ("sqlite", "postgresql", "mysql", "mariadb")


def with_choices(
    capped: Capped, catalog: Catalog, samples: Mapping[tuple[str | None, str], Sample]
) -> dict[tuple[str | None, str], Sample]:
    """Return the samples, with all values of the columns that seem to choose from few."""
    found = dict(samples)
    end = time.monotonic() + ALL_SECONDS
    for table in catalog.tables:
        sample = samples.get(table.at)
        if sample is None or sample.whole or table.is_view or capped.dialect not in _DIALECTS:
            continue
        chosen = {}
        for column in choosing(table, sample):
            rows = capped.rows(_statement(capped, catalog, table, column)) if time.monotonic() < end else None
            if rows is not None:
                chosen[column] = tuple((row[0], int(row[1])) for row in rows)
        found[table.at] = replace(sample, chosen=chosen)
    return found


def _statement(capped: Capped, catalog: Catalog, table: FoundTable, column: str) -> str:
    name, source = capped.name(column), capped.name(table.name, table.schema or catalog.default_schema)
    some = f"SELECT {name} AS v FROM {source} WHERE {name} IS NOT NULL LIMIT {ROWS}"
    return f"SELECT v, count(*) FROM ({some}) AS s GROUP BY v ORDER BY 2 DESC, 1 LIMIT {MOST + 1}"
