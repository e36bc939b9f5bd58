"""What every queue can do, what waits in it, and what an engine says that it can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any, Literal, Protocol

from nexus_admin.brokers.content import Content
from nexus_admin.domain.dataclass import dataclass

Capability = Literal[
    "durable", "shared", "transactional", "priority", "delay", "key", "serial", "batch", "wait", "pause", "history"
]
"""`durable`: what was acknowledged outlives the process. `shared`: other processes take from it too. `transactional`:
`tx=` joins a transaction of our state. `history`: jobs that are over can still be looked at. The rest are what
`push`, `push_many`, `pop` and `pause` call so."""

JobState = Literal["waiting", "ready", "running", "done", "dead", "cancelled"]
"""`waiting` for its time or its turn, `ready` to be taken, `running` under a lease; the others are over."""

OVER: frozenset[JobState] = frozenset({"done", "dead", "cancelled"})


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work, as it is now.

    Args:
        id: A ULID; earlier ones sort first.
        queue: Where it waits.
        state: Where it is on its way.
        content: What it is about; `value` of it is what was pushed.
        priority: Greater ones are taken first.
        attempts: How often it was begun.
        max_attempts: How often it may be; then it is dead.
        lease: Shown by whoever took it, to settle it; None unless it runs.
        visible_at: When waiting ends, or the lease does; None where it waits for its turn.
        key: Only one job of a queue that is not over has it.
        serial: Of those that share it, one runs at a time, in their order: whatever their priorities are, and also
            while the first of them waits to be tried again. Cancelling one that runs lets the next one begin.
        note: What goes along and the queue does not read: for whom it runs, its trace.
        progress: How far whoever has it says that it is.
        error: Why the last attempt failed.
    """

    id: str
    queue: str
    state: JobState
    content: Content
    created_at: datetime
    priority: int = 0
    attempts: int = 0
    max_attempts: int = 5
    lease: str | None = None
    visible_at: datetime | None = None
    key: str | None = None
    serial: str | None = None
    note: Mapping[str, Any] = field(default_factory=dict)
    progress: Mapping[str, Any] | None = None
    error: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def value(self) -> Any:
        """What was pushed, made anew."""
        return self.content.value


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """How one queue is doing.

    Args:
        queue: Its name.
        counts: Jobs by their state; a state without any is not in it.
        oldest: Seconds that the oldest ready job has been ready; None where none is.
        held: Whether it is paused.
        pushed, done, failed: How many, since this process opened it.
    """

    queue: str
    counts: Mapping[JobState, int]
    oldest: float | None
    held: bool
    pushed: int = 0
    done: int = 0
    failed: int = 0


