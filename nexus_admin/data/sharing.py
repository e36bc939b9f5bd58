"""Short writes that share a transaction, where a database has one writer at a time.

Each waits for its turn, writes within a SAVEPOINT of its own, and hands the open transaction to whoever waits next. The
last of them notes for all what is about to be committed, commits, and tells them. So a crowd waits for the disk once,
and one that fails takes nothing of its neighbours with it (`docs/decisions/0004`).
"""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import field
from typing import Any

import sqlalchemy as sa

from nexus_admin.data.turns import Turns
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import NexusError, SourceFailed

MOST = 256
"""Writes in one transaction, at most."""
LONGEST = 0.1
"""Seconds after which nobody is let in any more: the first is to wait for the last no longer than that."""
GATHERING = 0.25
"""For how long a crowd is waited for that was just answered, as a part of what the last commit took."""


@dataclass
class Share:
    """A short write of one row, which can be done again from the beginning: until it is noted it leaves nothing behind.

    Args:
        place: Which row. Two writes of one row are never in one transaction, so that after a crash each can be told by
            the row; "" where it is a new one.
        write_down: Called once before the commit with the notes of all that is committed, of this kind.
        note: What is about to be committed; None for nothing.
    """

    place: str
    write_down: Callable[[Sequence[Any]], None]
    note: Any = None


class Apart(Exception):
    """Nothing was changed, and perhaps through no fault of this write: it is to be done again, alone."""


@dataclass
class _Crew:
    """One open transaction, and the writes that have been done in it."""

    connection: sa.Connection
    began: float
    members: list[_Member] = field(default_factory=list)

    def takes(self, share: Share | None) -> bool:
        """Whether a write may come along."""
        return share is not None and not (share.place and any(one.share.place == share.place for one in self.members))

    @property
    def open(self) -> bool:
        """Whether there is time and room for one more."""
        return len(self.members) < MOST and time.monotonic() - self.began < LONGEST

    @property
    def lost(self) -> bool:
        """Whether the database has rolled all of it back by itself, as SQLite does where a disk is full."""
        try:
            return self.connection.invalidated or not getattr(self.connection.connection, "in_transaction", True)
        except Exception:  # it is closed
            return True

    def let_go(self, *, back: bool) -> None:
        """Give the connection back, rolled *back* or not; one that cannot be is thrown away. Never raises."""
        try:
            if back and not self.connection.invalidated:
                # Said to the driver itself, for SQLAlchemy has forgotten a transaction whose COMMIT failed.
                self.connection.connection.rollback()
            self.connection.close()
        except Exception:
            with suppress(Exception):
                self.connection.invalidate()
            with suppress(Exception):
                self.connection.close()

    def says(self, *words: str) -> bool:
        """Say *words* to the driver itself, for SQLAlchemy would compile a savepoint's text anew each time. Returns
        whether the database could do it."""
        try:
            for one in words:
                cursor: Any = self.connection.connection.cursor()
                cursor.execute(one)
                cursor.close()
        except Exception:
            return False
        return True


class _Member:
    """A write that has been done and waits for the commit."""

    __slots__ = ("_error", "_told", "share")

    def __init__(self, share: Share) -> None:
        self.share = share
        self._told = threading.Lock()
        self._told.acquire()
        self._error: BaseException | None = None

    def tell(self, error: BaseException | None) -> None:
        """Say what came of it."""
        self._error = error
        self._told.release()

    def wait(self) -> None:
        """Return when it is committed, or raise why it is not."""
        self._told.acquire()
        if self._error is not None:
            raise self._error


class SharedWrites:
    """The writes of one database, one at a time, many in a transaction.

    Args:
        patience: Seconds that a write waits for its turn.
    """

    def __init__(self, patience: float) -> None:
        self._turns = Turns()
        self._patience = patience
        self._crew: _Crew | None = None
        self._company = 1
        self._took = 0.0

    @contextmanager
    def turn(self, engine: sa.Engine, share: Share | None = None) -> Iterator[sa.Connection | None]:
        """Give a connection in a transaction, None if no turn came; what is done is committed when the block has ended.

        Args:
            engine: Its transactions begin with the write lock.
            share: What lets it be committed together with others; None to be alone.

        Raises:
            Apart: nothing was changed; only where there is a *share*.
        """
        if not self._turns.take(self._patience):
            yield None
            return
        try:
            crew = self._aboard(engine, share)
        except BaseException:
            self._turns.give()
            raise
        try:
            yield crew.connection
        except BaseException:
            self._withdraw(crew)
            raise
        self._finish(crew, share)

    def _aboard(self, engine: sa.Engine, share: Share | None) -> _Crew:
        """Return the transaction to write in: the one that is open, within a savepoint, or a new one."""
        crew = self._crew
        if crew is not None and crew.takes(share):
            if not crew.lost and crew.says("SAVEPOINT share"):
                return crew
            self._end(crew, Apart())
            raise Apart
        if crew is not None:
            self._commit(crew)
        connection = engine.connect()
        try:
            connection.begin()
        except BaseException:
            connection.close()
            raise
        self._crew = _Crew(connection, time.monotonic())
        return self._crew

    def _finish(self, crew: _Crew, share: Share | None) -> None:
        """Hand the transaction to whoever waits, and wait for the commit; or commit it for all."""
        if crew.lost or (crew.members and not crew.says("RELEASE SAVEPOINT share")):
            # What came of it was kept from us by whoever called the database. The others are not to suffer for that.
            self._end(crew, Apart())
            self._turns.give()
            raise SourceFailed("The database took the whole change back by itself. Nothing was changed.")
        if share is None:
            error = self._commit(crew)
            self._turns.give()
            if error is not None:
                raise error
            return
        mine = _Member(share)
        crew.members.append(mine)
        self._hand_over(crew)
        mine.wait()

    def _withdraw(self, crew: _Crew) -> None:
        """Take back what one has done, and leave the others where they were."""
        if crew.members and not crew.lost and crew.says("ROLLBACK TO SAVEPOINT share", "RELEASE SAVEPOINT share"):
            self._hand_over(crew)
            return
        self._end(crew, Apart())
        self._turns.give()

    def _hand_over(self, crew: _Crew) -> None:
        """Let the next one in; where nobody comes, commit."""
        few = len(crew.members) < self._company
        if crew.open and self._turns.pass_on(self._took * GATHERING if few else 0):
            return
        self._commit(crew)
        self._turns.give()

    def _commit(self, crew: _Crew) -> BaseException | None:
        """Note for all what they are about to commit, commit it, and tell them. Returns what went wrong."""
        began, error = time.monotonic(), None
        try:
            if shares := [one.share for one in crew.members if one.share.note is not None]:
                shares[0].write_down([share.note for share in shares])
            crew.connection.get_transaction().commit()  # type: ignore[union-attr]
        except BaseException as raised:
            error = raised
        self._took, self._company = time.monotonic() - began, max(len(crew.members), 1)
        # A constraint that is looked at last may be broken by any of them: each learns alone whether it was its own.
        self._end(crew, error if len(crew.members) < 2 or isinstance(error, NexusError | None) else Apart())
        return error

    def _end(self, crew: _Crew, error: BaseException | None) -> None:
        """Give the connection back, rolled back where it is not committed, and tell the members."""
        self._crew = None
        crew.let_go(back=error is not None)
        for one in crew.members:
            one.tell(_one_more(error))


def _one_more(error: BaseException | None) -> BaseException | None:
    """Return another of the same, so that each thread has its own; the same where it cannot be made again."""
    try:
        return copy.copy(error)
    except Exception:
        return error
