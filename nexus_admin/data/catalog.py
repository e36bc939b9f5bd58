"""What was found in a database's catalog, before anything is guessed: tables, columns, keys, checks, estimates.

The readers of `introspect/` fill it, one for each dialect; the functions of `guesses/`
turn it into the Schema that people see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal

from nexus_admin.domain.dataclass import dataclass

OnDelete = Literal["cascade", "set null", "set default", "restrict", "no action"]
Shape = Literal["", "enum", "array", "range", "composite"]


@dataclass(frozen=True, slots=True)
class FoundColumn:
    """One column as the catalog has it.

    Args:
        name: Exactly as the database spells it.
        native: The type as the database spells it: `character varying(20)`, `int(11) unsigned`.
        base: The bare type below it, lower case, domains resolved: `varchar`; a key of `types.TYPES` where owned.
        default: As the database writes it; None for none.
        generated: Computed by the database.
        identity: How the database numbers rows: `always` refuses values of ours, `default` takes them.
        length: In characters; of the type, not of a CHECK.
        choices: The values of an enum type, in the database's order.
        shape: What kind of type it is where the base name does not say.
        element: The bare type of an array's elements.
        domain: The type below a domain, as the database spells it; None where native is no domain.
        checks: The domain's CHECKs; they call the value `value`.
    """

    name: str
    native: str
    base: str
    nullable: bool = True
    default: str | None = None
    generated: bool = False
    identity: Literal["", "always", "default"] = ""
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    choices: tuple[str, ...] | None = None
    shape: Shape = ""
    element: str | None = None
    domain: str | None = None
    checks: tuple[str, ...] = ()
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class FoundForeignKey:
    """One foreign key; `target` is (schema, table) as in `FoundTable.at`."""

    columns: tuple[str, ...]
    target: tuple[str | None, str]
    target_columns: tuple[str, ...]
    on_delete: OnDelete = "no action"


@dataclass(frozen=True, slots=True)
class FoundTable:
    """One table or view as the catalog has it.

    Args:
        schema: None for the default one.
        type: `virtual` and `shadow` are SQLite's: a virtual table, and the tables that it keeps its data in.
        primary_key: Columns in the key's order.
        uniques: Column groups of UNIQUE constraints and of unique indexes that cover every row.
        indexed: Columns that an index begins with.
        indexes: Columns of each index that covers every row and knows no expressions; the key's may be among them.
        checks: CHECK expressions as the database writes them.
        partition_of: Where it is a partition: (schema, table) of its parent.
        row_name: SQLite's free name of the row number, e.g. `rowid`; None where there is none.
        writable: Whether the login may change rows.
        internal: Why it belongs to machinery and not to people, as a sentence; None for an ordinary table.
        estimated_rows: From statistics; never counted.
    """

    schema: str | None
    name: str
    type: Literal["table", "view", "materialized view", "virtual", "shadow", "foreign"] = "table"
    columns: tuple[FoundColumn, ...] = ()
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[FoundForeignKey, ...] = ()
    uniques: tuple[tuple[str, ...], ...] = ()
    indexed: frozenset[str] = frozenset()
    indexes: tuple[tuple[str, ...], ...] = ()
    checks: tuple[str, ...] = ()
    partition_of: tuple[str | None, str] | None = None
    row_name: str | None = None
    writable: bool = True
    internal: str | None = None
    estimated_rows: int | None = None
    comment: str | None = None

    @property
    def at(self) -> tuple[str | None, str]:
        """Schema and name: what it is found by."""
        return self.schema, self.name

    @property
    def is_view(self) -> bool:
        """Whether it is a view of either sort."""
        return self.type in ("view", "materialized view")

    @property
    def spoken(self) -> str:
        """How a sentence calls it."""
        return f"{self.schema}.{self.name}" if self.schema else self.name or "(no name)"


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything that was found; `unsure` says in sentences what could not be read."""

    dialect: str
    default_schema: str | None
    tables: tuple[FoundTable, ...]
    unsure: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """Some rows of one table, to guess from.

    Args:
        rows: How many rows were looked at.
        values: By column; long texts cut, NULL as None; on most databases as text.
        whole: Whether these were all rows.
        chosen: By column that seems to choose from few: all values, with how often each came, most frequent first.
        spelled: By column that holds dates as texts: one value in each way of writing that was found.
    """

    rows: int
    values: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    whole: bool = False
    chosen: Mapping[str, tuple[tuple[Any, int], ...]] = field(default_factory=dict)
    spelled: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    def present(self, column: str) -> tuple[Any, ...]:
        """Return the values of *column* that are not NULL."""
        return tuple(value for value in self.values.get(column, ()) if value is not None)
