"""The queue in our own state: durable when `push` returns, on SQLite and PostgreSQL alike.

Whatever many callers ask for at the same time is done in one commit, by the state's lane: a thousand pushes of a
thousand threads are one INSERT and one fsync. Nobody is woken before the commit.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from nexus_admin.brokers.queue import checking
from nexus_admin.brokers.queue.by_hand import ByHand
from nexus_admin.brokers.queue.checking import SECOND, Terms
from nexus_admin.brokers.queue.dialect import Dialect
from nexus_admin.brokers.queue.lines import Lines
from nexus_admin.brokers.queue.moments import Moments
from nexus_admin.brokers.queue.pace import Pace
from nexus_admin.brokers.queue.postgres import Postgres
from nexus_admin.brokers.queue.protocol import Capability, Job, JobState, QueueFigures
from nexus_admin.brokers.queue.pushing import Push, Pushed, Pushing
from nexus_admin.brokers.queue.reading import Reading, jobs_of
from nexus_admin.brokers.queue.settling import Failure, Hold, Settled, Settling
from nexus_admin.brokers.queue.sqlite import Sqlite
from nexus_admin.brokers.queue.taking import Pop, Taking
from nexus_admin.brokers.queue.tallies import Tallies
from nexus_admin.domain.errors import Refused
from nexus_admin.domain.ids import new_ulids
from nexus_admin.state.carried import after_commit
from nexus_admin.state.engine import State
from nexus_admin.state.group import Batch

Asked = TypeVar("Asked")
T = TypeVar("T")


class DurableQueue:
    """A `Queue` in our own state. Whoever closes the state closes this first.

    Args:
        state: Where the jobs are.
        most_payload: The largest payload in bytes, or what says it by queue.
        wall: Seconds since 1970, for tests; else this machine's clock, on PostgreSQL the server's.
        steady: Seconds that only grow, for tests.
    """

    def __init__(
        self,
        state: State,
        *,
        most_payload: checking.Most = checking.MOST_PAYLOAD,
        wall: Callable[[], float] | None = None,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._state = state
        self._dialect: Dialect = Sqlite() if state.dialect == "sqlite" else Postgres()
        self.most_payload = most_payload
        self._moments = Moments(wall or self._dialect.wall(state), steady)
        lines = Lines(self._dialect, self._moments)
        self._pushing = Pushing(self._dialect, self._moments, lines)
        self._taking = Taking(self._dialect, self._moments, lines)
        self._settling = Settling(self._dialect, self._moments, lines)
        self._reading = Reading(state, self._dialect, self._moments)
        self._pace = Pace(state, self._dialect, self._moments, self._taking, self._reading)
        self._by_hand = ByHand(state, self._dialect, self._moments, lines, self._pace.happened)
        self._tallies = Tallies()
        self._closed = False

    @property
    def engine(self) -> str:
        """As `Queue.engine`."""
        return self._dialect.name

    @property
    def capabilities(self) -> frozenset[Capability]:
        """As `Queue.capabilities`."""
        return self._dialect.capabilities

    # ── in ───────────────────────────────────────────────────────────────────────────────────

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
        return self._push(terms, [payload], tx)[0]

    def push_many(self, queue: str, payloads: Sequence[Any], *, tx: Any = None, **same: Any) -> list[str]:
        """As `Queue.push_many`."""
        terms = checking.terms_of(queue, **checking.same_for_all(same))
        return self._push(terms, payloads, tx) if payloads else []

    def _push(self, terms: Terms, payloads: Sequence[Any], tx: sa.Connection | None) -> list[str]:
        contents = checking.contents_of(terms.queue, payloads, self.most_payload)
        asked = Push(terms, contents, new_ulids(len(contents)))
        pushed: Pushed = self._ask(self._pushing.batch, asked, self._pushed, tx, alone=terms.serial is not None)
        return pushed.ids

    def _pushed(self, asked: Push, pushed: Pushed) -> None:
        self._tallies.add(asked.terms.queue, pushed=pushed.fresh)
        self._pace.happened(pushed.rung)

    # ── out ──────────────────────────────────────────────────────────────────────────────────

    def pop(self, *queues: str, n: int = 1, lease: float = 30.0, wait: float = 0.0) -> list[Job]:
        """As `Queue.pop`."""
        checking.check_pop(queues, n, lease, wait)
        names = tuple(dict.fromkeys(queues))
        if not wait:
            return self._take(names, n, lease, patient=True)
        return self._pace.wait(names, wait, lambda: [] if self._closed else self._take(names, n, lease), n)

    def _take(self, queues: tuple[str, ...], n: int, lease: float, *, patient: bool = False) -> list[Job]:
        self._check_open()
        self._pace.look_if_due(patient=patient)
        asked = Pop(queues, n, int(lease * SECOND), new_ulids(1)[0])
        # What was taken when the power went is ready again, as it would be when its lease ends.
        popped = self._state.write_together(self._taking.batch, asked, lasting=False)
        if popped.rows:
            self._pace.plan(popped.until)
        return jobs_of(popped, asked.mark)

    def ack(self, *jobs: Job, tx: Any = None) -> int:
        """As `Queue.ack`."""
        if not jobs:
            return 0
        alone = any(job.serial is not None for job in jobs)
        settled: Settled = self._ask(self._settling.ack, jobs, self._acked, tx, alone=alone)
        if tx is not None and settled.jobs < len(jobs):
            raise Refused(
                f"{len(jobs) - settled.jobs} of {len(jobs)} jobs are not ours any more: somebody else may have done "
                "them. What this transaction did for them must not be kept."
            )
        return settled.jobs

    def _acked(self, jobs: tuple[Job, ...], settled: Settled) -> None:
        if settled.jobs:
            self._tallies.add(jobs[0].queue, done=settled.jobs)
        self._pace.happened(settled.rung)

    def nack(self, job: Job, error: str, *, retry_in: float | None = None, dead: bool = False) -> JobState | None:
        """As `Queue.nack`."""
        checking.check_retry(retry_in)
        seconds = checking.retry_after(job.attempts) if retry_in is None else retry_in
        again = None if dead or job.attempts >= job.max_attempts else int(seconds * SECOND)
        asked = Failure(job, checking.clean_error(error), again)
        return self._ask(self._settling.nack, asked, self._nacked, None, alone=job.serial is not None).state

    def _nacked(self, asked: Failure, settled: Settled) -> None:
        if settled.jobs:
            self._tallies.add(asked.job.queue, failed=1)
        self._pace.happened(settled.rung)

    def extend(self, job: Job, seconds: float, *, progress: Mapping[str, Any] | None = None) -> bool:
        """As `Queue.extend`."""
        checking.check_lease(seconds)
        asked = Hold(job, int(seconds * SECOND), checking.spelled_note(progress))
        return bool(self._ask(self._settling.extend, asked, lambda _asked, _settled: None, None).jobs)

    # ── looking, and by hand ─────────────────────────────────────────────────────────────────

    def find(self, id: str) -> Job | None:
        """As `Queue.find`."""
        self._check_open()
        return self._reading.find(id)

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
        self._check_open()
        return self._reading.jobs(queue, states, text, after, limit)

    def figures(self) -> list[QueueFigures]:
        """As `Queue.figures`."""
        self._check_open()
        return self._reading.figures(self._tallies)

    def retry(self, *ids: str, payload: Any = None) -> int:
        """As `Queue.retry`."""
        content = checking.content_again(self.find, ids, payload, self.most_payload)
        self._check_open()
        return self._by_hand.retry(ids, content)

    def cancel(self, *ids: str) -> int:
        """As `Queue.cancel`."""
        self._check_open()
        return self._by_hand.cancel(ids)

    def discard(self, *ids: str) -> int:
        """As `Queue.discard`."""
        self._check_open()
        return self._by_hand.discard(ids)

    def purge(self, queue: str, *, states: Sequence[JobState] = ("ready", "waiting")) -> int:
        """As `Queue.purge`."""
        checking.check_purge(queue, states)
        self._check_open()
        return self._by_hand.purge(queue, states)

    def pause(self, queue: str) -> None:
        """As `Queue.pause`."""
        checking.check_queue(queue)
        self._check_open()
        self._by_hand.pause(queue)

    def resume(self, queue: str) -> None:
        """As `Queue.resume`."""
        checking.check_queue(queue)
        self._check_open()
        self._by_hand.resume(queue)

    def sweep(self, *, keep: float = 86_400.0, at_most: int = 10_000) -> int:
        """As `Queue.sweep`."""
        self._check_open()
        self._pace.look()
        return self._by_hand.sweep(int(keep * SECOND), at_most)

    def close(self) -> None:
        """As `Queue.close`."""
        self._closed = True
        self._pace.close()

    def _ask(
        self,
        batch: Batch[Asked, T],
        asked: Asked,
        happened: Callable[[Asked, T], object],
        tx: sa.Connection | None,
        *,
        alone: bool = False,
    ) -> T:
        """Do *asked*, with what others ask or in *tx*; when it is durable, *happened* is called with what came of it.

        Where connections share lines, what changes one is *alone* in its transaction: it holds no other lock.
        """
        self._check_open()
        if tx is not None:
            result = batch(tx, [asked])[0]
            after_commit(tx, lambda: happened(asked, result))
            return result
        if alone and self._dialect.shares_lines:
            result = self._state.write(lambda connection: batch(connection, [asked])[0])
        else:
            result = self._state.write_together(batch, asked)
        happened(asked, result)
        return result

    def _check_open(self) -> None:
        if self._closed:
            raise Refused("The queue is closed: the application is stopping.")
