"""Looking at jobs: one, a page of them, and how the queues are doing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from nexus_admin.brokers.content import Content
from nexus_admin.brokers.queue import statements
from nexus_admin.brokers.queue.checking import moment_of
from nexus_admin.brokers.queue.dialect import Dialect
from nexus_admin.brokers.queue.moments import Moments
from nexus_admin.brokers.queue.protocol import Job, JobState, QueueFigures
from nexus_admin.brokers.queue.statements import FAR
from nexus_admin.brokers.queue.taking import Popped
from nexus_admin.brokers.queue.tallies import Tallies
from nexus_admin.state.engine import State


class Reading:
    """What is asked and changes nothing; it goes on while nothing can be written.

    Args:
        state: Where the jobs are.
        dialect: How the database is spoken to.
        moments: What time it is.
    """

    def __init__(self, state: State, dialect: Dialect, moments: Moments) -> None:
        self._state, self._dialect, self._moments = state, dialect, moments

    def find(self, id: str) -> Job | None:
        """As `Queue.find`."""
        rows = self._rows(f"SELECT {statements.COLUMNS} FROM queue_job WHERE id = ?", (id,))
        return job_of(rows[0]) if rows else None

    def jobs(
        self, queue: str | None, states: Sequence[JobState], text: str, after: str | None, limit: int
    ) -> list[Job]:
        """As `Queue.jobs`."""
        conditions, values = self._conditions(queue, states, text, after)
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        statement = f"SELECT {statements.COLUMNS} FROM queue_job{where} ORDER BY id DESC LIMIT ?"
        return [job_of(row) for row in self._rows(statement, (*values, limit))]

    def _conditions(
        self, queue: str | None, states: Sequence[JobState], text: str, after: str | None
    ) -> tuple[list[str], list[Any]]:
        conditions: list[str] = []
        values: list[Any] = []
        for condition, value in (("queue = ?", queue), ("id < ?", after)):
            if value is not None:
                conditions.append(condition)
                values.append(value)
        if states:
            conditions.append(f"state IN ({', '.join('?' for _ in states)})")
            values += states
        if text:
            clean = text.replace("\0", "")
            parts = [self._dialect.text_in(column) for column in ("key", "serial", "error")]
            parts.append(
                f"({self._dialect.text_in('data')} AND "
                "(content_type = 'application/json' OR substr(content_type, 1, 5) = 'text/'))"
            )
            conditions.append(f"({' OR '.join(parts)})")
            values += [clean] * 3 + [text.encode(errors="replace")]
        return conditions, values

    def figures(self, tallies: Tallies) -> list[QueueFigures]:
        """As `Queue.figures`."""
        now = self._moments.now()
        ready = self._rows(statements.COUNT_READY)
        states = [(queue, state, number) for queue, state, number, _ in ready]
        states += [tuple(row) for row in self._rows(statements.COUNT_TIMED) + self._rows(statements.COUNT_OVER)]
        ages = {row[0]: max(0, now - row[3]) / 1_000_000 for row in ready if row[3] is not None}
        return tallies.figures(states, ages, {row[0] for row in self._rows(statements.HELD)})

    def ready_among(self, queues: Sequence[str]) -> list[str]:
        """Return those of *queues* that have a ready job and are not paused."""
        held = {row[0] for row in self._rows(statements.HELD)} if queues else set()
        return [one for one in queues if one not in held and self._rows(statements.ANY_READY, (one,))]

    def next_due(self) -> int | None:
        """Return when the next job comes due, None where none waits."""
        due: int | None = self._rows(statements.NEXT_DUE)[0][0]
        return due

    def _rows(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        return self._state.read(lambda connection: self._dialect.rows(connection, statement, values))


def job_of(row: Sequence[Any]) -> Job:
    """Return a row of `statements.COLUMNS` as a job."""
    (id, queue, state, rank, due, attempts, most, lease, key, serial, data, type_, note, progress, error, created,
     started, finished) = row  # fmt: skip
    at = moment_of(created)
    assert at is not None
    return Job(
        id, queue, state, Content(bytes(data), type_), at, -rank, attempts, most, lease,
        None if due == FAR else moment_of(due), key, serial, json.loads(note) if note else {},
        json.loads(progress) if progress else None, error, moment_of(started), moment_of(finished),
    )  # fmt: skip


def jobs_of(popped: Popped, mark: str) -> list[Job]:
    """Return what was popped as jobs, held under the lease *mark*."""
    now, until = moment_of(popped.now), moment_of(popped.until)
    found = []
    for rank, id, queue, attempts, most, key, serial, data, type_, note, created, error in popped.rows:
        at = moment_of(created)
        assert at is not None
        content, said = Content(bytes(data), type_), json.loads(note) if note else {}
        job = Job(
            id,
            queue,
            "running",
            content,
            at,
            -rank,
            attempts + 1,
            most,
            mark,
            until,
            key,
            serial,
            said,
            None,
            error,
            now,
        )
        found.append(job)
    return found
