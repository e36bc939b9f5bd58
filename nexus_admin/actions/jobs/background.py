"""Actions in the background: begun by whoever may do them, followed and stopped by who began them.

Whoever may see the queues may follow all of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import Field, SecretStr

from nexus_admin.access import Access
from nexus_admin.actions.brokers.parts import HOUSE, VIEW, Asked, queue_of, sees_contents
from nexus_admin.actions.dispatcher import Dispatcher
from nexus_admin.actions.jobs.acts import house, shown_run
from nexus_admin.actions.jobs.call import push_action, title_of
from nexus_admin.actions.jobs.runs import RunRecord, runs_of
from nexus_admin.actions.jobs.work import OWN
from nexus_admin.actions.registry import Actions
from nexus_admin.actions.unit import Unit
from nexus_admin.brokers.queue.protocol import OVER, Job
from nexus_admin.domain.action import Call
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Invalid, NotFound, Refused
from nexus_admin.domain.target import Target
from nexus_admin.state.engine import State

PATIENCE = timedelta(minutes=1)
"""After which nobody is expected to say any more what became of a job that was withdrawn."""


class BeginInput(Asked):
    """Which action, on what, with which input."""

    action: str = Field(min_length=1, max_length=200)
    source: str
    resource: str | None = None
    key: str | None = None
    data: SecretStr = Field(SecretStr("{}"), description="The action's input, as JSON; the ledger has it when it runs.")


class FollowInput(Asked):
    """Which one."""

    id: str = Field(min_length=1, max_length=60)


@dataclass(frozen=True, slots=True)
class Background:
    """An action in the background, or a job, as whoever began it sees it.

    Args:
        id: The job's.
        name: Of the action or the job.
        title: What people read.
        state: As the queue has it.
        target: What is acted on; None for jobs.
        progress: `done`, `total` (None where nobody knows) and `text`; None before the first word.
        run: How the last attempt ended; None before that.
        begun: Whether somebody was ever at it.
        stopping: Whether it was withdrawn, and whoever is at it has not said yet what became of it.
    """

    id: str
    name: str
    title: str
    state: str
    target: Target | None
    progress: Mapping[str, Any] | None
    run: RunRecord | None
    begun: bool = True
    stopping: bool = False

    @property
    def over(self) -> bool:
        """Whether nothing more comes."""
        return self.state in OVER and not self.stopping


def begin(unit: Unit, data: BeginInput) -> str:
    """Put an action into the queue, if the asker may do it and its input fits; return the job's id.

    Raises:
        Refused: it is not made for that.
        Forbidden, NotFound, Invalid: as the action itself would.
    """
    action = unit.service(Actions).get(data.action)
    if not action.background:
        raise Refused(f"{action.title or action.name} cannot run in the background. Do it in the usual way.")
    target = Target(data.source, data.resource, data.key)
    call = Call(action.name, target, _read(data.data), unit.actor, zone=unit.call.zone)
    unit.service(Dispatcher).admission.admit(action, call)
    id = push_action(unit.services, call, unit.connection)
    unit.detail = f"{action.name} on {target} as {id}"
    return id


def follow(unit: Unit, data: FollowInput) -> Background:
    """Return how far it is.

    Raises:
        NotFound: there is none, or somebody else began it.
    """
    job = _own(unit, data.id)
    value = job.value if isinstance(job.value, dict) else {}
    name = title_of(value)
    runs = unit.service(State).read(lambda connection: runs_of(connection, data.id))
    target = Target(*value["target"]) if "target" in value else None
    run = shown_run(runs[0], job.note.get("actor") == unit.actor.id or sees_contents(unit)) if runs else None
    begun = job.attempts > 0
    return Background(
        job.id, name, _title(unit, name), job.state, target, job.progress, run, begun, _is_stopping(job, run)
    )


def _is_stopping(job: Job, run: RunRecord | None) -> bool:
    """Whether a job that was withdrawn while it ran may still be at it: it stops where it next says how far it is."""
    told = run is not None and run.attempt == job.attempts
    if job.state != "cancelled" or not job.attempts or told or job.finished_at is None:
        return False
    return datetime.now(UTC) - job.finished_at < PATIENCE


def withdraw(unit: Unit, data: FollowInput) -> None:
    """Take it back; what it has not committed is not done.

    Raises:
        Refused: it is over.
    """
    job = _own(unit, data.id)
    if job.state in OVER or not queue_of(unit).cancel(job.id):
        raise Refused("It is over already, so there is nothing to stop.")
    unit.detail = f"{title_of(job.value)} ({job.id})"


def asked(action: str, target: Target, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the input of `job.begin` for an action."""
    text = SecretStr(json.dumps(dict(data), default=str))
    return {"action": action, "source": target.source, "resource": target.resource, "key": target.key, "data": text}


def _read(data: SecretStr) -> dict[str, Any]:
    try:
        found = json.loads(data.get_secret_value())
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Invalid({"data": "Needs the action's input as a JSON object."})
    return found


def _own(unit: Unit, id: str) -> Job:
    job = queue_of(unit).find(id)
    sees = job is not None and (
        job.note.get("actor") == unit.actor.id or unit.service(Access).decide(unit.actor, VIEW, HOUSE, None).allowed
    )
    if job is None or not sees:
        raise NotFound("There is no such job (any more). Jobs that are over are kept for a day.")
    return job


def _title(unit: Unit, name: str) -> str:
    found = next((one for one in unit.service(Actions) if one.name == name), None)
    return (found.title if found else "") or name


ACTIONS = (
    house("job.begin", BeginInput, begin, "Do in the background", OWN),
    house("job.follow", FollowInput, follow, "See how far it is", OWN, writes=False),
    house("job.withdraw", FollowInput, withdraw, "Stop what I began", OWN, outside=True),
)
