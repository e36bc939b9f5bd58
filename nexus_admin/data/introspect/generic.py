"""Any other database through SQLAlchemy's Inspector: in bulk where that works, else object by object."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.reflection import Inspector, ObjectKind, ObjectScope

from nexus_admin.data.catalog import Catalog, FoundColumn, FoundForeignKey, FoundTable, OnDelete
from nexus_admin.data.guesses.words import listed

_SYSTEM = listed(
    "information_schema pg_catalog sys guest performance_schema mysql crdb_internal pg_extension system xdb ctxsys "
    "db_owner db_accessadmin db_securityadmin db_ddladmin db_backupoperator db_datareader db_datawriter "
    "db_denydatareader db_denydatawriter"
)
_BASES: tuple[tuple[type[sa.types.TypeEngine[Any]], str], ...] = (
    (sa.Boolean, "boolean"),
    (sa.Enum, "enum"),
    (sa.JSON, "json"),
    (sa.Uuid, "uuid"),
    (sa.Interval, "interval"),
    (sa.Integer, "integer"),
    (sa.Numeric, "numeric"),
    (sa.DateTime, "timestamp"),
    (sa.Date, "date"),
    (sa.Time, "time"),
    (sa.LargeBinary, "blob"),
    (sa.types._Binary, "blob"),
    (sa.Text, "text"),
    (sa.String, "varchar"),
)
_At = tuple[str | None, str]


def read_generic(connection: sa.Connection) -> Catalog:
    """Return what the dialect's Inspector tells; what it cannot tell about an object stands in `unsure`."""
    inspector = sa.inspect(connection)
    unsure: list[str] = []
    tables: list[FoundTable] = []
    default = inspector.default_schema_name
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sa.exc.SAWarning)  # types that SQLAlchemy does not know are read as text
        for schema in _schemas(inspector, default):
            reader = _Reader(inspector, schema, unsure)
            tables += reader.tables()
    return Catalog(connection.dialect.name, default, tuple(tables), tuple(unsure))


def _schemas(inspector: Inspector, default: str | None) -> list[str | None]:
    try:
        names = inspector.get_schema_names()
    except (sa.exc.SQLAlchemyError, NotImplementedError):
        names = []
    return [None, *(name for name in names if name != default and name.lower() not in _SYSTEM)] if default else [None]


class _Reader:
    """The objects of one schema. Each sort of fact is asked for in bulk; where that fails, by object."""

    def __init__(self, inspector: Inspector, schema: str | None, unsure: list[str]) -> None:
        self._inspector = inspector
        self._schema = schema
        self._unsure = unsure

    def tables(self) -> list[FoundTable]:
        names = self._names(self._inspector.get_table_names, "tables")
        views = self._names(self._inspector.get_view_names, "views")
        views += self._names(self._inspector.get_materialized_view_names, None)
        facts = {sort: self._bulk(sort) for sort in ("columns", "pk_constraint", "foreign_keys", "indexes")}
        facts |= {sort: self._bulk(sort) for sort in ("unique_constraints", "check_constraints", "table_comment")}
        found: list[FoundTable] = []
        for name in dict.fromkeys([*names, *views]):
            columns = self._fact(facts, "columns", name)
            if columns:
                found.append(self._table(name, name in views, columns, facts))
            else:
                self._unsure.append(f"{name or '(no name)'} is left out: its columns cannot be read.")
        return found

    def _names(self, ask: Callable[..., list[str]], what: str | None) -> list[str]:
        try:
            return ask(schema=self._schema)
        except (sa.exc.SQLAlchemyError, NotImplementedError) as error:
            if what:
                self._unsure.append(f"The list of {what} could not be read: {error}.")
            return []

    def _bulk(self, sort: str) -> dict[_At, Any] | None:
        try:
            ask = getattr(self._inspector, f"get_multi_{sort}")
            return dict(ask(schema=self._schema, kind=ObjectKind.ANY, scope=ObjectScope.DEFAULT))
        except Exception:  # a dialect may fail in any way on one broken object; then each is asked for by itself
            return None

    def _fact(self, facts: dict[str, dict[_At, Any] | None], sort: str, name: str) -> Any:
        bulk = facts[sort]
        if bulk is not None:
            return bulk.get((self._schema, name))
        try:
            return getattr(self._inspector, f"get_{sort}")(name, schema=self._schema)
        except Exception as error:  # as above: the fact is missing, the object stays
            if sort == "columns":
                self._unsure.append(f"{name or '(no name)'}: {getattr(error, 'orig', None) or error}.")
            return None

    def _table(self, name: str, view: bool, columns: list[Any], facts: dict[str, Any]) -> FoundTable:
        key = (self._fact(facts, "pk_constraint", name) or {}).get("constrained_columns") or ()
        indexes = self._fact(facts, "indexes", name) or ()
        uniques = [tuple(one["column_names"]) for one in self._fact(facts, "unique_constraints", name) or ()]
        uniques += [
            tuple(one["column_names"]) for one in indexes if one.get("unique") and None not in one["column_names"]
        ]
        comment = (self._fact(facts, "table_comment", name) or {}).get("text")
        checks = [one.get("sqltext") for one in self._fact(facts, "check_constraints", name) or ()]
        return FoundTable(
            schema=self._schema,
            name=name,
            type="view" if view else "table",
            columns=tuple(found_column(one) for one in columns),
            primary_key=tuple(key),
            foreign_keys=tuple(self._foreign_key(one) for one in self._fact(facts, "foreign_keys", name) or ()),
            uniques=tuple(group for group in dict.fromkeys(uniques) if group and group != tuple(key)),
            indexed=frozenset(str(one["column_names"][0]) for one in indexes if one["column_names"]) | set(key[:1]),
            indexes=tuple(
                tuple(one["column_names"]) for one in indexes if one["column_names"] and None not in one["column_names"]
            ),
            checks=tuple(check for check in checks if check),
            comment=comment,
        )

    def _foreign_key(self, one: Any) -> FoundForeignKey:
        rule = str((one.get("options") or {}).get("ondelete", "")).lower()
        known: dict[str, OnDelete] = {"cascade": "cascade", "set null": "set null", "restrict": "restrict"}
        schema = one["referred_schema"]
        schema = None if schema == self._inspector.default_schema_name else schema or self._schema
        return FoundForeignKey(
            tuple(one["constrained_columns"]),
            (schema, one["referred_table"]),
            tuple(one["referred_columns"]),
            known.get(rule, "no action"),
        )


def found_column(one: Any) -> FoundColumn:
    """Return what the Inspector tells of a column."""
    kind = one["type"]
    base = next((base for sort, base in _BASES if isinstance(kind, sort)), "")
    try:
        native = str(kind.compile())
    except sa.exc.SQLAlchemyError:
        native = type(kind).__name__
    automatic = one.get("autoincrement") is True or bool(one.get("identity"))
    return FoundColumn(
        name=one["name"],
        native=native,
        base=base or native.lower(),
        nullable=bool(one.get("nullable", True)),
        default="identity" if automatic else one.get("default"),
        generated=bool(one.get("computed")),
        identity="default" if automatic else "",
        length=getattr(kind, "length", None) if isinstance(kind, sa.String) else None,
        precision=getattr(kind, "precision", None) if isinstance(kind, sa.Numeric) else None,
        scale=getattr(kind, "scale", None) if isinstance(kind, sa.Numeric) else None,
        choices=tuple(kind.enums) if isinstance(kind, sa.Enum) and base == "enum" else None,
        shape="enum" if base == "enum" else "",
        comment=one.get("comment"),
    )
