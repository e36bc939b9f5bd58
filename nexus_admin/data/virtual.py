"""Tables that are no tables: things of the house's own, listed, filtered, sorted and exported like rows of a database.

A collection gives its things in one order and says what each column is of one; filters are evaluated here, on what is
shown. So nothing is found by what may not be seen, and a thing may live in memory, in our state or in another engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

import sqlalchemy as sa

from nexus_admin.data.drivers.driver import Capabilities
from nexus_admin.data.source import DataSource, Health, PoolStats, Snapshot
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.resource import Field, Resource, Schema

Known = Mapping[str, tuple[Any, ...]]
"""By field the values of which a thing must have one, as far as a filter says so plainly."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a collection, and what it is of one thing; None, or a value of the field's kind."""

    field: Field
    of: Callable[[Any], Any]


class Collection(Protocol):
    """Things of one kind."""

    @property
    def resource(self) -> Resource:
        """How they look as a table. Its key is one text column, its sort the order in which `items` gives them."""
        ...

    @property
    def columns(self) -> Mapping[str, Column]:
        """By the names of the resource's fields."""
        ...

    @property
    def narrows(self) -> frozenset[str]:
        """The fields by which `items` and `count` narrow; others they pass over."""
        ...

    def items(self, known: Known, after: str | None) -> Iterator[Any]:
        """Give the things that fit *known*, those behind the one with the key *after* where one is given."""
        ...

    def find(self, key: str) -> Any | None:
        """Return the thing with this key, None where there is none (any more)."""
        ...

    def count(self, known: Known) -> int | None:
        """Return how many fit *known*, where that costs little; None where nobody knows without going through them."""
        ...


class VirtualSource(DataSource):
    """A source of collections. There is no database behind it, and nothing is written through it.

    Args:
        name: In addresses.
        collections: Those that are there now, by the name of their table.
    """

    def __init__(self, name: str, collections: Callable[[], Mapping[str, Collection]]) -> None:
        self.name, self.read_only = name, True
        self.box = None  # its events are not left beside its rows
        self._collections = collections
        self._made: tuple[tuple[str, ...], Snapshot] | None = None

    @property
    def capabilities(self) -> Capabilities:
        """It can only be read."""
        return Capabilities(transactions=False, read_only=True, notice="These rows are the house's own.")

    @property
    def dialect(self) -> str:
        """How its texts are compared: as in SQLite."""
        return "sqlite"

    @property
    def product(self) -> str:
        """Whose its tables are: no database's."""
        return "Nexus"

    @property
    def snapshot(self) -> Snapshot:
        """What is there now."""
        there = self._collections()
        names = tuple(there)
        if self._made is None or self._made[0] != names:
            resources = {name: one.resource for name, one in there.items()}
            self._made = (names, Snapshot(Schema(self.name, self.dialect, resources, version=",".join(names)), {}))
        return self._made[1]

    def collection(self, name: str) -> Collection:
        """Return the collection of that name; `snapshot.schema.resource` has said that it is there."""
        return self._collections()[name]

    @contextmanager
    def read(self, token: str | None = None) -> Iterator[sa.Connection]:  # noqa: ARG002  as every source has it
        """Give what stands for a connection: there is none."""
        yield None  # type: ignore[misc]

    def cancel(self, token: str) -> bool:  # noqa: ARG002  as every source has it
        """Stop nothing: there is no statement that runs elsewhere."""
        return False

    def health(self) -> Health:
        """It answers as long as the house does."""
        return Health(True, 0.0)

    def stats(self) -> PoolStats:
        """It has no connections, and does not hold anybody up."""
        return PoolStats(16, 0, 0, 0)

    def close(self) -> None:
        """Close nothing."""
