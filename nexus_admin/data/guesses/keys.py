"""What tells one row from another, and whether rows may be written at all."""

from __future__ import annotations

from nexus_admin.data.catalog import FoundTable
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.resource import Field


@dataclass(frozen=True, slots=True)
class Keyed:
    """The key of a resource, and why it is read-only; `synthetic` is a field that no column is behind."""

    key: tuple[str, ...]
    why_read_only: str | None = None
    synthetic: Field | None = None


def keyed(table: FoundTable) -> Keyed:
    """Return the primary key, else a unique index without NULLs, else SQLite's row number, else nothing."""
    key = table.primary_key or _unique(table)
    synthetic = None
    if not key and table.row_name and table.type in ("table", "virtual"):
        synthetic = _row_number(table.row_name)
        key = (table.row_name,)
    return Keyed(key, _why_read_only(table, key), synthetic)


def _unique(table: FoundTable) -> tuple[str, ...]:
    if table.type == "view":
        return ()
    filled = {column.name for column in table.columns if not column.nullable}
    refreshed = table.type == "materialized view"  # its columns are never declared NOT NULL
    usable = [group for group in table.uniques if refreshed or set(group) <= filled]
    return min(usable, key=len, default=())


def _row_number(name: str) -> Field:
    return Field(
        name=name,
        title="Row",
        kind="integer",
        native="INTEGER",
        nullable=False,
        default="rowid",
        generated=True,
        key=True,
        unique=True,
        writable=False,
        why_read_only="SQLite numbers the rows itself.",
        tucked=True,
        comment="SQLite's row number; the table has no key of its own.",
        options={"because": "The table has no key, so SQLite's row number tells its rows apart.", "synthetic": True},
    )


def _why_read_only(table: FoundTable, key: tuple[str, ...]) -> str | None:
    by_type = {
        "view": "It is a view: its rows are made from other tables.",
        "materialized view": "It is a materialized view: it is refreshed, not edited.",
        "shadow": "It keeps the data of a virtual table; writing here would break that.",
        "virtual": "It is a virtual table.",
        "foreign": "It is a foreign table: its rows are in another database.",
    }
    if table.type in by_type:
        return by_type[table.type]
    if not key:
        return "It has no key, so a row cannot be told from its copies."
    if not table.writable:
        return "The login may not change it."
    if table.internal:
        return table.internal
    return None
