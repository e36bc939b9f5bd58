"""The time of extensions: what each takes is measured, who is slow is named, and who hangs is not waited for.

Extensions run in our process, and nothing in Python stops code that runs: one that hangs keeps its own thread, while
the request goes on without it. Code that is not trusted belongs into a process of its own.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import ExtensionError
from nexus_admin.domain.extension import ExtensionStatus, Slow
from nexus_admin.monitoring.hands import Hands

log = logging.getLogger(__name__)
T = TypeVar("T")

OFTEN, WINDOW = 3, 60.0
"""An extension that is over its budget this often within so many seconds is so again and again."""


class Stuck(ExtensionError):
    """An extension did not come back; the request went on without it."""

    code, title = "extension_stuck", "An extension hangs"


@dataclass(frozen=True, slots=True)
class Limits:
    """What an extension may take.

    Args:
        slow_ms: While the app runs: one listener, one slot, one wrapper of an action.
        start_ms: At the start: its import, and each of its hooks.
        stuck_seconds: So long is waited for it at most, where it can be left behind.
        off: Whether one that is over its budget again and again is switched off.
    """

    slow_ms: float = 250
    start_ms: float = 2000
    stuck_seconds: float = 5
    off: bool = False


def limits_of(setting: Callable[[str], Any]) -> Limits:
    """Return the limits that the settings say."""
    names = ("slow_ms", "start_ms", "stuck_seconds", "slow_off")
    return Limits(*(setting(f"extensions.{name}") for name in names))


class Budget:
    """Measures what extensions take, and keeps it in their statuses.

    Args:
        statuses: By id; who is not there is part of the house, and is not measured.
        fail: `fail(id, error)` switches one off.
    """

    def __init__(self, statuses: dict[str, ExtensionStatus], fail: Callable[[str, Exception], None]) -> None:
        self._statuses, self._fail = statuses, fail
        self.limits: Callable[[], Limits] = Limits
        self._hands = Hands()

    @contextmanager
    def start(self, name: str, moment: str) -> Iterator[None]:
        """Measure what happens inside, at the start, as *moment* of the extension *name*."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._spent(name, moment, time.perf_counter() - began, self.limits().start_ms)

    def timely(self, name: str, moment: str, work: Callable[[], T]) -> T:
        """Do *work* of the extension *name*, and do not wait for it longer than it may take.

        Raises:
            Stuck: it did not come back; it goes on in its thread, and what it gives is lost.
            Exception: whatever *work* raises.
        """
        if name not in self._statuses:
            return work()
        limits, began = self.limits(), time.perf_counter()
        outcome = self._hands.do(f"{name} {moment}", work, limits.stuck_seconds)
        self._spent(name, moment, time.perf_counter() - began, limits.slow_ms)
        if outcome is None:
            raise Stuck(f"Its {moment} did not come back within {limits.stuck_seconds:g} s; it was left behind.")
        if outcome.raised is not None:
            raise outcome.raised
        return cast("T", outcome.answer)

    def wrapper(self, name: str, moment: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a wrapper of a hook that is measured without what it stands around."""

        def timed(*given: Any) -> Generator[None, Any, Any]:
            began = time.perf_counter()
            inner = function(*given)
            next(inner)
            spent = time.perf_counter() - began
            answer = thrown = None
            try:
                answer = yield
            except BaseException as error:
                thrown = error
            began = time.perf_counter()
            try:
                inner.send(answer) if thrown is None else inner.throw(thrown)
            except StopIteration as end:
                return end.value
            finally:
                self._spent(name, moment, spent + time.perf_counter() - began, self.limits().slow_ms)
            raise ExtensionError(f"{name} yields twice in {moment}; once is the rule.")

        return timed

    def _spent(self, name: str, moment: str, seconds: float, budget: float) -> None:
        status, took = self._statuses.get(name), seconds * 1000
        if status is None or took <= budget:
            return
        slow = status.slow.setdefault(moment, Slow(moment))
        now = time.monotonic()
        slow.times, slow.worst_ms, slow.budget_ms = slow.times + 1, max(slow.worst_ms, took), budget
        slow.recent[:] = [at for at in slow.recent if now - at < WINDOW] + [now]
        log.warning("%s is slow: its %s took %.0f ms, and may take %.0f ms.", name, moment, took, budget)
        if self.limits().off and len(slow.recent) >= OFTEN and status.state in ("loaded", "migrated", "started"):
            self._fail(name, ExtensionError(f"Switched off as too slow: {slow.sentence}"))
