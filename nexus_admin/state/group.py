"""What waits for one commit, and how it is run: each with a SAVEPOINT, so that one that fails takes nothing with it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

import sqlalchemy as sa

from nexus_admin.domain.errors import StateDown
from nexus_admin.state import carried
from nexus_admin.state.failure import is_failure, write_failed

Asked = TypeVar("Asked")
T = TypeVar("T")
T_in = TypeVar("T_in", contravariant=True)
Work = Callable[[sa.Connection], T]
Batch = Callable[[sa.Connection, list[Asked]], Sequence[T]]
"""Does what is asked by several items at once, all or nothing, and returns an answer for each, in their order."""

ATTEMPTS = 5
"""How often a single write is tried that nobody waits for and that the database refused."""

_log = logging.getLogger(__name__)


class Waiting(Protocol[T_in]):
    """What tells somebody what came of a write: a `Future`, or an `Answer`."""

    def set_running_or_notify_cancel(self) -> bool:
        """Whether it is still wanted."""
        ...

    def set_result(self, result: T_in, /) -> None:
        """Tell what came of it."""
        ...

    def set_exception(self, exception: BaseException | None, /) -> None:
        """Tell what was raised."""
        ...


class Answer(Generic[T]):
    """What one thread waits for, and nobody else: a future without callbacks, at a tenth of what one costs."""

    __slots__ = ("_error", "_lock", "_result")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()
        self._result: T | None = None
        self._error: BaseException | None = None

    def set_running_or_notify_cancel(self) -> bool:
        """As `Waiting`; who waits for this cannot change their mind."""
        return True

    def set_result(self, result: T, /) -> None:
        """As `Waiting`."""
        self._result = result
        self._lock.release()

    def set_exception(self, exception: BaseException | None, /) -> None:
        """As `Waiting`."""
        self._error = exception
        self._lock.release()

    def done(self) -> bool:
        """Whether it is known."""
        return not self._lock.locked()

    def result(self) -> T:
        """Wait for it, once; return it, or raise what was raised."""
        self._lock.acquire()
        try:
            if self._error is not None:
                raise self._error
            return self._result  # type: ignore[return-value]
        finally:
            self._error = None  # else it would hold the frames that hold this


class Item:
    """A write that waits: what it does, who waits for it, and what came of it.

    One that is not *lasting* may be undone by a power cut, not by the end of the process: who is told of it can bear
    that it never was.
    """

    __slots__ = ("asked", "attempts", "batch", "error", "future", "lasting", "result", "work")

    def __init__(self, work: Work[Any], future: Waiting[Any] | None, batch: Batch[Any, Any] | None = None) -> None:
        self.work = work
        self.future = future
        self.batch = batch
        self.asked: Any = None
        self.lasting = True
        self.attempts = 0
        self.result: Any = None
        self.error: BaseException | None = None

    def is_worth_another(self) -> bool:
        """Whether it failed for the database's sake, with nobody waiting who could try again."""
        self.attempts += 1
        return self.future is None and isinstance(self.error, StateDown) and self.attempts < ATTEMPTS

    def answer(self) -> None:
        """Tell who waits for it; where nobody does, the log."""
        if self.future is None:
            if self.error is not None:
                _log.error("A write that nobody waited for failed: %s", self.error, exc_info=self.error)
        elif self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


def run_group(connection: sa.Connection, group: list[Item], where: str) -> None:
    """Run every item of *group*. Raises only when the whole group is lost.

    Args:
        connection: The writer's, in a transaction.
        group: What is to be done; each gets its result or its error.
        where: How messages call the database.
    """
    for items in _bundled(group):
        _run_bundle(connection, items, where)


def _bundled(group: list[Item]) -> list[list[Item]]:
    """Put what one batch does together, where the first of it stands."""
    bundles: list[list[Item]] = []
    places: dict[Batch[Any, Any], list[Item]] = {}
    for item in group:
        if item.batch is None:
            bundles.append([item])
        elif item.batch in places:
            places[item.batch].append(item)
        else:
            places[item.batch] = [item]
            bundles.append(places[item.batch])
    return bundles


def _run_bundle(connection: sa.Connection, items: list[Item], where: str) -> None:
    """Run what one batch does in one go; each item alone where that is one only, or where it fails."""
    first = items[0]
    if first.batch is not None and len(items) > 1:
        batch, asked = first.batch, [item.asked for item in items]
        answers, error = _within_savepoint(connection, where, lambda connection: batch(connection, asked))
        if error is None:
            for item, answer in zip(items, answers, strict=True):
                item.result = answer
            return
    for item in items:
        item.result, item.error = _within_savepoint(connection, where, item.work)


def _within_savepoint(connection: sa.Connection, where: str, work: Work[Any]) -> tuple[Any, BaseException | None]:
    """Return what *work* returns, or what it raises. Raises only when the whole group is lost."""
    # Said to the driver itself: SQLAlchemy would compile a savepoint's text anew each time.
    cursor: Any = connection.connection.cursor()
    mark = carried.mark(connection)
    cursor.execute("SAVEPOINT item")
    try:
        result = work(connection)
        cursor.execute("RELEASE SAVEPOINT item")
        return result, None
    except BaseException as error:
        # A full disk makes SQLite roll all of it back by itself; then there is no savepoint to return to.
        if _lost(connection):
            raise
        cursor.execute("ROLLBACK TO SAVEPOINT item")
        cursor.execute("RELEASE SAVEPOINT item")
        carried.back_to(connection, mark)
        return None, write_failed(where, error) if is_failure(error) else error
    finally:
        cursor.close()


def _lost(connection: sa.Connection) -> bool:
    """Whether the transaction around a failed savepoint is gone too."""
    if connection.invalidated:
        return True
    return connection.dialect.name == "sqlite" and not getattr(connection.connection, "in_transaction", True)
