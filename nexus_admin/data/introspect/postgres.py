"""PostgreSQL's catalog in six statements, whatever the number of tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import field, replace
from typing import Any

import sqlalchemy as sa

from nexus_admin.data.catalog import Catalog, FoundColumn, FoundForeignKey, FoundTable, OnDelete, Shape
from nexus_admin.data.guesses.types import numbers, split_native
from nexus_admin.data.introspect.statements import Asker
from nexus_admin.domain.dataclass import dataclass

_OURS = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'"

_RELATIONS = f"""
SELECT c.oid::bigint, n.nspname::text, c.relname::text, c.relkind::text, c.reltuples::float8,
       obj_description(c.oid, 'pg_class'),
       has_table_privilege(c.oid, 'SELECT'), has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE'),
       (SELECT i.inhparent::bigint FROM pg_inherits i WHERE i.inhrelid = c.oid AND c.relispartition LIMIT 1),
       (SELECT x.extname::text FROM pg_depend d JOIN pg_extension x ON x.oid = d.refobjid
         WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e' LIMIT 1),
       CASE WHEN c.relkind IN ('r', 'm') THEN pg_relation_size(c.oid) END
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {_OURS}
 ORDER BY n.nspname, c.relname"""

_COLUMNS = f"""
SELECT a.attrelid::bigint, a.attnum::int, a.attname::text, a.atttypid::bigint, format_type(a.atttypid, a.atttypmod),
       a.attnotnull, CASE WHEN a.atthasdef THEN pg_get_expr(d.adbin, d.adrelid) END,
       a.attidentity::text, a.attgenerated::text, col_description(a.attrelid, a.attnum),
       has_table_privilege(c.oid, 'SELECT') OR has_column_privilege(c.oid, a.attnum, 'SELECT')
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {_OURS}
 ORDER BY a.attrelid, a.attnum"""

_CONSTRAINTS = f"""
SELECT k.conrelid::bigint, k.contype::text, k.conkey::int[], k.confrelid::bigint, k.confkey::int[],
       k.confdeltype::text, CASE WHEN k.contype = 'c' THEN pg_get_expr(k.conbin, k.conrelid) END
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE k.contype IN ('p', 'u', 'c') AND {_OURS} OR k.contype = 'f' AND k.conparentid = 0 AND {_OURS}
 ORDER BY k.conrelid, k.contype, k.conname"""

_INDEXES = f"""
SELECT i.indrelid::bigint, i.indisunique, i.indkey::int2[]::int[], i.indnkeyatts::int,
       i.indpred IS NULL AND i.indexprs IS NULL, i.indexprs IS NOT NULL
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE i.indisvalid AND {_OURS}
 ORDER BY i.indrelid, i.indexrelid"""

_TYPES = """
SELECT t.oid::bigint, t.typname::text, t.typtype::text, t.typcategory::text, t.typbasetype::bigint, t.typelem::bigint,
       CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END, t.typnotnull, t.typdefault
  FROM pg_type t WHERE t.typtype <> 'c' OR t.typrelid <> 0"""

_ENUMS = "SELECT enumtypid::bigint, enumlabel::text FROM pg_enum ORDER BY enumtypid, enumsortorder"
_DOMAIN_CHECKS = (
    "SELECT contypid::bigint, pg_get_expr(conbin, 0) FROM pg_constraint WHERE contypid <> 0 AND contype = 'c'"
)

_ON_DELETE: dict[str, OnDelete] = {
    "a": "no action",
    "r": "restrict",
    "c": "cascade",
    "n": "set null",
    "d": "set default",
}
_KINDS = {"v": "view", "m": "materialized view", "f": "foreign"}
_SHAPES: dict[str, Shape] = {"e": "enum", "r": "range", "m": "range", "c": "composite"}


@dataclass(frozen=True, slots=True)
class _Type:
    name: str
    sort: str
    category: str
    base: int
    element: int
    below: str | None
    not_null: bool
    default: str | None


@dataclass(slots=True)
class _Parts:
    """What belongs to one table, by its oid."""

    columns: list[FoundColumn] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    primary_key: tuple[str, ...] = ()
    uniques: list[tuple[str, ...]] = field(default_factory=list)
    indexed: set[str] = field(default_factory=set)
    indexes: list[tuple[str, ...]] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)

    def named(self, numbers_: list[int]) -> tuple[str, ...]:
        return tuple(self.names.get(number, "") for number in numbers_)


class _Types:
    """The types of one database, domains followed down to what they rest on."""

    def __init__(self, ask: Asker) -> None:
        self._types = {row[0]: _Type(*row[1:]) for row in ask.rows(_TYPES)}
        self._labels: dict[int, list[str]] = defaultdict(list)
        for oid, label in ask.rows(_ENUMS):
            self._labels[oid].append(label)
        self._checks: dict[int, list[str]] = defaultdict(list)
        for oid, check in ask.rows(_DOMAIN_CHECKS):
            self._checks[oid].append(check)

    def column(self, oid: int, native: str, found: dict[str, Any]) -> FoundColumn:
        checks: list[str] = []
        below: str | None = None
        one = self._types[oid]
        while one.sort == "d":
            checks += self._checks.get(oid, [])
            below = one.below
            found["nullable"] = found["nullable"] and not one.not_null
            found["default"] = found["default"] if found["default"] is not None else one.default
            oid = one.base
            one = self._types[oid]
        is_array = one.category == "A" and one.element in self._types
        first, second = numbers(split_native(below or native)[1])
        return FoundColumn(
            native=native,
            base=one.name,
            length=first if one.name in ("varchar", "bpchar") else None,
            precision=first if one.name == "numeric" else None,
            scale=(second or 0 if first else None) if one.name == "numeric" else None,
            choices=tuple(self._labels[oid]) if one.sort == "e" else None,
            shape="array" if is_array else _SHAPES.get(one.sort, ""),
            element=self._element(one.element) if is_array else None,
            domain=below,
            checks=tuple(checks),
            **found,
        )

    def _element(self, oid: int) -> str:
        one = self._types[oid]
        while one.sort == "d":
            one = self._types[one.base]
        return one.name


def read_postgres(connection: sa.Connection) -> Catalog:
    """Return what the login may see in all schemas but the system's."""
    ask = Asker(connection)
    ((default_schema,),) = ask.rows("SELECT coalesce(current_schema()::text, 'public')")
    relations = ask.rows(_RELATIONS)
    tables: dict[int, _Parts] = {row[0]: _Parts() for row in relations}
    _read_columns(ask, tables)
    _read_indexes(ask, tables)
    at = {row[0]: (None if row[1] == default_schema else row[1], row[2]) for row in relations}
    keys = _read_constraints(ask, tables, at)
    unsure: list[str] = []
    found = [
        _table(row, tables[row[0]], at, keys.get(row[0], [])) for row in relations if _readable(row, tables, unsure)
    ]
    return Catalog("postgresql", default_schema, tuple(_summed(found)), tuple(unsure))


def _summed(tables: list[FoundTable]) -> Iterator[FoundTable]:
    """Give a partitioned table the rows of its partitions where it has no estimate of its own."""
    rows: dict[tuple[str | None, str], int] = defaultdict(int)
    for table in tables:
        if table.partition_of is not None:
            rows[table.partition_of] += table.estimated_rows or 0
    for table in tables:
        known = table.estimated_rows is not None or table.at not in rows
        yield table if known else replace(table, estimated_rows=rows[table.at])


def _readable(row: tuple[Any, ...], tables: dict[int, _Parts], unsure: list[str]) -> bool:
    parts, spoken = tables[row[0]], f"{row[1]}.{row[2]}"
    if not parts.columns:
        why = "the login may not read it" if parts.hidden else "it has no columns"
        unsure.append(f"{spoken} is left out: {why}.")
        return False
    if parts.hidden:
        unsure.append(f"The login may not read these columns of {spoken}: {', '.join(parts.hidden)}.")
    return True


def _table(
    row: tuple[Any, ...],
    parts: _Parts,
    at: dict[int, tuple[str | None, str]],
    foreign_keys: list[FoundForeignKey],
) -> FoundTable:
    oid, _, _, kind, tuples, comment, _, writable, parent, extension, size = row
    estimate = int(tuples) if tuples >= 0 else None
    if estimate is None and size == 0:
        estimate = 0
    if kind == "v":
        estimate = None
    schema, name = at[oid]
    return FoundTable(
        schema=schema,
        name=name,
        type=_KINDS.get(kind, "table"),  # type: ignore[arg-type]
        columns=tuple(parts.columns),
        primary_key=parts.primary_key,
        foreign_keys=tuple(foreign_keys),
        uniques=tuple(parts.uniques),
        indexed=frozenset(parts.indexed),
        indexes=tuple(parts.indexes),
        checks=tuple(parts.checks),
        partition_of=at.get(parent) if parent else None,
        writable=bool(writable),
        internal=f"It belongs to the extension {extension}." if extension else None,
        estimated_rows=estimate,
        comment=comment,
    )


def _read_columns(ask: Asker, tables: dict[int, _Parts]) -> None:
    types = _Types(ask)
    for row in ask.rows(_COLUMNS):
        oid, number, name, type_oid, native, not_null, default, identity, generated, comment, readable = row
        parts = tables[oid]
        parts.names[number] = name
        if not readable:
            parts.hidden.append(name)
            continue
        found: dict[str, Any] = {
            "name": name,
            "nullable": not not_null,
            "default": "identity" if identity else (default if not generated else None),
            "generated": bool(generated),
            "identity": {"a": "always", "d": "default"}.get(identity, ""),
            "comment": comment,
        }
        parts.columns.append(types.column(type_oid, native, found))


def _read_indexes(ask: Asker, tables: dict[int, _Parts]) -> None:
    for oid, unique, numbers_, width, plain, expressions in ask.rows(_INDEXES):
        parts = tables.get(oid)
        if parts is None or not numbers_:
            continue
        first = parts.names.get(numbers_[0])
        if first and plain:
            parts.indexed.add(first)
            parts.indexes.append(parts.named(numbers_[:width]))
        if unique and plain and not expressions:
            parts.uniques.append(parts.named(numbers_[:width]))


def _read_constraints(
    ask: Asker, tables: dict[int, _Parts], at: dict[int, tuple[str | None, str]]
) -> dict[int, list[FoundForeignKey]]:
    keys: dict[int, list[FoundForeignKey]] = defaultdict(list)
    for oid, sort, own, target, theirs, on_delete, check in ask.rows(_CONSTRAINTS):
        parts = tables.get(oid)
        if parts is None:
            continue
        if sort == "c":
            parts.checks.append(check)
        elif sort == "p":
            parts.primary_key = parts.named(own)
        elif sort == "f" and target in tables:
            columns = tables[target].named(theirs)
            keys[oid].append(FoundForeignKey(parts.named(own), at[target], columns, _ON_DELETE[on_delete]))
    for parts in tables.values():
        parts.uniques = [group for group in dict.fromkeys(parts.uniques) if group != parts.primary_key]
    return keys
