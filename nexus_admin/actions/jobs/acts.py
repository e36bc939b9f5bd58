"""`job.list`, `job.read`, `job.run`: which jobs there are, how they went, and one of them now.

What waits, runs and is dead is in the queues; see `broker_jobs`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import Field

from nexus_admin.actions.brokers.contents import masked, without_secrets
from nexus_admin.actions.brokers.parts import ACT, VIEW, Asked, sees_contents
from nexus_admin.actions.jobs.book import Jobs
from nexus_admin.actions.jobs.call import When, push
from nexus_admin.actions.jobs.runs import RunRecord, newest, runs_of
from nexus_admin.actions.jobs.schedule_records import ScheduleRecord, records
from nexus_admin.actions.unit import Unit
from nexus_admin.domain.action import Action, Nothing
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import NotFound
from nexus_admin.domain.job import Job
from nexus_admin.state.engine import State


class RunsAsked(Asked):
    """Which runs."""

    job: str = Field("", max_length=200, description="Only of the job of this name.")
    id: str = Field("", max_length=60, description="Only the attempts at the job with this id in its queue.")
    limit: int = Field(50, ge=1, le=500)


class RunInput(Asked):
    """Which job, and what it is given."""

    job: str = Field(min_length=1, max_length=200, description="Its name.")
    data: dict[str, Any] = Field(default_factory=dict, description="Its input.")
    delay: float = Field(0.0, ge=0, le=366 * 86_400, description="Seconds that it waits.")


@dataclass(frozen=True, slots=True)
class JobKind:
    """A job that is declared, when it is due, and how it went last."""

    job: Job
    schedules: Sequence[ScheduleRecord]
    last: RunRecord | None

    @property
    def next_at(self) -> datetime | None:
        """When it is due by itself; None for never."""
        return min((one.next_at for one in self.schedules if one.next_at), default=None)


def list_jobs(unit: Unit, _data: Nothing) -> list[JobKind]:
    """Return the jobs that are declared, by name."""
    state, declared = unit.service(State), sorted(unit.service(Jobs), key=lambda one: one.name)
    scheduled = state.read(records)
    kinds = []
    for job in declared:
        last = state.read(lambda connection, name=job.name: newest(connection, name, 1))  # type: ignore[misc]
        kinds.append(JobKind(job, [one for one in scheduled if one.job == job.name], last[0] if last else None))
    return kinds


def read_runs(unit: Unit, data: RunsAsked) -> list[RunRecord]:
    """Return how attempts ended, the newest first; results and lines only for who may see contents, without secrets.

    Raises:
        NotFound: there are none of that job (any more).
    """
    state = unit.service(State)
    if data.id:
        found = state.read(lambda connection: runs_of(connection, data.id))[: data.limit]
        if not found:
            raise NotFound(f"No run of the job {data.id!r} is kept. Runs are kept for 30 days.")
    else:
        found = state.read(lambda connection: newest(connection, data.job, data.limit))
    sees = sees_contents(unit)
    return [shown_run(one, sees) for one in found]


def shown_run(run: RunRecord, sees: bool) -> RunRecord:
    """Return a run as somebody may see it."""
    error = without_secrets(run.error)[0]
    if not sees:
        return replace(run, error=error, result=None, log=())
    lines = tuple(without_secrets(line)[0] for line in run.log)
    return replace(run, error=error, result=masked(run.result)[0], log=lines)


def run_job(unit: Unit, data: RunInput) -> str:
    """Put a job into its queue, to run on behalf of who asks; return its id.

    Raises:
        UnknownJob, Invalid, Forbidden: there is no such job, the data does not fit, or it needs a right they lack.
    """
    when = When(delay=data.delay, zone=unit.call.zone)
    id = push(unit.services, unit.actor, data.job, data.data, when, unit.connection)
    unit.detail = f"{data.job} as {id}"
    return id


def house(name: str, input: Any, run: Any, title: str, permission: str, **more: Any) -> Action:
    """Return an action on jobs or schedules, which are in our own state."""
    settled: Mapping[str, Any] = {"on": "house", "transaction": False, **more}
    return Action(name, input, run, title, permission, **settled)


ACTIONS = (
    house("job.list", Nothing, list_jobs, "Jobs that there are", VIEW, writes=False),
    house("job.read", RunsAsked, read_runs, "Runs of jobs", VIEW, writes=False),
    house("job.run", RunInput, run_job, "Run a job now", ACT, icon="play"),
)
