"""Names inside of a fence and as the broker has them, and which of them may be used."""

from __future__ import annotations

from typing import Protocol

from nexus_admin.domain.errors import BadRequest


class Names(Protocol):
    """Says which names may be used."""

    def allows(self, name: str) -> bool:
        """Whether this one may."""
        ...

    def check(self, name: str) -> None:
        """Raise Forbidden where it may not."""
        ...


class Every:
    """Lets every name be used."""

    def allows(self, name: str) -> bool:  # noqa: ARG002  as the protocol has it
        """As `Names.allows`."""
        return True

    def check(self, name: str) -> None:
        """As `Names.check`."""


EVERY = Every()


class Fence:
    """What every name begins with.

    Args:
        prefix: With the sign that parts it from the rest: `app.`.
        noun: What such a name is called in messages.
        names: Which of those inside may be used; the others are not listed, and refused where they are said.
        also: Names that are inside as they are, without the prefix; none with it is called so.
    """

    def __init__(self, prefix: str, noun: str, names: Names = EVERY, also: frozenset[str] = frozenset()) -> None:
        self.prefix, self._noun, self._names, self._also = prefix, noun, names, also

    def out(self, name: str) -> str:
        """Return *name* as the broker has it.

        Raises:
            BadRequest: it is empty or no text; with the prefix it would be one.
            Forbidden: it may not be used.
        """
        if not isinstance(name, str) or not name:
            raise BadRequest(f"{name!r} is no {self._noun}. Write at least one letter.")
        self._names.check(name)
        return name if name in self._also else self.prefix + name

    def has(self, name: str) -> bool:
        """Whether the broker's *name* is inside, and may be used."""
        inner = self.inner(name)
        inside = name in self._also or (name.startswith(self.prefix) and inner not in self._also)
        return inside and self._names.allows(inner)

    def inner(self, name: str) -> str:
        """Return the broker's *name*, which is inside, as it is called there."""
        return name if name in self._also else name[len(self.prefix) :]
