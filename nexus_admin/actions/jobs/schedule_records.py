"""Schedules in our own state: when each is due next, and the one tick that moves it on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from nexus_admin.domain.cron import cron_of, zone_of
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.job import Job, Schedule
from nexus_admin.state.tables.schedules import job_schedule

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BACK = timedelta(minutes=1)
"""A clock that shows so much less than at the last tick has been put back."""


@dataclass(frozen=True, slots=True)
class ScheduleRecord:
    """A schedule as it stands.

    Args:
        name: Its own.
        job: The job's that it pushes.
        cron, zone: When; see `domain/cron.py`.
        data: What the job is given.
        next_at: When it is due; None while it is held, or nobody declares it any more.
        last_at: When it was due last.
        held: Whether somebody paused it.
        owner: The extension that declares it.
    """

    name: str
    job: str
    cron: str
    zone: str
    data: Mapping[str, object]
    next_at: datetime | None
    last_at: datetime | None
    held: bool
    owner: str

    def after(self, moment: datetime) -> datetime:
        """Return when it is due after *moment*."""
        return cron_of(self.cron).after(moment, zone_of(self.zone))


def declare(connection: sa.Connection, declared: Mapping[str, tuple[Job, Schedule]], now: datetime) -> None:
    """Take up what is declared: new ones, changed ones, those that came back; let go of what nobody declares.

    One that is as it was keeps its `next_at`, also one in the past: that tick is made up for, once.
    """
    stored = {one.name: one for one in records(connection)}
    for name, (job, due) in declared.items():
        values = {
            "job": job.name, "cron": due.cron, "zone": due.zone, "owner": job.owner,
            "data": json.dumps(dict(due.data), sort_keys=True),
        }  # fmt: skip
        known = stored.get(name)
        if known is None:
            record = ScheduleRecord(name, job.name, due.cron, due.zone, due.data, None, None, False, job.owner)
            connection.execute(job_schedule.insert().values(name=name, next_at=_count(record.after(now)), **values))
            continue
        same = (known.job, known.cron, known.zone) == (job.name, due.cron, due.zone)
        kept = known.next_at if same or known.held else None
        fresh = ScheduleRecord(name, job.name, due.cron, due.zone, due.data, None, None, known.held, job.owner)
        at = kept if known.held or kept is not None else fresh.after(now)
        connection.execute(
            job_schedule.update().where(job_schedule.c.name == name).values(next_at=_count(at), **values)
        )
    gone = [name for name, one in stored.items() if name not in declared and one.next_at is not None]
    if gone:
        connection.execute(job_schedule.update().where(job_schedule.c.name.in_(gone)).values(next_at=None))


def records(connection: sa.Connection) -> list[ScheduleRecord]:
    """Return every schedule, by name."""
    return [
        _record(row) for row in connection.execute(sa.select(job_schedule).order_by(job_schedule.c.name)).mappings()
    ]


def due(connection: sa.Connection, now: datetime) -> list[ScheduleRecord]:
    """Return what is due, and what was due last at a time that is yet to come: there the clock has been put back."""
    passed = job_schedule.c.next_at <= _count(now)
    ahead = job_schedule.c.last_at > _count(now + BACK)
    statement = sa.select(job_schedule).where(job_schedule.c.next_at.is_not(None), passed | ahead)
    return [_record(row) for row in connection.execute(statement).mappings()]


def tick(connection: sa.Connection, record: ScheduleRecord, now: datetime) -> bool:
    """Move *record* on to its next time after *now*; return whether that was ours to do. Of several at once, one is.

    However many ticks were missed, this is one; the next lies in the future.
    """
    values = {"next_at": _count(record.after(now)), "last_at": _count(now)}
    return _moved(connection, record, values)


def set_right(connection: sa.Connection, record: ScheduleRecord, now: datetime) -> bool:
    """Go by a clock that has been put back."""
    return _moved(connection, record, {"next_at": _count(record.after(now)), "last_at": _count(now)})


def hold(connection: sa.Connection, name: str, held: bool, now: datetime) -> ScheduleRecord | None:
    """Pause a schedule, or let it go on from *now*; return how it was, None where there is none of that name."""
    where = job_schedule.c.name == name
    row = connection.execute(sa.select(job_schedule).where(where)).mappings().first()
    if row is None:
        return None
    before = _record(row)
    at = None if held else (before.next_at or before.after(now))
    connection.execute(job_schedule.update().where(where).values(held=held, next_at=_count(at)))
    return before


def _moved(connection: sa.Connection, record: ScheduleRecord, values: Mapping[str, object]) -> bool:
    mine = (job_schedule.c.name == record.name) & (job_schedule.c.next_at == _count(record.next_at))
    return connection.execute(job_schedule.update().where(mine).values(**values)).rowcount == 1


def _record(row: sa.RowMapping) -> ScheduleRecord:
    return ScheduleRecord(
        row["name"], row["job"], row["cron"], row["zone"], json.loads(row["data"]),
        _moment(row["next_at"]), _moment(row["last_at"]), row["held"], row["owner"],
    )  # fmt: skip


def _count(at: datetime | None) -> int | None:
    return None if at is None else (at - _EPOCH) // timedelta(microseconds=1)


def _moment(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else _EPOCH + timedelta(microseconds=microseconds)
