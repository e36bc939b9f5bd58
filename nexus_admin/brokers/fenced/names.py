"""Names inside of a fence and as the broker has them."""

from __future__ import annotations

from nexus_admin.domain.errors import BadRequest


class Fence:
    """What every name begins with.

    Args:
        prefix: With the sign that parts it from the rest: `app.`.
        noun: What such a name is called in messages.
    """

    def __init__(self, prefix: str, noun: str) -> None:
        self.prefix, self._noun = prefix, noun

    def out(self, name: str) -> str:
        """Return *name* as the broker has it.

        Raises:
            BadRequest: it is empty or no text; with the prefix it would be one.
        """
        if not isinstance(name, str) or not name:
            raise BadRequest(f"{name!r} is no {self._noun}. Write at least one letter.")
        return self.prefix + name

    def has(self, name: str) -> bool:
        """Whether the broker's *name* is inside."""
        return name.startswith(self.prefix)

    def inner(self, name: str) -> str:
        """Return the broker's *name*, which is inside, as it is called there."""
        return name[len(self.prefix) :]
