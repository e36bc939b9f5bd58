"""A small look at each table's rows: one cheap statement, capped in rows, width and time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from nexus_admin.data.catalog import Catalog, FoundColumn, FoundTable, Sample
from nexus_admin.data.guesses.types import typed
from nexus_admin.data.introspect.capped import Capped

ROWS = 200
WIDTH = 300
MANY_COLUMNS = 120
ALL_SECONDS = 8.0
"""How long all tables together may take."""

Samples = Mapping[tuple[str | None, str], Sample]

_KEPT = frozenset({"text", "long_text", "integer", "decimal", "boolean", "date", "datetime", "time", "year", "unknown"})


def sample_tables(
    capped: Capped, catalog: Catalog, progress: Callable[[str, int, int], None] | None
) -> tuple[dict[tuple[str | None, str], Sample], list[str]]:
    """Return samples by table, and the names of the tables whose rows could not be looked at in time."""
    found: dict[tuple[str | None, str], Sample] = {}
    missed: list[str] = []
    end = time.monotonic() + ALL_SECONDS
    for done, table in enumerate(catalog.tables, start=1):
        if progress:
            progress(table.spoken, done, len(catalog.tables))
        if table.type == "shadow" or table.partition_of or table.estimated_rows == 0:
            continue
        one = sample(capped, catalog, table) if time.monotonic() < end else None
        if one is None:
            missed.append(table.spoken)
        else:
            found[table.at] = one
    return found, missed


def sample(capped: Capped, catalog: Catalog, table: FoundTable) -> Sample | None:
    """Return some rows of *table*, the first and the last where it has a key; None where that fails."""
    columns = [column for column in table.columns if _is_kept(column)][:MANY_COLUMNS]
    if not columns:
        return Sample(0)
    rows = capped.rows(_statement(capped, catalog, table, columns))
    if rows is None:
        return None
    first = [row for row in rows if not row[0]]
    both_ends = table.primary_key or (table.row_name and table.type == "table")
    whole = len(first) < (ROWS // 2 if both_ends and not table.is_view else ROWS)
    rows = first if whole else rows
    values = {column.name: tuple(row[at] for row in rows) for at, column in enumerate(columns, start=1)}
    return Sample(len(rows), values, whole)


def _is_kept(column: FoundColumn) -> bool:
    return not column.shape and typed(column.base).kind in _KEPT


def _statement(capped: Capped, catalog: Catalog, table: FoundTable, columns: list[FoundColumn]) -> str:
    chosen = ", ".join(_cut(capped, column) for column in columns)
    source = capped.name(table.name, table.schema or catalog.default_schema)
    key = [capped.name(name) for name in table.primary_key]
    if capped.dialect not in ("postgresql", "mysql", "mariadb", "sqlite"):
        return f"SELECT 0, {chosen} FROM {source} FETCH FIRST {ROWS} ROWS ONLY"
    if not key and table.row_name and table.type == "table":
        key = [table.row_name]
    if not key or table.is_view:
        return f"SELECT 0, {chosen} FROM {source} LIMIT {ROWS}"
    first = f"SELECT 0, {chosen} FROM {source} ORDER BY {', '.join(key)} LIMIT {ROWS // 2}"
    last = f"SELECT 1, {chosen} FROM {source} ORDER BY {', '.join(f'{name} DESC' for name in key)} LIMIT {ROWS // 2}"
    if capped.dialect == "sqlite":
        return f"SELECT * FROM ({first}) UNION ALL SELECT * FROM ({last})"
    return f"({first}) UNION ALL ({last})"


def _cut(capped: Capped, column: FoundColumn) -> str:
    name = capped.name(column.name)
    if capped.dialect == "sqlite":
        return f"CASE typeof({name}) WHEN 'text' THEN substr({name}, 1, {WIDTH}) WHEN 'blob' THEN x'00' ELSE {name} END"
    if capped.dialect == "postgresql":
        return f"left({name}::text, {WIDTH})"
    if capped.dialect in ("mysql", "mariadb"):
        return f"LEFT(CAST({name} AS CHAR), {WIDTH})"
    return name
