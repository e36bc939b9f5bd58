"""The connected data sources by name; the kernel opens and closes them."""

from __future__ import annotations

from collections.abc import Iterator

from nexus_admin.data.source import DataSource
from nexus_admin.domain.errors import UnknownSource

SQLITE_AT_ONCE = 2
"""Requests that work in one SQLite file at a time."""


class Sources:
    """The connected data sources by name."""

    def __init__(self) -> None:
        self._by_name: dict[str, DataSource] = {}

    def get(self, name: str) -> DataSource:
        """Return the source called *name*.

        Raises:
            UnknownSource: names the nearest neighbour.
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise UnknownSource(name, self._by_name) from None

    def put(self, source: DataSource) -> None:
        """Add *source*, or take the place of the one with its name, which is closed."""
        earlier = self._by_name.get(source.name)
        self._by_name[source.name] = source
        if earlier is not None and earlier is not source:
            earlier.close()

    def remove(self, name: str) -> None:
        """Close and forget the source called *name*."""
        self.get(name).close()
        del self._by_name[name]

    def names(self) -> list[str]:
        """Return the names, in the order in which they were connected."""
        return list(self._by_name)

    def limit(self, name: str) -> int | None:
        """Return how many requests may work in a source at once; None where there is none of that name.

        A SQLite file is quicker for two at a time than for sixteen that wait for each other.
        """
        source = self._by_name.get(name)
        if source is None:
            return None
        return SQLITE_AT_ONCE if source.dialect == "sqlite" else source.stats().size

    def __iter__(self) -> Iterator[DataSource]:
        return iter(list(self._by_name.values()))
