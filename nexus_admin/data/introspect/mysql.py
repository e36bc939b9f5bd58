"""MariaDB's and MySQL's catalog from information_schema, in a handful of statements."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

import sqlalchemy as sa

from nexus_admin.data.catalog import Catalog, FoundColumn, FoundForeignKey, FoundTable, OnDelete
from nexus_admin.data.introspect.statements import Asker

_SYSTEM = "('information_schema', 'mysql', 'performance_schema', 'sys')"
_ON_DELETE: dict[str, OnDelete] = {"CASCADE": "cascade", "SET NULL": "set null", "RESTRICT": "restrict"}
_NUMBERED = ("decimal", "numeric", "float", "double")
_At = tuple[str, str]


def read_mysql(connection: sa.Connection) -> Catalog:
    """Return what the login may see: the URL's database, or all databases where it names none."""
    ask = Asker(connection)
    ((default,),) = ask.rows("SELECT DATABASE()")
    scope = f"= {_text(default)}" if default else f"NOT IN {_SYSTEM}"
    columns = _columns(ask, scope)
    keys, uniques, indexes = _indexes(ask, scope)
    foreign_keys = _foreign_keys(ask, scope, default)
    checks = _checks(ask, scope)
    tables: list[FoundTable] = []
    unsure: list[str] = []
    for schema, name, sort, rows, comment in ask.rows(
        "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, TABLE_ROWS, TABLE_COMMENT FROM information_schema.TABLES"
        f" WHERE TABLE_SCHEMA {scope} AND TABLE_TYPE <> 'SEQUENCE' ORDER BY TABLE_SCHEMA, TABLE_NAME"
    ):
        at, view = (schema, name), "VIEW" in sort
        if at not in columns:
            why = _words_of(comment) if view and comment and comment != "VIEW" else "its columns cannot be read"
            unsure.append(f"The {'view' if view else 'table'} {name} is left out: {why}.")
            continue
        tables.append(
            FoundTable(
                schema=None if schema == default else schema,
                name=name,
                type="view" if view else "table",
                columns=tuple(columns[at]),
                primary_key=keys.get(at, ()),
                foreign_keys=tuple(foreign_keys.get(at, ())),
                uniques=tuple(uniques.get(at, ())),
                indexed=frozenset(one[0] for one in indexes.get(at, ())),
                indexes=tuple(indexes.get(at, ())),
                checks=tuple(checks.get(at, ())),
                estimated_rows=None if view or rows is None else int(rows),
                comment=None if view else _words_of(comment) or None,
            )
        )
    return Catalog("mysql", default, tuple(tables), tuple(unsure))


