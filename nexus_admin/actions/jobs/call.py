"""What stands in the queue of a job: its name and data, and in its note for whom it runs; and how it gets there."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ValidationError

from nexus_admin.access import Access
from nexus_admin.actions.admitting import invalid
from nexus_admin.actions.jobs.book import Jobs
from nexus_admin.actions.sources.known import Sources
from nexus_admin.brokers.queue.errands import check_errand, push_errand
from nexus_admin.brokers.queue.protocol import Queue
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.cause import cause_now
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Forbidden
from nexus_admin.domain.job import BACKGROUND, Errand, Job
from nexus_admin.domain.target import Target
from nexus_admin.sdk.providers import Services
from nexus_admin.state.engine import State

_CONTEXT = "job:action"


@dataclass(frozen=True, slots=True)
class When:
    """When and how a job is pushed.

    Args:
        delay: Seconds that it waits.
        run_at: The moment until which it waits, instead.
        key: Where a job of the queue that is not over has it already, nothing is pushed.
        zone: The time zone that days in its data are meant in.
    """

    delay: float = 0.0
    run_at: datetime | None = None
    key: str | None = None
    zone: str = "UTC"


def push(
    services: Services, actor: Actor, name: str, data: Mapping[str, Any] | BaseModel, when: When, tx: Any = None
) -> str:
    """Put a job into its queue, to run on behalf of *actor*.

    Args:
        services: What lives in the kernel.
        actor: For whom; decided anew when it runs.
        name: The job's.
        data: Its input.
        when: See `When`.
        tx: The connection of a transaction of our own state, which it joins where the queue can.

    Returns:
        Its id.

    Raises:
        UnknownJob, Invalid: there is no such job, or the data does not fit it.
        Forbidden: the job needs a right that *actor* has not.
    """
    errand = _errand(services, actor, name, data, when)
    return push_errand(_queue(services), errand, joined(services, tx), delay=when.delay)


def errand(services: Services, actor: Actor, name: str, data: Mapping[str, Any], when: When) -> Errand:
    """Return what `push` would put there, to be pushed later by somebody else; raise what it would."""
    made = _errand(services, actor, name, data, when)
    if when.delay:
        made = replace(made, run_at=datetime.now(UTC) + timedelta(seconds=when.delay))
    check_errand(made, services.find(Queue))  # type: ignore[type-abstract]
    return made


def _errand(services: Services, actor: Actor, name: str, data: Mapping[str, Any] | BaseModel, when: When) -> Errand:
    job = services.get(Jobs).get(name)
    check_right(services.get(Access), actor, job)
    payload = {"job": name, "data": fitting(job, data).model_dump(mode="json")}
    note = note_of(actor, when.zone)
    return Errand(job.waits_in, payload, note, when.run_at, job.priority, when.key, _lane(job), job.max_attempts)


def push_action(services: Services, call: Call, tx: Any = None, *, attempts: int = 1, serial: str | None = None) -> str:
    """Put an action into the queue of those that run in the background; its data, which may be secret, is sealed.

    Args:
        services: What lives in the kernel.
        call: What is asked for, and by whom.
        tx: The connection of a transaction of our own state, which it joins where the queue can.
        attempts: How often it is begun. More than once only where doing it twice is known to be doing it once.
        serial: The line in which it stands, one at a time; None for that of its source, where one write goes at a time.

    Returns:
        The job's id.
    """
    vault = services.get(State).vault
    sealed = vault.seal(json.dumps(call.data, default=str).encode(), _CONTEXT)
    target = call.target
    payload = {
        "action": call.action,
        "target": [target.source, target.resource, target.key],
        "sealed": base64.b64encode(sealed).decode(),
    }
    note = note_of(call.actor, call.zone)
    turn = serial or _turn(services, target.source)
    return _queue(services).push(
        BACKGROUND, payload, max_attempts=attempts, note=note, serial=turn, tx=joined(services, tx)
    )


def _turn(services: Services, name: str) -> str | None:
    """Return what one action at a time has, where a database lets one write at a time: the next one waits its turn."""
    source = services.get(Sources).find(name)
    return f"source {name}"[:200] if source is not None and source.dialect == "sqlite" else None


def action_of(services: Services, payload: Mapping[str, Any]) -> tuple[str, Target, dict[str, Any]]:
    """Return what `push_action` put there: the action's name, its target and its data.

    Raises:
        SealBroken: somebody else put it there.
    """
    sealed = services.get(State).vault.unseal(base64.b64decode(payload["sealed"]), _CONTEXT)
    data: dict[str, Any] = json.loads(sealed)
    return payload["action"], Target(*payload["target"]), data


def title_of(value: Any) -> str:
    """Return the name of the job or action that a payload stands for; "" where it is of somebody else's making."""
    return str(value.get("job") or value.get("action") or "") if isinstance(value, dict) else ""


def check_right(access: Access, actor: Actor, job: Job) -> None:
    """Raise Forbidden where *job* needs a right that *actor* has not."""
    if not job.needs:
        return
    decision = access.decide(actor, job.needs, "nexus", None)
    if not decision.allowed:
        raise Forbidden(f"{actor.name or actor.id} may not run the job {job.name}: {decision.reason}")


def fitting(job: Job, data: Mapping[str, Any] | BaseModel) -> BaseModel:
    """Return *data* as the job's input.

    Raises:
        Invalid: it does not fit.
    """
    if isinstance(data, job.input):
        return data
    try:
        return job.input.model_validate(data.model_dump() if isinstance(data, BaseModel) else dict(data))
    except ValidationError as error:
        raise invalid(error) from None


def note_of(actor: Actor, zone: str) -> dict[str, Any]:
    """Return what goes along with a job: for whom it runs, in which time zone, and why."""
    return {"actor": actor.id, "name": actor.name, "zone": zone, **cause_now().noted()}


def joins(services: Services) -> bool:
    """Whether the queue can join a transaction of our own state. One that cannot is in memory, and outlives nothing."""
    return "transactional" in _queue(services).capabilities


def joined(services: Services, tx: Any) -> Any:
    """Return *tx* where the queue can join it."""
    return tx if joins(services) else None


def _queue(services: Services) -> Queue:
    return services.get(Queue)  # type: ignore[type-abstract]


def _lane(job: Job) -> str | None:
    """Return the serial key that holds the job to its number at once: one of so many lanes, by chance."""
    if job.concurrency is None:
        return None
    return job.name if job.concurrency == 1 else f"{job.name}#{random.randrange(job.concurrency)}"
