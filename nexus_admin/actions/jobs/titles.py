"""What people call a job: the title of the declared job or action that its payload names."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from nexus_admin.actions.jobs.book import Jobs
from nexus_admin.actions.jobs.call import title_of
from nexus_admin.actions.registry import Actions
from nexus_admin.brokers.queue.protocol import Job
from nexus_admin.domain.action import Action
from nexus_admin.domain.job import Job as Declared
from nexus_admin.sdk.providers import Services


def named(job: Job) -> str:
    """Return what the payload of *job* names; "" where it is of somebody else's making."""
    try:
        return title_of(job.value)
    except (ValueError, RecursionError):
        return ""


class Titles:
    """The titles of everything that is declared now; what names nothing of it is only a payload."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def of(self, job: Job) -> str:
        """Return the title of *job*, "" where nothing of its name is declared."""
        return self._by_name.get(named(job), "")

    def told(self, job: Job) -> str:
        """Return how *job* is called in a list: by its title, else by what it names, else by its id."""
        return self.of(job) or named(job) or job.id

    @cached_property
    def _by_name(self) -> dict[str, str]:
        declared: tuple[Iterable[Declared | Action], ...] = (self._services.get(Actions), self._services.get(Jobs))
        return {one.name: one.title or one.name for some in declared for one in some}
