"""`schedule.*`: when jobs are due by themselves; paused, let go on, and run now."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import Field

from nexus_admin.actions.brokers.parts import ACT, VIEW, Asked
from nexus_admin.actions.jobs.acts import house
from nexus_admin.actions.jobs.book import Jobs
from nexus_admin.actions.jobs.call import When, push
from nexus_admin.actions.jobs.schedule_records import ScheduleRecord, hold, records
from nexus_admin.actions.unit import Unit
from nexus_admin.domain.action import Nothing
from nexus_admin.domain.errors import NotFound
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.state.engine import State


class ScheduleInput(Asked):
    """Which schedule."""

    name: str = Field(min_length=1, max_length=200, description="The job's name, or `job/schedule`.")


def list_schedules(unit: Unit, _data: Nothing) -> list[ScheduleRecord]:
    """Return the schedules that are declared now, the next one first."""
    known = unit.service(Jobs).schedules()
    found = [one for one in unit.service(State).read(records) if one.name in known]
    return sorted(found, key=lambda one: (one.next_at is None, one.next_at, one.name))


def pause(unit: Unit, data: ScheduleInput) -> None:
    """Have a schedule push nothing more."""
    _held(unit, data.name, True)


def resume(unit: Unit, data: ScheduleInput) -> None:
    """Have it go on with the next time from now; what was missed meanwhile is not made up for."""
    _held(unit, data.name, False)


def run(unit: Unit, data: ScheduleInput) -> str:
    """Push its job now, with its data, on behalf of who asks; when it is due next stays as it is. Return the job's id.

    Raises:
        NotFound: there is no such schedule.
    """
    known = unit.service(Jobs).schedules()
    if data.name not in known:
        raise _unknown(data.name, known)
    job, due = known[data.name]
    unit.detail = f"{data.name}, now"
    return push(unit.services, unit.actor, job.name, due.data, When(zone=due.zone), unit.connection)


def _held(unit: Unit, name: str, held: bool) -> None:
    known = unit.service(Jobs).schedules()
    if name not in known or hold(unit.connection, name, held, datetime.now(UTC)) is None:
        raise _unknown(name, known)
    unit.detail = f"{name} is {'paused' if held else 'let go on'}"


def _unknown(name: str, known: object) -> NotFound:
    names = list(known) if isinstance(known, dict) else []
    return NotFound(f"There is no schedule called {name!r}.{did_you_mean(name, names)}")


ACTIONS = (
    house("schedule.list", Nothing, list_schedules, "Schedules", VIEW, writes=False),
    house("schedule.pause", ScheduleInput, pause, "Pause a schedule", ACT, icon="pause"),
    house("schedule.resume", ScheduleInput, resume, "Let a schedule go on", ACT, icon="play"),
    house("schedule.run", ScheduleInput, run, "Run what is scheduled now", ACT, icon="play"),
)
