"""A handle on the keys of one kind: their values go in and come out as a model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from nexus_admin.brokers.modelled import Modelled
from nexus_admin.domain.errors import BadRequest

if TYPE_CHECKING:
    from nexus_admin.brokers.store.protocol import Store

T = TypeVar("T")

_ABSENT = object()


class Map(Generic[T]):
    """The values of one kind in a store, under `name:key`.

    Args:
        store: Where they are.
        name: What all their keys begin with; without a colon, so that two maps never share a key.
        model: A pydantic model, a dataclass, or any type that pydantic can read and write as JSON.
    """

    def __init__(self, store: Store, name: str, model: type[T]) -> None:
        if not name or ":" in name:
            raise BadRequest(f"A map's name is a text without a colon, not {name!r}.")
        self._store = store
        self._prefix = f"{name}:"
        self._model = Modelled(model, f"the map {name!r}")

    def get(self, key: str, default: T | None = None) -> T | None:
        """Return the value of *key*, or *default* where there is none.

        Raises:
            Refused: what is there does not fit the model.
        """
        found = self._store.get(self._prefix + key, _ABSENT)
        return default if found is _ABSENT else self._read(self._prefix + key, found)

    def set(self, key: str, value: T, *, ttl: float | None = None, nx: bool = False) -> bool:
        """Put *value* there; as `Store.set`.

        Raises:
            Invalid: it is not of the model.
        """
        return self._store.set(self._prefix + key, self._model.said(value), ttl=ttl, nx=nx)

    def delete(self, *keys: str) -> int:
        """Take *keys* away; return how many there were."""
        return self._store.delete(*(self._prefix + key for key in keys))

    def cas(self, key: str, old: T, new: T) -> bool:
        """Put *new* in the place of *old*, if that is what is there; as `Store.cas`."""
        return self._store.cas(self._prefix + key, self._model.said(old), self._model.said(new))

    def touch(self, key: str, ttl: float) -> bool:
        """Let *key* live for *ttl* seconds from now; return whether it is there."""
        return self._store.touch(self._prefix + key, ttl)

    def items(self, prefix: str = "") -> Iterator[tuple[str, T]]:
        """Give the keys of this map that begin with *prefix*, and their values; as `Store.scan`."""
        for entry in self._store.scan(self._prefix + prefix):
            yield entry.key.removeprefix(self._prefix), self._read(entry.key, entry.content.value)

    def _read(self, key: str, found: Any) -> T:
        return self._model.meant(found, repr(key), " Delete it.")
