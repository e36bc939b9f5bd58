"""Ways from table to table: declared foreign keys and accepted guesses, in one list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from nexus_admin.data.catalog import Catalog, FoundForeignKey, FoundTable, OnDelete
from nexus_admin.data.guesses.names import At
from nexus_admin.domain.dataclass import dataclass


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
    """Return all links, declared ones first; what every partition declares is their parent's."""
    tables: Mapping[At, FoundTable] = {table.at: table for table in catalog.tables}
    lifted = _of_partitions(catalog)
    found: dict[tuple[At, tuple[str, ...], At], Link] = {}
    for table in catalog.tables:
        if table.partition_of is not None:
            continue
        names = {column.name for column in table.columns}
        for key in (*table.foreign_keys, *lifted.get(table.at, ())):
            far = tables.get(key.target)
            if far is None or not set(key.columns) <= names:
                continue
            if set(key.target_columns) <= {column.name for column in far.columns}:
                link = Link(table.at, key.columns, key.target, key.target_columns, key.on_delete)
                found.setdefault((table.at, key.columns, key.target), link)
    for link in guessed:
        found.setdefault((link.near, link.columns, link.far), link)
    return list(found.values())


def common_targets(links: Iterable[Link], tables: int) -> frozenset[At]:
    """Return tables that most others lead to, as to a tenant: such a tie tells little about a row."""
    leading: dict[At, set[At]] = defaultdict(set)
    for link in links:
        leading[link.far].add(link.near)
    return frozenset(at for at, near in leading.items() if len(near) >= 10 and len(near) * 2 > tables)


def _of_partitions(catalog: Catalog) -> dict[At, list[FoundForeignKey]]:
    """Return by parent the foreign keys that each of its partitions has."""
    children: dict[At, list[FoundTable]] = defaultdict(list)
    for table in catalog.tables:
        if table.partition_of is not None:
            children[table.partition_of].append(table)
    return {
        parent: [key for key in own[0].foreign_keys if all(key in one.foreign_keys for one in own[1:])]
        for parent, own in children.items()
    }


def declared_columns(catalog: Catalog) -> dict[At, frozenset[str]]:
    """Return by table the columns that are part of a declared foreign key."""
    lifted = _of_partitions(catalog)
    return {
        table.at: frozenset(name for key in (*table.foreign_keys, *lifted.get(table.at, ())) for name in key.columns)
        for table in catalog.tables
    }
