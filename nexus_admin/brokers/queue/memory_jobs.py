"""The jobs of a queue in memory, and every step that one takes. Not locked: whoever has it does that.

Of the jobs that share a serial key one holds the line; the others stand behind it, without a time of
their own, and the first of them comes up when it is over.
"""

from __future__ import annotations

import heapq
import json
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nexus_admin.brokers.content import Content
from nexus_admin.brokers.queue.checking import LEASE_LOST, SECOND, Terms, is_over, moment_of
from nexus_admin.brokers.queue.protocol import Job, JobState
from nexus_admin.domain.errors import Refused

OVERHEAD = 1024
"""What a job takes in CPython beside its payload, about, in bytes."""
MOST_OVER = 10_000
"""Jobs that are over and are kept until `sweep`, beside the dead."""


class Kept:
    """A job as it is kept. `due` counts the seconds that only grow, `named` the wall's, in microseconds."""

    __slots__ = (
        "attempts", "behind", "content", "created", "due", "error", "finished", "id", "lease", "named", "progress",
        "ready", "started", "state", "terms", "turn",
    )  # fmt: skip

    def __init__(self, id: str, terms: Terms, content: Content, created: int) -> None:
        self.id, self.terms, self.content, self.created = id, terms, content, created
        self.state: JobState = "waiting"
        self.attempts = 0
        self.turn = 0  # raised with each step, so that what was noted for an earlier one counts for nothing
        self.behind = False
        self.due: float | None = None
        self.named = terms.run_at
        self.ready: float | None = None
        self.lease: str | None = None
        self.progress: Mapping[str, Any] | None = None
        self.error: str | None = None
        self.started: int | None = None
        self.finished: int | None = None


