"""The runs of jobs in our own state: how each attempt ended, with its result and its last lines, both bounded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from pydantic_core import PydanticSerializationError, to_json

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.state.tables.job_runs import job_run

LONGEST_RESULT = 64 * 1024
"""Bytes of a result that are kept; of a longer one only how long it was."""
LONGEST_LINE, LINES = 500, 200
KEPT = timedelta(days=30)
MOST = 100_000
"""Runs that are kept, at most."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """How one attempt at a job ended.

    Args:
        job_id, attempt: Which.
        job: The name of the job, or of the action that ran in the background.
        queue: Where it waited.
        actor: On whose behalf.
        outcome: `done`, `failed` (and tried again), `dead`, `cancelled`, `stopped` (given back by a worker that stops).
        error: A sentence, "" for none.
        result: What it returned, as JSON has it.
        log: The last lines that it said.
        entry: Of the ledger.
    """

    job_id: str
    attempt: int
    job: str
    queue: str
    actor: str
    outcome: str
    started_at: datetime
    finished_at: datetime
    error: str = ""
    result: Any = None
    log: Sequence[str] = ()
    entry: str = ""

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.finished_at - self.started_at).total_seconds()


def keep(connection: sa.Connection, run: RunRecord) -> None:
    """Write down how an attempt ended; once more where it is known better."""
    values = {
        "job": run.job, "queue": run.queue, "actor": run.actor, "outcome": run.outcome,
        "started_at": _count(run.started_at), "finished_at": _count(run.finished_at), "error": run.error or None,
        "result": as_text(run.result), "log": json.dumps(list(run.log), ensure_ascii=False) if run.log else None,
        "entry": run.entry or None,
    }  # fmt: skip
    this = (job_run.c.job_id == run.job_id) & (job_run.c.attempt == run.attempt)
    if connection.execute(job_run.update().where(this).values(**values)).rowcount == 0:
        connection.execute(job_run.insert().values(job_id=run.job_id, attempt=run.attempt, **values))


def runs_of(connection: sa.Connection, job_id: str) -> list[RunRecord]:
    """Return every attempt at a job, the newest first."""
    return _read(connection, sa.select(job_run).where(job_run.c.job_id == job_id), 1000)


def newest(connection: sa.Connection, job: str = "", limit: int = 50) -> list[RunRecord]:
    """Return the runs that ended last: of the job of that name, or of all."""
    statement = sa.select(job_run)
    return _read(connection, statement.where(job_run.c.job == job) if job else statement, limit)


def forget(connection: sa.Connection) -> int:
    """Forget runs that are older than `KEPT`, and all but the newest `MOST`; return how many there were."""
    old = _count(datetime.now(UTC) - KEPT)
    surplus = (
        sa.select(job_run.c.finished_at).order_by(job_run.c.finished_at.desc()).offset(MOST).limit(1).scalar_subquery()
    )
    gone = (job_run.c.finished_at < old) | (job_run.c.finished_at <= surplus)
    return connection.execute(job_run.delete().where(gone)).rowcount


def as_text(result: Any) -> str | None:
    """Return a result as JSON; in the place of what JSON cannot say, or is too long, a sentence."""
    if result is None:
        return None
    try:
        text = to_json(result, serialize_unknown=False).decode()
    except (PydanticSerializationError, ValueError, RecursionError):
        return json.dumps(f"It returned a {type(result).__name__}, which JSON cannot say.")
    if len(text.encode()) > LONGEST_RESULT:
        return json.dumps(f"It returned {len(text):,} characters, more than the {LONGEST_RESULT:,} that are kept.")
    return text


def _read(connection: sa.Connection, statement: sa.Select[Any], limit: int) -> list[RunRecord]:
    ordered = statement.order_by(job_run.c.finished_at.desc(), job_run.c.attempt.desc()).limit(limit)
    return [_record(row) for row in connection.execute(ordered).mappings()]


def _record(row: sa.RowMapping) -> RunRecord:
    return RunRecord(
        row["job_id"], row["attempt"], row["job"], row["queue"], row["actor"], row["outcome"],
        _moment(row["started_at"]), _moment(row["finished_at"]), row["error"] or "",
        None if row["result"] is None else json.loads(row["result"]),
        tuple(json.loads(row["log"])) if row["log"] else (), row["entry"] or "",
    )  # fmt: skip


def _count(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)
