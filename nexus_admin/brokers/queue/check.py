"""What jobs ask of their queue that its engine cannot do: said before anything starts, by name."""

from __future__ import annotations

from collections.abc import Iterable

from nexus_admin.brokers.queue.protocol import Capability, Queue
from nexus_admin.domain.dataclass import dataclass

SAYS: dict[Capability, str] = {
    "durable": "to keep jobs when the process ends",
    "shared": "to hand jobs to other processes",
    "transactional": "to push within a transaction (tx=)",
    "priority": "to take urgent jobs first (priority=)",
    "delay": "to keep jobs for later (delay=, run_at=)",
    "key": "to have only one job of a key (key=)",
    "serial": "to run one job of a line at a time (serial=)",
    "batch": "to push many at once (push_many)",
    "wait": "to wait for jobs (wait=)",
    "pause": "to be paused",
    "history": "to show jobs that are over",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What a job needs.

    Args:
        job: Its name.
        queue: The queue that it is pushed to.
        needs: What that has to be able to do.
    """

    job: str
    queue: str
    needs: frozenset[Capability]


def refusals(queue: Queue, wishes: Iterable[Wish]) -> list[str]:
    """Return a sentence for everything that *wishes* ask and *queue* cannot do; [] where it can do all of it."""
    return [
        f"The job {wish.job!r} needs its queue {wish.queue!r} {SAYS[one]}, and the engine of the queue, "
        f"{queue.engine}, cannot. {_remedy(one)}"
        for wish in wishes
        for one in sorted(wish.needs - queue.capabilities)
    ]


def _remedy(one: Capability) -> str:
    if one == "shared":
        return "Put the state into PostgreSQL (state.url), or run the job in this process."
    if one in ("durable", "transactional"):
        return "Use the durable queue of the house, or do without."
    return "Use an engine that can, or do without."