class Jobs:
    """All of them.

    Attributes:
        rung: How many became ready, by queue; whoever wakes waiters takes it away.
        held: The queues that are paused.
    """

    def __init__(self, most_bytes: int) -> None:
        self.by_id: dict[str, Kept] = {}
        self.held: set[str] = set()
        self.rung: Counter[str] = Counter()
        self.bytes = 0
        self._most_bytes = most_bytes
        self._ready: dict[str, list[tuple[int, str, int]]] = {}
        self._timed: list[tuple[float, str, int]] = []
        self._named: list[tuple[int, str, int]] = []
        self._keys: dict[tuple[str, str], str] = {}
        self._holders: dict[tuple[str, str], str] = {}
        self._lines: dict[tuple[str, str], list[str]] = {}
        self._over: deque[tuple[str, int]] = deque()

    # ── in ───────────────────────────────────────────────────────────────────────────────────

    def with_key(self, queue: str, key: str) -> str | None:
        """Return the id of the job of *queue* that is not over and has *key*."""
        return self._keys.get((queue, key))

    def put(self, job: Kept, now: float, wall: int) -> None:
        """Take *job* in, for which there is room."""
        self.bytes += _cost(job)
        self.by_id[job.id] = job
        self.begin(job, now, wall)

    def begin(self, job: Kept, now: float, wall: int) -> None:
        """Let *job* be under way: ready, or waiting for its time or its turn."""
        if job.terms.key is not None:
            self._keys[job.terms.queue, job.terms.key] = job.id
        line = _line_of(job)
        if line is not None and self._holders.setdefault(line, job.id) != job.id:
            job.turn += 1
            job.state, job.behind = "waiting", True
            heapq.heappush(self._lines.setdefault(line, []), job.id)
        else:
            self._place(job, now, wall)

    def _place(self, job: Kept, now: float, wall: int) -> None:
        job.turn += 1
        job.behind, job.lease = False, None
        if job.named is not None and job.named > wall:
            job.state = "waiting"
            heapq.heappush(self._named, (job.named, job.id, job.turn))
        elif job.due is not None and job.due > now:
            job.state = "waiting"
            heapq.heappush(self._timed, (job.due, job.id, job.turn))
        else:
            job.state, job.due, job.named, job.ready = "ready", None, None, now
            queue = job.terms.queue
            heapq.heappush(self._ready.setdefault(queue, []), (job.terms.rank, job.id, job.turn))
            self.rung[queue] += queue not in self.held

    def make_room(self, contents: Iterable[Content]) -> None:
        """Forget what is over where room is needed for *contents*. Raises `Refused` where there is none."""
        cost = sum(OVERHEAD + len(one.data) for one in contents)
        while self.bytes + cost > self._most_bytes and self._over:
            self._forget_oldest()
        if self.bytes + cost > self._most_bytes:
            raise Refused(
                f"The queue in memory is full: its jobs take {self.bytes:,} of {self._most_bytes:,} bytes. "
                "Let some be done first, or keep them in a durable queue."
            )

    # ── time ─────────────────────────────────────────────────────────────────────────────────

    def move_on(self, now: float, wall: int) -> None:
        """Let what was waited for happen: jobs whose time has come, and leases that are over."""
        for job in (*self._past(self._named, wall), *self._past(self._timed, now)):
            if job.state == "waiting":
                self._place(job, now, wall)
            elif job.attempts >= job.terms.max_attempts:
                self.finish(job, "dead", now, wall, LEASE_LOST)
            else:
                job.error = LEASE_LOST
                job.due = None
                self._place(job, now, wall)

    def _past(self, times: list[Any], now: float) -> Iterator[Kept]:
        while times and times[0][0] <= now:
            _, id, turn = heapq.heappop(times)
            job = self.by_id.get(id)
            if job is not None and job.turn == turn:
                yield job

    def nap(self, now: float, wall: int) -> float | None:
        """Return after how many seconds something is due; at most one where the wall's clock counts: it may be set."""
        naps = [self._timed[0][0] - now] if self._timed else []
        if self._named:
            naps.append(min(1.0, (self._named[0][0] - wall) / SECOND))
        return min(naps) if naps else None

    # ── out ──────────────────────────────────────────────────────────────────────────────────

    def take(self, queues: Iterable[str], n: int) -> list[Kept]:
        """Return the first *n* ready jobs of *queues*, which are no longer ready."""
        heaps = [heap for one in queues if one not in self.held and (heap := self._ready.get(one))]
        taken: list[Kept] = []
        while len(taken) < n:
            tops = [(heap[0], heap) for heap in heaps if self._has_top(heap)]
            if not tops:
                break
            (_, id, _), heap = min(tops, key=lambda one: one[0])
            heapq.heappop(heap)
            taken.append(self.by_id[id])
        return taken

    def _has_top(self, heap: list[tuple[int, str, int]]) -> bool:
        while heap:
            job = self.by_id.get(heap[0][1])
            if job is not None and job.turn == heap[0][2]:
                return True
            heapq.heappop(heap)
        return False

    def hold(self, job: Kept, lease: str, until: float) -> None:
        """Let *job* run under *lease*."""
        job.turn += 1
        job.state, job.lease, job.due = "running", lease, until
        heapq.heappush(self._timed, (until, job.id, job.turn))

    def finish(self, job: Kept, state: JobState, now: float, wall: int, error: str | None = None) -> None:
        """Let *job* be over; who stands behind it comes up."""
        job.turn += 1
        job.state, job.finished, job.lease, job.due, job.named = state, wall, None, None, None
        job.behind = False
        job.error = job.error if error is None else error
        self._let_go(job, now, wall)
        if state != "dead":
            self._over.append((job.id, job.turn))
            while len(self._over) > 2 * MOST_OVER:
                self._forget_oldest()

    def _let_go(self, job: Kept, now: float, wall: int) -> None:
        if job.terms.key is not None and self._keys.get((job.terms.queue, job.terms.key)) == job.id:
            del self._keys[job.terms.queue, job.terms.key]
        line = _line_of(job)
        if line is None or self._holders.get(line) != job.id:
            return
        del self._holders[line]
        waiting = self._lines.get(line, [])
        while waiting:
            behind = self.by_id.get(heapq.heappop(waiting))
            if behind is not None and behind.behind:
                self._holders[line] = behind.id
                self._place(behind, now, wall)
                return
        self._lines.pop(line, None)

    def forget(self, job: Kept, now: float, wall: int) -> None:
        """Let *job* never have been."""
        del self.by_id[job.id]
        self.bytes -= _cost(job)
        job.turn += 1
        if not is_over(job.state):
            self._let_go(job, now, wall)

    def _forget_oldest(self) -> None:
        id, turn = self._over.popleft()
        job = self.by_id.get(id)
        if job is not None and job.turn == turn:
            del self.by_id[id]
            self.bytes -= _cost(job)

    def surplus(self, before: int, at_most: int) -> list[Kept]:
        """Return the done and the cancelled that were over before that, and all but the last *at_most* of a queue."""
        left: dict[str, int] = {}
        gone = []
        over = [one for one in self.by_id.values() if one.finished is not None and one.state != "dead"]
        for job in sorted(over, key=lambda one: (one.finished, one.id), reverse=True):
            queue = job.terms.queue
            left[queue] = left.get(queue, 0) + 1
            if left[queue] > at_most or (job.finished or 0) < before:
                gone.append(job)
        return gone

    def counted(self, now: float) -> tuple[list[tuple[str, str, int]], dict[str, float]]:
        """Return queue, state and 1 for each job, and for each queue how long the oldest ready one has been ready."""
        states: list[tuple[str, str, int]] = []
        ages: dict[str, float] = {}
        for job in self.by_id.values():
            queue = job.terms.queue
            states.append((queue, job.state, 1))
            if job.state == "ready" and job.ready is not None:
                ages[queue] = max(ages.get(queue, 0.0), now - job.ready)
        return states, ages

    def exchange(self, job: Kept, content: Content) -> None:
        """Give *job* another payload."""
        self.bytes += len(content.data) - len(job.content.data)
        job.content = content


def shown(job: Kept, now: float, wall: int) -> Job:
    """Return *job* as people and programs see it."""
    until = job.named if job.due is None else wall + round((job.due - now) * SECOND)
    terms, created = job.terms, moment_of(job.created)
    assert created is not None
    return Job(
        id=job.id,
        queue=terms.queue,
        state=job.state,
        content=job.content,
        created_at=created,
        priority=-terms.rank,
        attempts=job.attempts,
        max_attempts=terms.max_attempts,
        lease=job.lease,
        visible_at=None if job.behind else moment_of(until),
        key=terms.key,
        serial=terms.serial,
        note=json.loads(terms.note) if terms.note else {},
        progress=job.progress,
        error=job.error,
        started_at=moment_of(job.started),
        finished_at=moment_of(job.finished),
    )


def _line_of(job: Kept) -> tuple[str, str] | None:
    return None if job.terms.serial is None else (job.terms.queue, job.terms.serial)


def _cost(job: Kept) -> int:
    return OVERHEAD + len(job.content.data)