class Queue(Protocol):
    """Work that waits until somebody has done it: at least once, each piece settled by itself.

    `waiting -> ready -> running -> done | waiting (again) | dead | cancelled`. A job whose lease is over is ready
    again, or dead when its attempts are used up. Whoever settles shows the lease, so a late worker changes nothing.
    Among ready jobs the greater priority comes first, then the one that was pushed first.
    """

    @property
    def engine(self) -> str:
        """What people call this engine, e.g. `PostgreSQL`."""
        ...

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this engine can do; what it cannot is refused by name, never left out."""
        ...

    def push(
        self,
        queue: str,
        payload: Any,
        *,
        delay: float = 0.0,
        run_at: datetime | None = None,
        priority: int = 0,
        key: str | None = None,
        serial: str | None = None,
        max_attempts: int = 5,
        note: Mapping[str, Any] | None = None,
        tx: Any = None,
    ) -> str:
        """Put a job there; it is durable when this returns.

        Args:
            queue: A name of 1 to 200 letters, digits, `.`, `_`, `-`; it comes into being by being used.
            payload: Bytes, a `Content`, or what JSON can say.
            delay: Seconds that it waits.
            run_at: The moment until which it waits, instead.
            priority: -1,000 to 1,000.
            key: Where a job of the queue that is not over has it already, nothing is pushed and that one's id returned.
            serial: See `Job`.
            max_attempts: At least 1.
            note: See `Job`.
            tx: The connection of a transaction of our own state, which it joins: it is there if that commits, and
                who waits for it wakes then.

        Returns:
            Its id.

        Raises:
            BadRequest: a name or a number that is none.
            Invalid: the payload is neither bytes nor JSON.
            TooLarge: it has more bytes than one may have.
            Refused: this engine cannot do that, has no room, or is closed.
            StateDown: a durable one cannot write now; nothing was pushed.
        """
        ...

    def push_many(self, queue: str, payloads: Sequence[Any], **same: Any) -> list[str]:
        """Put up to 100,000 there at once, all or none; *same* are the arguments of `push` but for *key*, *tx* too.

        Raises: as `push`.
        """
        ...

    def pop(self, *queues: str, n: int = 1, lease: float = 30.0, wait: float = 0.0) -> list[Job]:
        """Take up to *n* ready jobs of *queues*, for *lease* seconds.

        Args:
            queues: One or more; among them too, priority and then age decide.
            n: 1 to 1,000.
            lease: Seconds until somebody else may have them.
            wait: Seconds to wait for the first one; without a busy loop.

        Returns:
            What there was; [] where nothing came in time, or all of them are paused.
        """
        ...

    def ack(self, *jobs: Job, tx: Any = None) -> int:
        """Say that *jobs* are done; return of how many that was still ours to say.

        Args:
            jobs: As `pop` gave them.
            tx: They are done if it commits. Do their work in it, and its effect happens once.

        Raises:
            Refused: with *tx*, where one is not ours any more: let it be rolled back.
        """
        ...

    def nack(self, job: Job, error: str, *, retry_in: float | None = None, dead: bool = False) -> JobState | None:
        """Say that *job* failed: it waits and is tried again, or is dead when its attempts are used up or *dead*.

        Args:
            retry_in: Seconds; without them it doubles with each attempt from 1 s to at most an hour, give or take
                a quarter by chance.

        Returns:
            Its state now; None where it was not ours any more.
        """
        ...

    def extend(self, job: Job, seconds: float, *, progress: Mapping[str, Any] | None = None) -> bool:
        """Hold *job* for *seconds* from now, and say how far it is.

        Returns:
            Whether it is still ours. False also where it was cancelled: stop then.
        """
        ...

    def find(self, id: str) -> Job | None:
        """Return the job with this id, None where there is none (any more)."""
        ...

    def jobs(
        self,
        queue: str | None = None,
        *,
        states: Sequence[JobState] = (),
        text: str = "",
        after: str | None = None,
        limit: int = 50,
    ) -> list[Job]:
        """Return jobs, the newest first.

        Args:
            queue: Only of this one.
            states: Only in one of these.
            text: Only whose payload (where it is text), key, serial or error holds it, letter by letter.
            after: Only those older than the one with this id: the last of the page before.
            limit: At most so many, 1 to 1,000.
        """
        ...

    def retry(self, *ids: str, payload: Any = None) -> int:
        """Make jobs that are over or wait ready now, with all attempts anew and, where given, another *payload*.

        Where another job that is not over has its key by now, it stays over. Where jobs of its serial key are not
        over, it waits for its turn.

        Returns:
            How many it was.
        """
        ...

    def cancel(self, *ids: str) -> int:
        """Take waiting, ready and running jobs out; return of how many. Who runs one hears it by `extend`."""
        ...

    def discard(self, *ids: str) -> int:
        """Forget jobs that are over; return how many there were."""
        ...

    def purge(self, queue: str, *, states: Sequence[JobState] = ("ready", "waiting")) -> int:
        """Forget every job of *queue* in one of *states*, which are not `running`; return how many there were."""
        ...

    def pause(self, queue: str) -> None:
        """Hand out no more jobs of *queue*; those that run go on. Twice is once."""
        ...

    def resume(self, queue: str) -> None:
        """Hand them out again."""
        ...

    def figures(self) -> list[QueueFigures]:
        """Return how each queue is doing that has jobs or is paused, by name."""
        ...

    def sweep(self, *, keep: float = 86_400.0, at_most: int = 10_000) -> int:
        """Move on what is due (called by the engine's own clock too), and forget what has long been over.

        Args:
            keep: Seconds that a job which is done or cancelled is kept; dead ones stay.
            at_most: Of each queue, so many that are over are kept.

        Returns:
            How many were forgotten.
        """
        ...

    def close(self) -> None:
        """Wake up who waits; later calls are refused."""
        ...
