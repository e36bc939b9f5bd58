"""SQLite's catalog, object by object by its pragmas: one broken view or virtual table never ends it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from nexus_admin.data.catalog import Catalog, FoundColumn, FoundForeignKey, FoundTable, OnDelete
from nexus_admin.data.guesses.types import numbers, split_native, sqlite_base
from nexus_admin.data.introspect.statements import Asker, quoted

_LIST = """
SELECT name, type, sql FROM sqlite_master
 WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite~_%' ESCAPE '~' """
_COMMENT = re.compile(r"(?s)--[^\n]*|/\*.*?\*/")
_CHECK_TOKEN = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|/\*.*?\*/|\w+|\(|\)""", re.DOTALL
)
_ROW_NAMES = ("rowid", "_rowid_", "oid")
_SHADOWS = {
    "fts3": ("content", "segments", "segdir", "docsize", "stat"),
    "fts4": ("content", "segments", "segdir", "docsize", "stat"),
    "fts5": ("data", "idx", "content", "docsize", "config"),
    "rtree": ("node", "parent", "rowid"),
    "geopoly": ("node", "parent", "rowid"),
}
_ON_DELETE: dict[str, OnDelete] = {
    "CASCADE": "cascade",
    "SET NULL": "set null",
    "SET DEFAULT": "set default",
    "RESTRICT": "restrict",
}


def read_sqlite(connection: sa.Connection) -> Catalog:
    """Return what the main database holds; objects that cannot be read stand in `unsure`."""
    ask = Asker(connection)
    objects = ask.rows(_LIST)
    unsure: list[str] = []
    kinds = _kinds(ask, objects)
    estimates = _estimates(ask)
    tables: list[FoundTable] = []
    primary_keys: dict[str, tuple[str, ...]] = {}
    for name, sort, sql in objects:
        try:
            table = _table(ask, name, kinds.get(name, sort), sql or "", estimates)
        except sa.exc.DBAPIError as error:
            unsure.append(f"The {sort} {name or '(no name)'} could not be read: {error.orig}.")
            continue
        if not table.columns:
            unsure.append(f"The {sort} {name or '(no name)'} has no columns that can be read.")
            continue
        tables.append(table)
        primary_keys[name.casefold()] = table.primary_key
    names = {table.name.casefold(): table.name for table in tables}
    return Catalog("sqlite", None, tuple(_resolved(table, names, primary_keys) for table in tables), tuple(unsure))


def _kinds(ask: Asker, objects: Iterable[tuple[Any, ...]]) -> dict[str, str]:
    """Return by name: `table`, `view`, `virtual`, `shadow`; from SQLite 3.37 on it says so itself."""
    try:
        return {row[0]: row[1] for row in ask.rows("SELECT name, type FROM pragma_table_list WHERE schema = 'main'")}
    except sa.exc.DBAPIError:
        pass
    found = {name: sort for name, sort, _ in objects}
    for name, _, sql in objects:
        module = re.match(r"(?is)\s*create\s+virtual\s+table\b.*?\busing\s+(\w+)", sql or "")
        if module:
            found[name] = "virtual"
            for ending in _SHADOWS.get(module[1].lower(), ()):
                found[f"{name}_{ending}"] = "shadow"
    return found


def _estimates(ask: Asker) -> dict[str, int]:
    """Return rows by table from ANALYZE's table, where it was ever run."""
    try:
        rows = ask.rows("SELECT tbl, stat FROM sqlite_stat1 WHERE stat IS NOT NULL")
    except sa.exc.DBAPIError:
        return {}
    found: dict[str, int] = {}
    for table, stat in rows:
        first = str(stat).split(" ", 1)[0]
        if first.isdigit():
            found[table] = max(found.get(table, 0), int(first))
    return found


def _table(ask: Asker, name: str, sort: str, sql: str, estimates: dict[str, int]) -> FoundTable:
    info = ask.rows('SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?)', name)
    key = tuple(row[0] for row in sorted((row for row in info if row[4]), key=lambda row: row[4]))
    view = sort == "view"
    without_rowid = not view and bool(re.search(r"(?is)\)[^)]*\bwithout\s+rowid\b[^)]*$", sql))
    alias = _numbered(info, key, sql) if not without_rowid and sort in ("table", "shadow") else None
    columns = tuple(_column(row, alias) for row in info if row[5] != 1)
    uniques, indexes = ([], []) if view else _indexes(ask, name)
    taken = {column.name.casefold() for column in columns}
    free = next((one for one in _ROW_NAMES if one not in taken), None)
    row_name = None if view or without_rowid else free
    return FoundTable(
        schema=None,
        name=name,
        type={"view": "view", "virtual": "virtual", "shadow": "shadow"}.get(sort, "table"),  # type: ignore[arg-type]
        columns=columns,
        primary_key=key,
        foreign_keys=() if view else _foreign_keys(ask, name),
        uniques=tuple(uniques),
        indexed=frozenset({one[0] for one in indexes} | set(key[:1])),
        indexes=tuple(indexes),
        checks=tuple(_checks(sql)) if sort == "table" else (),
        row_name=row_name,
        internal="It keeps the data of a virtual table." if sort == "shadow" else None,
        estimated_rows=estimates.get(name, _span(ask, name, row_name) if sort == "table" else None),
    )


