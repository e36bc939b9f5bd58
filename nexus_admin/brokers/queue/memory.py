"""The queue of one process: jobs that are gone when it stops.

Every method holds one lock for a few microseconds. Nothing has a thread or a timer: what is due moves on
when somebody looks, and whoever waits for a job wakes by itself when the next one is due.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from nexus_admin.brokers.content import JSON, Content
from nexus_admin.brokers.queue import checking
from nexus_admin.brokers.queue.checking import SECOND, is_over
from nexus_admin.brokers.queue.memory_jobs import Jobs, Kept, shown
from nexus_admin.brokers.queue.protocol import Capability, Job, JobState, QueueFigures
from nexus_admin.brokers.queue.tallies import Tallies
from nexus_admin.brokers.queue.waiting import Waiters
from nexus_admin.domain.errors import Refused
from nexus_admin.domain.ids import new_ulid

MOST_BYTES = 256 * 2**20


class MemoryQueue:
    """A `Queue` in the memory of this process.

    Args:
        most_bytes: What all jobs may take, payloads and `OVERHEAD` for each; more are refused.
        most_payload: The largest payload in bytes, or what says it by queue.
        clock: Seconds that only grow: leases, delays and waits count by it, so to set the wall's clock changes none.
        wall: Seconds since 1970: `run_at` counts by it.
    """

    engine: str = "memory"
    capabilities: frozenset[Capability] = frozenset(
        {"priority", "delay", "key", "serial", "batch", "wait", "pause", "history"}
    )

    def __init__(
        self,
        most_bytes: int = MOST_BYTES,
        *,
        most_payload: checking.Most = checking.MOST_PAYLOAD,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.most_payload = most_payload
        self._clock, self._wall_clock = clock, wall
        self._lock = threading.Lock()
        self._jobs = Jobs(most_bytes)
        self._tallies = Tallies()
        self._waiters = Waiters()
        self._closed = False

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
        """As `Queue.push`."""
        terms = checking.terms_of(
            queue, delay=delay, run_at=run_at, priority=priority, key=key, serial=serial, max_attempts=max_attempts,
            note=note,
        )  # fmt: skip
        _refuse_transaction(tx)
        return self._put(terms, checking.contents_of(queue, [payload], self.most_payload))[0]

    def push_many(self, queue: str, payloads: Sequence[Any], *, tx: Any = None, **same: Any) -> list[str]:
        """As `Queue.push_many`."""
        terms = checking.terms_of(queue, **checking.same_for_all(same))
        _refuse_transaction(tx)
        return self._put(terms, checking.contents_of(queue, payloads, self.most_payload))

    def _put(self, terms: checking.Terms, contents: list[Content]) -> list[str]:
        ids = []
        with self._locked() as (now, wall):
            if terms.key is not None and (there := self._jobs.with_key(terms.queue, terms.key)):
                return [there]
            self._jobs.make_room(contents)
            for content in contents:
                job = Kept(new_ulid(), terms, content, wall)
                job.due = now + terms.delay / SECOND if terms.delay else None
                self._jobs.put(job, now, wall)
                ids.append(job.id)
            self._tallies.add(terms.queue, pushed=len(ids))
        return ids

    def pop(self, *queues: str, n: int = 1, lease: float = 30.0, wait: float = 0.0) -> list[Job]:
        """As `Queue.pop`."""
        checking.check_pop(queues, n, lease, wait)
        names = tuple(dict.fromkeys(queues))
        found = self._take(names, n, lease)
        if found or not wait:
            return found
        return self._waiters.wait(names, wait, lambda: [] if self._closed else self._take(names, n, lease), self._nap)

    def _take(self, queues: Sequence[str], n: int, lease: float) -> list[Job]:
        with self._locked() as (now, wall):
            taken = self._jobs.take(queues, n)
            mark = new_ulid() if taken else ""
            for job in taken:
                self._jobs.hold(job, mark, now + lease)
                job.attempts += 1
                job.started, job.progress = wall, None
            return [shown(job, now, wall) for job in taken]

    def _nap(self) -> float | None:
        with self._lock:
            return self._jobs.nap(self._clock(), self._wall())

    def _wall(self) -> int:
        return round(self._wall_clock() * SECOND)

    def ack(self, *jobs: Job, tx: Any = None) -> int:
        """As `Queue.ack`."""
        _refuse_transaction(tx)
        with self._locked() as (now, wall):
            ours = [kept for job in jobs if (kept := self._ours(job))]
            done = 0
            for kept in ours:
                if kept.state == "running":  # unless the same job was named twice
                    self._jobs.finish(kept, "done", now, wall)
                    self._tallies.add(kept.terms.queue, done=1)
                    done += 1
            return done

    def nack(self, job: Job, error: str, *, retry_in: float | None = None, dead: bool = False) -> JobState | None:
        """As `Queue.nack`."""
        checking.check_retry(retry_in)
        with self._locked() as (now, wall):
            kept = self._ours(job)
            if kept is None:
                return None
            kept.error = checking.clean_error(error)
            self._tallies.add(kept.terms.queue, failed=1)
            if dead or kept.attempts >= kept.terms.max_attempts:
                self._jobs.finish(kept, "dead", now, wall)
            else:
                kept.due = now + (checking.retry_after(kept.attempts) if retry_in is None else retry_in)
                self._jobs.begin(kept, now, wall)
            return kept.state

    def extend(self, job: Job, seconds: float, *, progress: Mapping[str, Any] | None = None) -> bool:
        """As `Queue.extend`."""
        checking.check_lease(seconds)
        said = checking.spelled_note(progress)
        with self._locked() as (now, _):
            kept = self._ours(job)
            if kept is None or kept.lease is None:
                return False
            self._jobs.hold(kept, kept.lease, now + seconds)
            kept.progress = kept.progress if said is None else json.loads(said)
            return True

    def _ours(self, job: Job) -> Kept | None:
        kept = self._jobs.by_id.get(job.id)
        return kept if kept and kept.state == "running" and kept.lease == job.lease else None

    # ── looking ──────────────────────────────────────────────────────────────────────────────

    def find(self, id: str) -> Job | None:
        """As `Queue.find`."""
        with self._locked() as (now, wall):
            kept = self._jobs.by_id.get(id)
            return None if kept is None else shown(kept, now, wall)

    def jobs(
        self,
        queue: str | None = None,
        *,
        states: Sequence[JobState] = (),
        text: str = "",
        after: str | None = None,
        limit: int = 50,
    ) -> list[Job]:
        """As `Queue.jobs`."""
        checking.check_listing(states, limit)
        with self._locked() as (now, wall):
            fitting = (
                kept
                for id, kept in sorted(self._jobs.by_id.items(), reverse=True)
                if (after is None or id < after)
                and queue in (None, kept.terms.queue)
                and (not states or kept.state in states)
                and (not text or _holds(kept, text))
            )
            return [shown(kept, now, wall) for _, kept in zip(range(limit), fitting, strict=False)]

    def figures(self) -> list[QueueFigures]:
        """As `Queue.figures`."""
        with self._locked() as (now, _):
            states, ages = self._jobs.counted(now)
            return self._tallies.figures(states, ages, self._jobs.held)

    # ── by hand ──────────────────────────────────────────────────────────────────────────────

    def retry(self, *ids: str, payload: Any = None) -> int:
        """As `Queue.retry`."""
        content = checking.content_again(self.find, ids, payload, self.most_payload)
        with self._locked() as (now, wall):
            found = [kept for id in dict.fromkeys(ids) if (kept := self._jobs.by_id.get(id))]
            return sum(self._again(kept, content, now, wall) for kept in found)

    def _again(self, kept: Kept, content: Content | None, now: float, wall: int) -> bool:
        terms = kept.terms
        if kept.state in ("ready", "running"):
            return False
        if terms.key is not None and self._jobs.with_key(terms.queue, terms.key) not in (None, kept.id):
            return False
        if content is not None:
            self._jobs.exchange(kept, content)
        kept.attempts, kept.due, kept.named, kept.finished, kept.started = 0, None, None, None, None
        kept.progress = None
        if not kept.behind:
            self._jobs.begin(kept, now, wall)
        return True

    def cancel(self, *ids: str) -> int:
        """As `Queue.cancel`."""
        with self._locked() as (now, wall):
            found = [kept for id in dict.fromkeys(ids) if (kept := self._jobs.by_id.get(id))]
            under_way = [kept for kept in found if not is_over(kept.state)]
            for kept in under_way:
                self._jobs.finish(kept, "cancelled", now, wall)
            return len(under_way)

    def discard(self, *ids: str) -> int:
        """As `Queue.discard`."""
        with self._locked() as (now, wall):
            found = [kept for id in dict.fromkeys(ids) if (kept := self._jobs.by_id.get(id))]
            return self._forget([kept for kept in found if is_over(kept.state)], now, wall)

    def purge(self, queue: str, *, states: Sequence[JobState] = ("ready", "waiting")) -> int:
        """As `Queue.purge`."""
        checking.check_purge(queue, states)
        with self._locked() as (now, wall):
            every = self._jobs.by_id.values()
            return self._forget([one for one in every if one.terms.queue == queue and one.state in states], now, wall)

    def pause(self, queue: str) -> None:
        """As `Queue.pause`."""
        checking.check_queue(queue)
        with self._locked():
            self._jobs.held.add(queue)

    def resume(self, queue: str) -> None:
        """As `Queue.resume`."""
        checking.check_queue(queue)
        with self._locked():
            self._jobs.held.discard(queue)
            self._jobs.rung[queue] += len(self._jobs.by_id)

    def sweep(self, *, keep: float = 86_400.0, at_most: int = 10_000) -> int:
        """As `Queue.sweep`."""
        with self._locked() as (now, wall):
            gone = self._jobs.surplus(wall - round(keep * SECOND), at_most)
            return self._forget(gone, now, wall)

    def close(self) -> None:
        """As `Queue.close`."""
        self._closed = True
        self._waiters.close()

    def _forget(self, jobs: list[Kept], now: float, wall: int) -> int:
        for kept in jobs:
            self._jobs.forget(kept, now, wall)
        return len(jobs)

    def _locked(self) -> _Moment:
        if self._closed:
            raise Refused("The queue is closed: the application is stopping.")
        return _Moment(self._lock, self._jobs, self._waiters, self._clock, self._wall)


class _Moment:
    """The lock, held for one step of now; what is due has moved on, and who waits for what became ready is woken."""

    __slots__ = ("_clock", "_jobs", "_lock", "_waiters", "_wall")

    def __init__(
        self,
        lock: threading.Lock,
        jobs: Jobs,
        waiters: Waiters,
        clock: Callable[[], float],
        wall: Callable[[], int],
    ) -> None:
        self._lock, self._jobs, self._waiters, self._clock, self._wall = lock, jobs, waiters, clock, wall

    def __enter__(self) -> tuple[float, int]:
        self._lock.acquire()
        now, wall = self._clock(), self._wall()
        try:
            self._jobs.move_on(now, wall)
        except BaseException:
            self._lock.release()
            raise
        return now, wall

    def __exit__(self, *_error: object) -> None:
        rung = dict(self._jobs.rung)
        self._jobs.rung.clear()
        self._lock.release()
        for queue, jobs in rung.items():
            self._waiters.ring(queue, jobs)


def _holds(kept: Kept, text: str) -> bool:
    terms, content = kept.terms, kept.content
    said = content.data if content.type == JSON or content.type.startswith("text/") else b""
    return text.encode(errors="replace") in said or any(
        text in part for part in (terms.key, terms.serial, kept.error) if part
    )


def _refuse_transaction(tx: Any) -> None:
    if tx is not None:
        raise Refused(
            "The queue in memory cannot join a transaction: it would keep the job if that is rolled back. "
            "Use the durable queue, which is in the same database."
        )
