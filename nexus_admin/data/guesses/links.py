"""Ways from table to table: declared foreign keys and accepted guesses, in one list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nexus_admin.data.catalog import Catalog, FoundTable, OnDelete
from nexus_admin.data.guesses.names import At


@dataclass(frozen=True, slots=True)
class Link:
    """Columns of one table that hold the key of another's rows."""

    near: At
    columns: tuple[str, ...]
    far: At
    far_columns: tuple[str, ...]
    on_delete: OnDelete = "no action"
    evidence: str | None = None

    @property
    def declared(self) -> bool:
        """Whether the database knows of it."""
        return self.evidence is None


def links_of(catalog: Catalog, guessed: Iterable[Link]) -> list[Link]:
    """Return all links, declared ones first; those of partitions are their parent's."""
    tables: Mapping[At, FoundTable] = {table.at: table for table in catalog.tables}
    found: dict[tuple[At, tuple[str, ...], At], Link] = {}
    for table in catalog.tables:
        if table.partition_of is not None:
            continue
        names = {column.name for column in table.columns}
        for key in table.foreign_keys:
            far = tables.get(key.target)
            if far is None or not set(key.columns) <= names:
                continue
            if set(key.target_columns) <= {column.name for column in far.columns}:
                link = Link(table.at, key.columns, key.target, key.target_columns, key.on_delete)
                found.setdefault((table.at, key.columns, key.target), link)
    for link in guessed:
        found.setdefault((link.near, link.columns, link.far), link)
    return list(found.values())