def _numbered(info: list[tuple[Any, ...]], key: tuple[str, ...], sql: str) -> str | None:
    """Return the column that is another name of the row number, so that SQLite fills it."""
    if len(key) != 1:
        return None
    row = next(row for row in info if row[0] == key[0])
    descending = re.search(r"(?is)\binteger\s+primary\s+key\s+desc\b", sql)
    return key[0] if str(row[1]).strip().upper() == "INTEGER" and not descending else None


def _column(row: tuple[Any, ...], alias: str | None) -> FoundColumn:
    name, declared, not_null, default, _, hidden = row
    base = sqlite_base(declared or "")
    _, arguments, _ = split_native(declared or "")
    first, second = numbers(arguments)
    return FoundColumn(
        name=name,
        native=declared or "",
        base=base,
        nullable=not not_null and name != alias,
        default="rowid" if name == alias else _meant(default),
        generated=hidden in (2, 3),
        identity="default" if name == alias else "",
        length=first if base in ("varchar", "text") else None,
        precision=first if base in ("numeric", "float") else None,
        scale=second if base in ("numeric", "float") else None,
    )


def _meant(default: str | None) -> str | None:
    return None if default is None or default.strip().upper() == "NULL" else default


def _indexes(ask: Asker, name: str) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    uniques: list[tuple[str, ...]] = []
    indexes: list[tuple[str, ...]] = []
    for index, unique, origin, partial in ask.rows(
        'SELECT name, "unique", origin, partial FROM pragma_index_list(?) ORDER BY seq DESC', name
    ):
        columns = [row[0] for row in ask.rows("SELECT name FROM pragma_index_info(?) ORDER BY seqno", index)]
        if not columns or None in columns:
            continue
        if not partial:
            indexes.append(tuple(columns))
            if unique and origin != "pk":
                uniques.append(tuple(columns))
    return uniques, indexes


def _foreign_keys(ask: Asker, name: str) -> tuple[FoundForeignKey, ...]:
    groups: dict[int, list[tuple[Any, ...]]] = {}
    statement = 'SELECT id, seq, "table", "from", "to", on_delete FROM pragma_foreign_key_list(?) ORDER BY id DESC, seq'
    for row in ask.rows(statement, name):
        groups.setdefault(row[0], []).append(row)
    return tuple(
        FoundForeignKey(
            columns=tuple(row[3] for row in rows),
            target=(None, rows[0][2]),
            target_columns=tuple(row[4] for row in rows if row[4] is not None),
            on_delete=_ON_DELETE.get(str(rows[0][5]).upper(), "no action"),
        )
        for rows in groups.values()
    )


def _resolved(table: FoundTable, names: dict[str, str], keys: dict[str, tuple[str, ...]]) -> FoundTable:
    """Spell foreign keys as the tables are spelled: SQLite folds case, and `REFERENCES t` means t's primary key."""
    found: list[FoundForeignKey] = []
    for one in table.foreign_keys:
        target = names.get(one.target[1].casefold())
        columns = one.target_columns or keys.get(one.target[1].casefold(), ())
        if target is not None and len(columns) == len(one.columns):
            found.append(FoundForeignKey(one.columns, (None, target), columns, one.on_delete))
    return replace(table, foreign_keys=tuple(found))


def _span(ask: Asker, name: str, row_name: str | None) -> int | None:
    """Return the span of row numbers: both ends are found at once, and few tables have gaps."""
    if row_name is None:
        return None
    table = quoted(name, '"')
    statement = f"SELECT (SELECT max({row_name}) FROM {table}), (SELECT min({row_name}) FROM {table})"
    try:
        ((most, least),) = ask.rows(statement)
    except sa.exc.DBAPIError:
        return None
    return 0 if most is None else int(most) - int(least) + 1


def _checks(sql: str) -> Iterable[str]:
    """Yield what stands in the parentheses of each CHECK of a CREATE TABLE."""
    depth, start, open_at, awaiting = 0, 0, 0, False
    for match in _CHECK_TOKEN.finditer(sql):
        token = match[0]
        if token == "(":
            depth += 1
            if awaiting:
                start, open_at, awaiting = match.end(), depth, False
        elif token == ")":
            if start and depth == open_at:
                yield _COMMENT.sub(" ", sql[start : match.start()]).strip()
                start = 0
            depth -= 1
        elif not start:
            awaiting = token.upper() == "CHECK"
