"""A handle on a set in a store: who or what belongs to it, each for as long as it was told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nexus_admin.domain.errors import BadRequest

if TYPE_CHECKING:
    from nexus_admin.brokers.store.protocol import Store


class Members:
    """The members of a set, each a key `name:member` of its own: so they come, go and end one by one.

    Args:
        store: Where they are.
        name: What all their keys begin with; without a colon, so that no two sets share a key.
    """

    def __init__(self, store: Store, name: str) -> None:
        if not name or ":" in name:
            raise BadRequest(f"A set's name is a text without a colon, not {name!r}.")
        self._store = store
        self._prefix = f"{name}:"

    def add(self, member: str, *, ttl: float | None = None) -> bool:
        """Let *member* belong to it, for *ttl* seconds or for good; return whether it did not before.

        One that belongs to it already stays for as long as it was told first; `keep` prolongs it.
        """
        return self._store.set(self._prefix + member, True, ttl=ttl, nx=True)

    def keep(self, member: str, ttl: float) -> bool:
        """Let *member* stay for *ttl* seconds from now; return whether it belongs to it."""
        return self._store.touch(self._prefix + member, ttl)

    def discard(self, *members: str) -> int:
        """Take *members* out; return how many there were."""
        return self._store.delete(*(self._prefix + one for one in members))

    def __contains__(self, member: str) -> bool:
        return self._store.get(self._prefix + member) is not None

    def __iter__(self) -> Iterator[str]:
        for entry in self._store.scan(self._prefix):
            yield entry.key.removeprefix(self._prefix)
