"""One run of a job: what its function is given, and what its worker knows of it."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from nexus_admin.actions.dispatcher import Dispatcher
from nexus_admin.actions.jobs.call import title_of
from nexus_admin.actions.jobs.runs import LINES, LONGEST_LINE, RunRecord, keep
from nexus_admin.brokers.queue.protocol import Job as Queued
from nexus_admin.brokers.queue.protocol import Queue
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.cause import Cause, caused_by
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Refused
from nexus_admin.domain.job import Cancelled
from nexus_admin.domain.target import Target
from nexus_admin.sdk.providers import Services

Why = Literal["cancelled", "timeout", "stopped", "lost"]
"""Why a run is to end: somebody took it back, its time is over, the worker stops, or another worker has it now."""

SAID: Mapping[Why, str] = {
    "cancelled": "It was cancelled.",
    "timeout": "Its time is over.",
    "stopped": "The worker stops.",
    "lost": "Another worker has it now.",
}


@dataclass(frozen=True, slots=True)
class Room:
    """What every run of a worker needs.

    Args:
        services: What lives in the kernel.
        queue: Where jobs come from.
        lease: Seconds that a job is held for; held anew for as long as it runs.
        patience: Seconds that a run which is to end may take for that; then it is left behind.
    """

    services: Services
    queue: Queue
    lease: float = 30.0
    patience: float = 5.0


class Run:
    """A job that is being done. As `JobContext` it goes to the job's function, as `Follower` along with an action.

    Args:
        room: What it needs.
        queued: What was taken from the queue.
    """

    def __init__(self, room: Room, queued: Queued) -> None:
        self._room, self.queued = room, queued
        self.name = title_of(queued.value)
        self.actor = Actor.anonymous()
        self.entry = ""
        self.settled = False
        self.why: Why | None = None
        self.since = time.monotonic()
        self.deadline = float("inf")
        self.held_at = self.seen_at = self.since
        self.told: dict[str, Any] | None = None
        self.held_with: dict[str, Any] | None = None
        self.began_at = datetime.now(UTC)
        self.on_stop: Callable[[], object] = _nothing
        self._lines: deque[str] = deque(maxlen=LINES)
        self._news = threading.Event()

    # ── what the job's function sees ─────────────────────────────────────────────────────────

    @property
    def id(self) -> str:
        """The job's id."""
        return self.queued.id

    @property
    def attempt(self) -> int:
        """Which attempt this is, from 1."""
        return self.queued.attempts

    @property
    def cause(self) -> Cause:
        """Why it does what it does: because of itself, and of what it goes back to; else that is this job."""
        return Cause(self.queued.note.get("correlation") or self.id, self.id)

    @property
    def cancelled(self) -> bool:
        """Whether it should stop."""
        return self.why is not None

    def check(self) -> None:
        """Raise Cancelled where it should stop."""
        if self.why is not None:
            raise Cancelled(SAID[self.why])

    def progress(self, done: float, total: float | None = None, text: str = "") -> None:
        """Say how far it is; the worker tells the queue now and then."""
        self.check()
        self.told = {"done": done, "total": total, "text": text[:LONGEST_LINE]}

    def log(self, line: str) -> None:
        """Keep a line with the run."""
        self._lines.append(str(line)[:LONGEST_LINE])

    def perform(
        self, action: str, target: Target, data: Mapping[str, Any] | None = None, *, settles: bool = False
    ) -> Any:
        """Run an action on behalf of the actor; see `JobContext.perform`."""
        self.check()
        zone = self.queued.note.get("zone", "UTC")
        call = Call(action, target, data or {}, self.actor, "job", {"job": self.id}, zone=zone, parent=self.entry)
        dispatcher = self._room.services.get(Dispatcher)
        if not settles:
            with caused_by(self.cause):
                return dispatcher.perform(call)
        if "transactional" not in self._room.queue.capabilities:
            raise Refused("This queue is not in our own state, so nothing can be committed together with a job.")
        with caused_by(self.cause):
            result = dispatcher.perform(call, along=self._settle)
        self.settled = True
        return result

    # ── what the one path tells ──────────────────────────────────────────────────────────────

    def began(self, entry: str) -> None:
        """Hear under which entry of the ledger it runs."""
        self.entry = entry

    # ── what the worker does with it ─────────────────────────────────────────────────────────

    def stop(self, why: Why) -> None:
        """Have it end; the first reason counts. From now on it changes nothing more by `perform`."""
        if self.why is None:
            self.why = why
            self.on_stop()
        self._news.set()

    def news(self) -> None:
        """Have whoever waits for it look again."""
        self._news.set()

    def wait(self, done: Callable[[], bool]) -> bool:
        """Wait until *done*, or until it is to end and has had some patience; return whether it is done."""
        while not done() and self.why is None:
            left = self.deadline - time.monotonic()
            if left <= 0:
                self.stop("timeout")
                break
            self._pause(left)
        until = time.monotonic() + self._room.patience
        while not done() and time.monotonic() < until:
            self._pause(until - time.monotonic())
        return done()

    def record(self, outcome: str, error: str = "", result: Any = None) -> RunRecord:
        """Return what is kept of it."""
        return RunRecord(
            self.id, self.attempt, self.name, self.queued.queue, self.actor.id, outcome, self.began_at,
            datetime.now(UTC), error, result, tuple(self._lines), self.entry,
        )  # fmt: skip

    def _settle(self, connection: Any) -> None:
        """Say in the transaction of a call that the job is done; whoever lost it meanwhile takes the call back."""
        keep(connection, self.record("done"))
        if self._room.queue.ack(self.queued, tx=connection) == 0:
            raise Cancelled(SAID["lost"])

    def _pause(self, seconds: float) -> None:
        self._news.wait(min(seconds, threading.TIMEOUT_MAX))
        self._news.clear()


def _nothing() -> None:
    """Nobody has to be told."""