def _text(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _words_of(value: Any) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")
    return text.strip().rstrip(".")


def _columns(ask: Asker, scope: str) -> dict[_At, list[FoundColumn]]:
    found: dict[_At, list[FoundColumn]] = defaultdict(list)
    for row in ask.rows(
        "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, COLUMN_DEFAULT, IS_NULLABLE, DATA_TYPE, COLUMN_TYPE,"
        " CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, EXTRA, COLUMN_COMMENT"
        f" FROM information_schema.COLUMNS WHERE TABLE_SCHEMA {scope}"
        " ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION"
    ):
        found[row[0], row[1]].append(_column(*row[2:]))
    return found


def _column(
    name: str,
    default: Any,
    nullable: str,
    data_type: Any,
    column_type: Any,
    length: int | None,
    precision: int | None,
    scale: int | None,
    extra: str,
    comment: str,
) -> FoundColumn:
    native, base = _words_of(column_type), _words_of(data_type).lower()
    extra = extra.lower()
    automatic = "auto_increment" in extra
    if (base == "tinyint" and native.lower().startswith("tinyint(1)")) or native.lower() == "bit(1)":
        base = "boolean"
    texts = base in ("varchar", "char", "tinytext")
    return FoundColumn(
        name=name,
        native=native,
        base=base,
        nullable=nullable == "YES",
        default="auto_increment" if automatic else _default(default),
        generated="generated" in extra and "default_generated" not in extra,
        identity="default" if automatic else "",
        length=length if texts else None,
        precision=precision if base in _NUMBERED else None,
        scale=scale if base in _NUMBERED else None,
        choices=_labels(native) if base == "enum" else None,
        shape="enum" if base == "enum" else "",
        comment=_words_of(comment) or None,
    )


def _default(value: Any) -> str | None:
    text = None if value is None else value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return None if text is None or text.upper() == "NULL" else text


def _labels(native: str) -> tuple[str, ...]:
    return tuple(label.replace("''", "'") for label in re.findall(r"'((?:[^']|'')*)'", native))


def _indexes(
    ask: Asker, scope: str
) -> tuple[dict[_At, tuple[str, ...]], dict[_At, list[tuple[str, ...]]], dict[_At, list[tuple[str, ...]]]]:
    groups: dict[tuple[_At, str], list[tuple[str | None, bool, bool]]] = defaultdict(list)
    for schema, table, index, column, not_unique, part in ask.rows(
        "SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, COLUMN_NAME, NON_UNIQUE, SUB_PART"
        f" FROM information_schema.STATISTICS WHERE TABLE_SCHEMA {scope}"
        " ORDER BY TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX"
    ):
        groups[(schema, table), index].append((column, not int(not_unique), part is not None))
    keys: dict[_At, tuple[str, ...]] = {}
    uniques: dict[_At, list[tuple[str, ...]]] = defaultdict(list)
    indexes: dict[_At, list[tuple[str, ...]]] = defaultdict(list)
    for (at, index), members in groups.items():
        columns = tuple(column for column, _, _ in members if column is not None)
        if len(columns) < len(members):
            continue
        indexes[at].append(columns)
        if index == "PRIMARY":
            keys[at] = columns
        elif members[0][1] and not any(cut for _, _, cut in members):
            uniques[at].append(columns)
    return keys, uniques, indexes


def _foreign_keys(ask: Asker, scope: str, default: str | None) -> dict[_At, list[FoundForeignKey]]:
    rules = {
        (row[0], row[1], row[2]): row[3]
        for row in ask.rows(
            "SELECT CONSTRAINT_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, DELETE_RULE"
            f" FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA {scope}"
        )
    }
    groups: dict[tuple[str, str, str], list[tuple[Any, ...]]] = defaultdict(list)
    for row in ask.rows(
        "SELECT TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME,"
        f" REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA {scope}"
        " AND REFERENCED_TABLE_NAME IS NOT NULL ORDER BY TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION"
    ):
        groups[row[0], row[1], row[2]].append(row[3:])
    found: dict[_At, list[FoundForeignKey]] = defaultdict(list)
    for (schema, table, name), members in groups.items():
        target = (None if members[0][1] == default else members[0][1], members[0][2])
        rule = _ON_DELETE.get(rules.get((schema, table, name), ""), "no action")
        own, theirs = tuple(one[0] for one in members), tuple(one[3] for one in members)
        found[schema, table].append(FoundForeignKey(own, target, theirs, rule))
    return found


def _checks(ask: Asker, scope: str) -> dict[_At, list[str]]:
    """Return CHECKs by table. MariaDB names the table beside the check, MySQL only beside the constraint."""
    statements = (
        "SELECT CONSTRAINT_SCHEMA, TABLE_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS"
        f" WHERE CONSTRAINT_SCHEMA {scope}",
        "SELECT t.TABLE_SCHEMA, t.TABLE_NAME, c.CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS c"
        " JOIN information_schema.TABLE_CONSTRAINTS t ON t.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA"
        f" AND t.CONSTRAINT_NAME = c.CONSTRAINT_NAME WHERE t.TABLE_SCHEMA {scope}",
    )
    found: dict[_At, list[str]] = defaultdict(list)
    for statement in statements:
        try:
            rows = ask.rows(statement)
        except sa.exc.DBAPIError:  # MySQL 8 lacks the first's column, MySQL 5.7 the view
            continue
        for schema, table, check in rows:
            found[schema, table].append(_words_of(check).replace("\\'", "'"))
        break
    return found
