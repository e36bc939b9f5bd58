"""Lines: jobs that share a serial key. One holds the line; the others are due `FAR` until they come up."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from nexus_admin.brokers.queue import statements
from nexus_admin.brokers.queue.dialect import Dialect
from nexus_admin.brokers.queue.moments import Moments
from nexus_admin.brokers.queue.statements import FAR

Line = tuple[str, str]
"""A queue and a serial key."""


class Rung(dict[str, int]):
    """How many jobs became ready, by queue, and when the first of those is due that wait for their time."""

    due: int | None = None

    def __missing__(self, _queue: str) -> int:
        return 0

    def at(self, due: int | None) -> None:
        """Note that one is due then."""
        if due is not None:
            self.due = due if self.due is None else min(self.due, due)


class Lines:
    """What happens to lines, in a transaction that has locked them.

    Args:
        dialect: How the database is spoken to.
        moments: What time it is.
    """

    def __init__(self, dialect: Dialect, moments: Moments) -> None:
        self._dialect, self._moments = dialect, moments

    def lock(self, connection: sa.Connection, lines: Iterable[Line]) -> None:
        """Keep others off *lines*, always in one order, so that two never wait for each other."""
        if self._dialect.shares_lines:
            for queue, serial in sorted(set(lines)):
                self._dialect.lock_line(connection, queue, serial)

    def is_free(self, connection: sa.Connection, line: Line) -> bool:
        """Whether nobody stands in *line*."""
        return not self._dialect.rows(connection, statements.IN_LINE, line)

    def has_holder(self, connection: sa.Connection, line: Line) -> bool:
        """Whether somebody holds *line*; takes time where nobody does."""
        return bool(self._dialect.rows(connection, statements.HOLDER, (*line, FAR)))

    def come_up(self, connection: sa.Connection, line: Line, rung: Rung) -> None:
        """Let the first in *line* hold it, whose holder is gone."""
        found = self._dialect.rows(connection, statements.NEXT_IN_LINE, (*line, FAR))
        if not found:
            return
        id, due, span = found[0]
        now, named = self._moments.now(), self._moments.named()
        if due is not None and span is not None:
            due = min(due, now + span)
        waits = due is not None and due > (named if span is None else now)
        state = ("waiting", due, span, None) if waits else ("ready", None, None, now)
        self._dialect.all(connection, statements.COME_UP, [(*state, id)])
        if waits:
            rung.at(due)
        else:
            rung[line[0]] += 1

    def mend(self, connection: sa.Connection) -> Rung:
        """Let every line have a holder. Each has one, unless something went wrong that we did not foresee."""
        rung = Rung()
        for row in self._dialect.rows(connection, statements.LINES, (FAR,)):
            line = (row[0], row[1])
            if not self.has_holder(connection, line):
                self.lock(connection, [line])
                if not self.has_holder(connection, line):
                    self.come_up(connection, line, rung)
        return rung
