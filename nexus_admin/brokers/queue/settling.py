"""Acknowledging, failing and holding on, as many as wait, done at once. Only who shows the lease changes anything."""

from __future__ import annotations

from dataclasses import field

import sqlalchemy as sa

from nexus_admin.brokers.queue import statements
from nexus_admin.brokers.queue.dialect import Dialect
from nexus_admin.brokers.queue.lines import Lines, Rung
from nexus_admin.brokers.queue.moments import Moments
from nexus_admin.brokers.queue.protocol import Job, JobState
from nexus_admin.domain.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Failure:
    """A job that failed; it waits for *again* microseconds, or is dead where that is None."""

    job: Job
    error: str
    again: int | None


@dataclass(frozen=True, slots=True)
class Hold:
    """A job that is held for *span* microseconds from now."""

    job: Job
    span: int
    progress: str | None


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of it: of how many jobs it was ours to say, what is ready, and when what waits is due."""

    jobs: int
    rung: Rung = field(default_factory=Rung)
    state: JobState | None = None


class Settling:
    """The batches of those who have jobs.

    Args:
        dialect: How the database is spoken to.
        moments: What time it is.
        lines: Where the next one comes up.
    """

    def __init__(self, dialect: Dialect, moments: Moments, lines: Lines) -> None:
        self._dialect, self._moments, self._lines = dialect, moments, lines

    def ack(self, connection: sa.Connection, asked: list[tuple[Job, ...]]) -> list[Settled]:
        """Let jobs be done."""
        every = [job for jobs in asked for job in jobs]
        self._lock(connection, every)
        held: dict[str | None, list[str]] = {}
        for job in every:
            held.setdefault(job.lease, []).append(job.id)
        now = self._moments.now()
        ours = {
            (id, lease)
            for lease, ids in held.items()
            for id in self._dialect.changed(connection, statements.ACK, (now, lease), ids)
        }
        return [self._acked(connection, jobs, ours) for jobs in asked]

    def _acked(self, connection: sa.Connection, jobs: tuple[Job, ...], ours: set[tuple[str, str | None]]) -> Settled:
        """Return what came of one who asked; of several who say the same of one job, the first said it."""
        count, rung = 0, Rung()
        for job in jobs:
            if (job.id, job.lease) in ours:
                ours.remove((job.id, job.lease))
                count += 1
                self._come_up(connection, job, rung)
        return Settled(count, rung)

    def nack(self, connection: sa.Connection, asked: list[Failure]) -> list[Settled]:
        """Let jobs wait to be tried again, or be dead."""
        self._lock(connection, [one.job for one in asked])
        now = self._moments.now()
        places = [_after(one, now) for one in asked]
        counts = self._dialect.each(
            connection,
            statements.NACK,
            [(*place, one.error, one.job.id, one.job.lease) for one, place in zip(asked, places, strict=True)],
        )
        settled = []
        for one, place, count in zip(asked, places, counts, strict=True):
            rung = Rung()
            if count and place[0] == "dead":
                self._come_up(connection, one.job, rung)
            elif count and place[0] == "ready":
                rung[one.job.queue] += 1
            rung.at(place[1] if count else None)
            settled.append(Settled(count, rung, place[0] if count else None))
        return settled

    def extend(self, connection: sa.Connection, asked: list[Hold]) -> list[Settled]:
        """Hold jobs for longer."""
        now = self._moments.now()
        many = [(now + one.span, one.span, one.progress, one.job.id, one.job.lease) for one in asked]
        return [Settled(count) for count in self._dialect.each(connection, statements.EXTEND, many)]

    def _lock(self, connection: sa.Connection, jobs: list[Job]) -> None:
        self._lines.lock(connection, [(job.queue, job.serial) for job in jobs if job.serial is not None])

    def _come_up(self, connection: sa.Connection, job: Job, rung: Rung) -> None:
        if job.serial is not None:
            self._lines.come_up(connection, (job.queue, job.serial), rung)


def _after(one: Failure, now: int) -> tuple[JobState, int | None, int | None, int | None, int | None]:
    """Return state, due, span, since when it is ready, and since when it is over."""
    if one.again is None:
        return ("dead", None, None, None, now)
    if one.again == 0:
        return ("ready", None, None, now, None)
    return ("waiting", now + one.again, one.again, None, None)
