"""`queue.*` of whole queues: how each is doing and was lately, holding it, letting it go on, emptying it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from nexus_admin.actions.brokers.parts import Asked, acting, looking, queue_of
from nexus_admin.actions.brokers.watch import Course, Watch
from nexus_admin.actions.unit import Unit
from nexus_admin.brokers.queue.protocol import JobState, QueueFigures
from nexus_admin.domain.action import Nothing
from nexus_admin.domain.dataclass import dataclass


class QueueInput(Asked):
    """Which queue."""

    queue: str = Field(min_length=1, max_length=200)


Purged = Literal["ready", "waiting", "done", "dead", "cancelled"]


def _listed(given: object) -> object:
    return [one.strip() for one in given.split(",") if one.strip()] if isinstance(given, str) else given


class PurgeInput(QueueInput):
    """Which jobs of a queue go."""

    states: Annotated[list[Purged], BeforeValidator(_listed)] = Field(
        ["ready", "waiting"], min_length=1, max_length=5, description="By comma; running ones cannot go."
    )


@dataclass(frozen=True, slots=True)
class QueueSeen:
    """A queue, and how it went lately."""

    figures: QueueFigures
    course: Course

    @property
    def depth(self) -> int:
        """Jobs that are not over and not under way."""
        return self.of("ready") + self.of("waiting")

    @property
    def dead(self) -> int:
        """Jobs that nobody tries any more."""
        return self.of("dead")

    def of(self, state: JobState) -> int:
        """How many jobs are in *state*."""
        return self.figures.counts.get(state, 0)


def list_queues(unit: Unit, _data: Nothing) -> tuple[QueueSeen, ...]:
    """Return every queue that has jobs or is held, by name."""
    watch = unit.service(Watch)
    return tuple(QueueSeen(one, watch.see(f"queue {one.queue}", _levels(one))) for one in queue_of(unit).figures())


def pause(unit: Unit, data: QueueInput) -> None:
    """Hand out no more jobs of a queue; those that run go on."""
    queue_of(unit).pause(data.queue)
    unit.detail = f"{data.queue} is paused."


def resume(unit: Unit, data: QueueInput) -> None:
    """Hand them out again."""
    queue_of(unit).resume(data.queue)
    unit.detail = f"{data.queue} goes on."


def purge(unit: Unit, data: PurgeInput) -> int:
    """Forget jobs of a queue; return how many there were."""
    gone = queue_of(unit).purge(data.queue, states=data.states)
    unit.detail = f"Forgot {gone:,} jobs of {data.queue}: {', '.join(data.states)}."
    return gone


def _levels(one: QueueFigures) -> dict[str, float]:
    waiting = one.counts.get("ready", 0) + one.counts.get("waiting", 0)
    return {"depth": waiting, "in": one.pushed, "out": one.done, "failed": one.failed}


ACTIONS = (
    looking("queue.list", Nothing, list_queues, "Queues"),
    acting("queue.pause", QueueInput, pause, "Pause", "pause"),
    acting("queue.resume", QueueInput, resume, "Resume", "play"),
    acting("queue.purge", PurgeInput, purge, "Purge", "trash", danger=True),
)
