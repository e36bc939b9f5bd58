"""The run of a job as an action: it has its entry in the ledger, and what it does stands under that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from nexus_admin.access import Access
from nexus_admin.actions.jobs.book import Jobs
from nexus_admin.actions.jobs.call import check_right
from nexus_admin.actions.unit import Unit
from nexus_admin.domain.action import Action

OWN = "account.background"
"""The permission of what everybody may do with what they began themselves."""


class Working(BaseModel):
    """What a worker is about to do. Nobody can ask for it from outside: no text stands for the work."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    job: str = Field(description="The job's name.")
    attempt: int = Field(description="Which attempt it is, from 1.")
    work: Callable[[], Any] = Field(exclude=True, description="The work itself.")


def work(unit: Unit, data: Working) -> Any:
    """Do it, as far as the actor has the right that the job needs now.

    Raises:
        Forbidden: they have not (any more).
    """
    check_right(unit.service(Access), unit.actor, unit.service(Jobs).get(data.job))
    unit.detail = data.job if data.attempt == 1 else f"{data.job}, attempt {data.attempt}"
    return data.work()


ACTIONS = (
    Action("job.work", Working, work, "Run a job", OWN, on="house", transaction=False, outside=True, icon="clock"),
)
