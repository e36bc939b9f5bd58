"""Every way in which SQLite's columns of dates write them: a few rows do not tell whether all are written alike."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from nexus_admin.data.catalog import Catalog, FoundTable, Sample
from nexus_admin.data.introspect.capped import Capped
from nexus_admin.data.values.spelling import spelling_of

ROWS = 200_000
"""Rows of a table that are looked at; the rest is taken to be written alike."""

WAYS = 20
ALL_SECONDS = 2.0
"""How long all columns together may take; what is left is judged by the sample."""


def with_spellings(
    capped: Capped, catalog: Catalog, samples: Mapping[tuple[str | None, str], Sample]
) -> dict[tuple[str | None, str], Sample]:
    """Return the samples, with a value in each way of writing for the columns that hold moments."""
    found = dict(samples)
    end = time.monotonic() + ALL_SECONDS
    for table in catalog.tables:
        sample = samples.get(table.at)
        if capped.dialect != "sqlite" or sample is None or sample.whole or table.is_view:
            continue
        spelled = {}
        for column in (one.name for one in table.columns if spelling_of(sample.present(one.name)) is not None):
            rows = capped.rows(_statement(capped, table, column)) if time.monotonic() < end else None
            if rows is not None:
                spelled[column] = tuple(row[0] for row in rows)
        found[table.at] = replace(sample, spelled=spelled)
    return found


def _statement(capped: Capped, table: FoundTable, column: str) -> str:
    name, source = capped.name(column), capped.name(table.name)
    some = f"SELECT {name} AS v FROM {source} WHERE typeof({name}) = 'text' LIMIT {ROWS}"
    way = "length(v), substr(v, 11, 1), ltrim(substr(v, 20), '.0123456789')"
    return f"SELECT min(v) FROM ({some}) GROUP BY {way} LIMIT {WAYS}"
