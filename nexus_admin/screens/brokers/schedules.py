"""The rows of the page of schedules: each schedule with its job, and the jobs that have none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from nexus_admin.actions.jobs.acts import JobKind
from nexus_admin.actions.jobs.runs import RunRecord
from nexus_admin.actions.jobs.schedule_records import ScheduleRecord
from nexus_admin.domain.dataclass import dataclass

OUTCOMES = {
    "done": ("Done", "green"), "failed": ("Failed, tried again", "amber"), "dead": ("Dead", "red"),
    "cancelled": ("Cancelled", "gray"), "stopped": ("Given back", "gray"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """One row.

    Args:
        name: Of the schedule, or of the job.
        title: What people read.
        kind: `schedule` or `job`.
        when: The five fields and whose clock; "" for a job that is only asked for.
        next_at: When it is due; None for never, or while it is paused.
        held: Whether it is paused.
        queue: Where the job waits.
        last: How the job ended last; None where it never ran.
        outcome: A word for that, and its hue.
        by_hand: Whether it can be run now: it needs no input that nobody gives.
    """

    name: str
    title: str
    kind: str
    when: str
    next_at: datetime | None
    held: bool
    queue: str
    last: RunRecord | None
    outcome: tuple[str, str]
    by_hand: bool


def schedule_rows(kinds: Sequence[JobKind], schedules: Sequence[ScheduleRecord]) -> list[ScheduleRow]:
    """Return the schedules as they come, then the jobs without one."""
    by_name = {one.job.name: one for one in kinds}
    rows = [_scheduled(one, by_name[one.job]) for one in schedules if one.job in by_name]
    alone = [one for one in kinds if one.job.name not in {row.job for row in schedules}]
    return [*rows, *(_row(one, one.job.name, "job", "", None, held=False) for one in alone)]


def _scheduled(record: ScheduleRecord, kind: JobKind) -> ScheduleRow:
    when = f"{record.cron} · {record.zone}"
    return _row(kind, record.name, "schedule", when, record.next_at, held=record.held)


def _row(kind: JobKind, name: str, sort: str, when: str, next_at: datetime | None, *, held: bool) -> ScheduleRow:
    last = kind.last
    needs_input = any(one.is_required() for one in kind.job.input.model_fields.values())
    return ScheduleRow(
        name, kind.job.title or name, sort, when, next_at, held, kind.job.waits_in, last,
        OUTCOMES.get(last.outcome, ("", "gray")) if last else ("", "gray"), sort == "schedule" or not needs_input,
    )  # fmt: skip
