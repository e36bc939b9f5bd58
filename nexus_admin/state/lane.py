"""The writer lane: one thread and one connection that group waiting writes into one durable commit.

A write is acknowledged only after the COMMIT that holds it. Each has a SAVEPOINT of
its own, so one that fails takes nothing of its neighbours with it. Writes run in the
order in which they came. The lane also does the checkpoints: SQLite before 3.51.3 can
lose data when one connection writes while another checkpoints.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeVar

import sqlalchemy as sa

from nexus_admin.domain.errors import StateDown
from nexus_admin.state.group import Answer, Batch, Item, Waiting, Work
from nexus_admin.state.hand import Hand

Asked = TypeVar("Asked")
T = TypeVar("T")

GROUP = 1024
"""Writes in one commit, at most."""
LINGER = 0.25
"""Seconds that a write which nobody waits for may wait for company."""
QUIET = 1.0
"""Seconds without a write after which the lane tidies up."""
GATHERING = 0.25
"""For how long the lane waits for those whom it has just answered to write again, as a part of what that commit took:
with 64 who do nothing but write, groups are half as large without it."""
CROWD = 50_000
"""Writes which nobody waits for that are kept while the database is down; older ones are dropped with a log line."""

_log = logging.getLogger(__name__)


class Lane:
    """The only writer of a process.

    Args:
        engine: Its transactions must begin with the write lock (`BEGIN IMMEDIATE`) where the dialect has one.
        where: How messages call the database.
        around: Held while a group is written.
        tidy: Called on the lane's connection, outside a transaction, after much work or none.
        sync: As `Hand` takes it.
    """

    def __init__(
        self,
        engine: sa.Engine,
        where: str,
        *,
        around: Callable[[], AbstractContextManager[Any]] = nullcontext,
        tidy: Callable[[sa.Connection], None] | None = None,
        sync: Callable[[sa.Connection, bool], None] | None = None,
    ) -> None:
        self._where, self._tidies = where, tidy is not None
        self._hand = Hand(engine, where, around, tidy, sync)
        self._waiting: deque[Item] = deque()
        self._unhurried: deque[Item] = deque()
        self._apart: deque[Item] = deque()
        self._due = 0.0
        self._untidy = 0
        self._company = 1
        self._took = 0.0
        self._wanted = 1
        self._closing = False
        self._bell = threading.Condition()
        self._pen = threading.Lock()
        self._writer = 0
        self._thread = threading.Thread(target=self._run, name="nexus-writer-lane", daemon=True)
        self._thread.start()

    def submit(self, work: Work[T]) -> Future[T]:
        """Queue *work*; the future is done when it is durable.

        Raises:
            RuntimeError: called from within the lane, which would wait for itself for ever.
            StateDown: the lane is closed.
        """
        future: Future[T] = Future()
        self._queue(Item(work, future))
        return future

    def write(self, work: Work[T]) -> T:
        """Do *work* and wait until it is durable: in this very thread where nobody else writes, else in the queue.

        A thread that waits for another one pays for two changes of threads, which is more than a small write costs.

        Raises: as `submit`, and whatever *work* raises.
        """
        answer: Answer[T] = Answer()
        return self._at_once(Item(work, answer), answer)

    def write_together(self, batch: Batch[Asked, T], asked: Asked, *, lasting: bool = True) -> T:
        """Like `write`, for what is done in one call of *batch* with whatever else waits for the same.

        What waits for one batch runs where the first of it stood, so it may overtake what came in between. Where the
        batch raises, each of its items is tried alone: one that cannot be done takes nothing of its neighbours with it.

        Args:
            lasting: Whether it is to outlive a power cut; what is not still outlives the process.
        """
        answer: Answer[T] = Answer()
        item = one_of(batch, asked, answer)
        item.lasting = lasting
        return self._at_once(item, answer)

    def apart(self, work: Work[T]) -> Future[T]:
        """Queue *work* that is no transaction, such as writing the file anew; no write is under way meanwhile."""
        future: Future[T] = Future()
        with self._bell:
            if self._closing:
                raise StateDown(f"Nothing was changed. The state in {self._where} is closed.")
            self._apart.append(Item(work, future))
            self._bell.notify()
        return future

    def later(self, work: Work[Any]) -> None:
        """Queue *work* for the next quarter of a second; tried again for as long as the database is down."""
        self._queue_for_later(Item(work, None))

    def later_together(self, batch: Batch[Asked, Any], asked: Asked, *, within: float = LINGER) -> None:
        """Like `later`, for what is done in one call of *batch* with whatever else waits *within* so many seconds."""
        self._queue_for_later(one_of(batch, asked, None), within)

    def _queue_for_later(self, item: Item, within: float = LINGER) -> None:
        due = time.monotonic() + within
        with self._bell:
            if self._closing:
                raise StateDown(f"Nothing was changed. The state in {self._where} is closed.")
            if not self._unhurried or due < self._due:
                self._due = due
                self._bell.notify()
            self._unhurried.append(item)

    def flush(self) -> None:
        """Wait until all that was queued for later before this is durable. Does nothing within the lane itself.

        Raises:
            StateDown: it cannot be written now.
        """
        if threading.get_ident() == self._writer:
            return
        with self._bell:
            self._due = 0.0
        self.submit(_nothing).result()

    def close(self) -> None:
        """Write what waits, then stop."""
        with self._bell:
            self._closing = True
            self._bell.notify()
        self._thread.join()

    def _queue(self, item: Item) -> None:
        self._check_caller()
        with self._bell:
            if self._closing:
                raise StateDown(f"Nothing was changed. The state in {self._where} is closed.")
            self._waiting.append(item)
            if len(self._waiting) >= self._wanted:
                self._bell.notify()

    def _check_caller(self) -> None:
        if threading.get_ident() == self._writer:
            raise RuntimeError("A write asked for another write. Use the connection that it was given.")

    def _at_once(self, item: Item, answer: Answer[T]) -> T:
        self._check_caller()
        # Who was not alone a moment ago will hardly be now: a commit for one would keep all the others waiting.
        if self._company == 1 and not self._waiting and self._pen.acquire(blocking=False):
            done: list[Item] = []
            try:
                self._writer = threading.get_ident()
                # Whoever came meanwhile is not overtaken, and after the last write there is no connection any more.
                if not self._waiting and not self._closing:
                    done = self._write([item])
            finally:
                self._writer = 0
                self._pen.release()
            answer_all(done)
        if not answer.done():
            self._queue(item)
        elif self._tidies and (self._untidy == 1 or self._untidy >= GROUP):
            with self._bell:
                self._bell.notify()  # to tidy up, now or when it is quiet
        return answer.result()

    def _run(self) -> None:
        while (called := self._wait()) is not None:
            with self._holding_pen():
                self._gather()
                group = self._next_group()
                done = self._write(group) if group else []
            answer_all(done)  # with the pen free: who writes on at once can do that in its own thread
            tidy = self._tidies and (self._untidy >= GROUP or (not called and self._untidy > 0))
            if self._apart or tidy:
                with self._holding_pen():
                    self._do_apart(tidy)
        with self._pen:
            self._hand.let_go()

    @contextmanager
    def _holding_pen(self) -> Iterator[None]:
        with self._pen:
            self._writer = threading.get_ident()
            try:
                yield
            finally:
                self._writer = 0

    def _do_apart(self, tidy: bool) -> None:
        while self._apart:
            self._hand.do_apart(self._apart.popleft())
        if tidy:
            self._untidy = 0
            self._hand.tidy()

    def _wait(self) -> bool | None:
        """Wait for work. Returns False when it has been quiet for a while, None at the end."""
        with self._bell:
            while not self._waiting and not self._apart and not (self._unhurried and time.monotonic() >= self._due):
                if self._closing:
                    return True if self._unhurried else None
                if self._untidy >= GROUP and self._tidies:
                    return True
                patience = QUIET if self._untidy and self._tidies else None
                if self._unhurried:
                    patience = max(self._due - time.monotonic(), 0)
                if not self._bell.wait(patience) and not self._unhurried:
                    return False
            return True

    def _gather(self) -> None:
        """Wait a moment for as many as there were the last time, so that one commit serves all of them."""
        with self._bell:
            if 0 < len(self._waiting) < self._company and not self._closing:
                self._wanted = self._company
                self._bell.wait(self._took * GATHERING)
                self._wanted = 1

    def _next_group(self) -> list[Item]:
        with self._bell:
            group = [self._waiting.popleft() for _ in range(min(GROUP, len(self._waiting)))]
            if self._unhurried and (self._closing or time.monotonic() >= self._due):
                group += self._unhurried
                self._unhurried.clear()
            return group

    def _write(self, group: list[Item]) -> list[Item]:
        """Write *group*; return whom to tell what came of it."""
        group = [item for item in group if item.future is None or item.future.set_running_or_notify_cancel()]
        self._company = max(1, sum(item.future is not None for item in group))
        began = time.monotonic()
        try:
            self._hand.write(group)
        except StateDown as error:
            return self._failed(group, error)
        finally:
            self._took = time.monotonic() - began
        self._untidy += len(group)
        again = [item for item in group if item.is_worth_another()]
        if not again:
            return group
        done = [item for item in group if item not in again]
        self._queue_again(again, str(again[0].error))
        return done

    def _failed(self, group: list[Item], answer: StateDown) -> list[Item]:
        _log.error("%s", answer)
        if unhurried := [item for item in group if item.future is None]:
            self._queue_again(unhurried, str(answer))
        hurried = [item for item in group if item.future is not None]
        for item in hurried:
            item.error = answer
        return hurried

    def _queue_again(self, items: list[Item], why: str) -> None:
        for item in items:
            item.error = None
        with self._bell:
            if self._closing:
                _log.error("%d writes that nobody waited for are lost: %s", len(items), why)
                return
            self._unhurried.extendleft(reversed(items))
            self._due = time.monotonic() + 4 * LINGER
            surplus = max(len(self._unhurried) - CROWD, 0)
            for _ in range(surplus):
                self._unhurried.popleft()
        if surplus:
            _log.error("%d writes that nobody waited for were dropped: %s", surplus, why)


def answer_all(items: list[Item]) -> None:
    """Tell all who wait for *items* what came of them."""
    for item in items:
        item.answer()


def one_of(batch: Batch[Asked, Any], asked: Asked, future: Waiting[Any] | None) -> Item:
    """Return *asked* as it waits, to be done by *batch*."""
    item = Item(lambda connection: batch(connection, [asked])[0], future, batch)
    item.asked = asked
    return item


def _nothing(_connection: sa.Connection) -> None:
    """Be written like everything else."""
