"""Who wants to hear of changes made past Nexus, in this process, and who hears of them: pages and subscriptions.

Nothing is watched that nobody wants: no connection is held and no table asked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from nexus_admin.actions.live.topics import News
from nexus_admin.domain.dataclass import dataclass

Table = tuple[str, str]
"""Names of a source and of a table in it."""


@dataclass(frozen=True, slots=True)
class Missed:
    """Changes of a table, or of all tables of a source, may have been missed: what is shown of it is read anew.

    Args:
        source, resource: Which; None for all tables.
        began: Whether that is only so because nobody watched before: pages that were just drawn have missed little.
    """

    source: str
    resource: str | None = None
    began: bool = False


Hear = Callable[[News | Missed], object]
Want = Callable[[], Iterable[Table]]


class Feeds:
    """What the watchers of sources and those who follow tables know of each other."""

    def __init__(self) -> None:
        self._hearers: list[Hear] = []
        self._wants: list[Want] = []
        self._watched: dict[Table, str] = {}
        self._turned = threading.Condition()

    def join(self, want: Want, hear: Hear) -> Callable[[], None]:
        """Have *hear* called, in any thread, for what others change in tables that *want* names; return its end."""
        self._wants.append(want)
        self._hearers.append(hear)

        def leave() -> None:
            if want in self._wants:
                self._wants.remove(want)
                self._hearers.remove(hear)

        return leave

    def wanted(self) -> set[Table]:
        """Return the tables that somebody follows now."""
        return {table for want in tuple(self._wants) for table in want()}

    def tell(self, *told: News | Missed) -> None:
        """Tell everybody."""
        for one in told:
            for hear in tuple(self._hearers):
                hear(one)

    def watching(self, table: Table, mode: str) -> None:
        """Note that *table* is watched from now on; "" where it is not, or not any more."""
        with self._turned:
            if mode:
                self._watched[table] = mode
            else:
                self._watched.pop(table, None)
            self._turned.notify_all()

    def wait(self, table: Table, mode: str, seconds: float) -> bool:
        """Wait until *table* is watched in that way; return whether it is."""
        with self._turned:
            return self._turned.wait_for(lambda: self._watched.get(table) == mode, seconds)
