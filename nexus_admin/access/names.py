"""The names that somebody may use: of queues, streams, topics and keys, each asked about by the one door."""

from __future__ import annotations

from collections.abc import Callable

from nexus_admin.access.builtin import HOUSE
from nexus_admin.access.decide import Decisions
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import Forbidden


class Names:
    """What one right comes to, name by name.

    Args:
        decisions: Who answers.
        who: Returns who asks, as they are at that moment: what hears for long must not go by what they once were.
        right: The action's name.
    """

    def __init__(self, decisions: Decisions, who: Callable[[], Actor], right: str) -> None:
        self._decisions, self._who, self._right = decisions, who, right

    def allows(self, name: str) -> bool:
        """Whether it may be used."""
        return self._decide(name).allowed

    def check(self, name: str) -> None:
        """Raise where it may not be used.

        Raises:
            Forbidden: names it; whether anything is there is not told.
        """
        decision = self._decide(name)
        if not decision.allowed:
            who = self._who()
            why = f"{who.name or who.id} may not {self._right} on {name!r}: {decision.reason}"
            raise Forbidden(why, f"Your role does not let you {self._right} on {name!r}.")

    def _decide(self, name: str) -> Decision:
        who = self._who()
        narrowed = self._decisions.by_name(who, self._right, HOUSE)
        return self._decisions.decide(who, self._right, HOUSE, name if narrowed else None)
