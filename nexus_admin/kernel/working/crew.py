"""Who works in this process: the queue with a worker and a scheduler, and who moves outboxes and makes projections."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from nexus_admin.actions.jobs.book import Jobs
from nexus_admin.brokers.queue.protocol import Queue
from nexus_admin.domain.errors import Refused
from nexus_admin.domain.extension import Extension
from nexus_admin.domain.job import Job, Place
from nexus_admin.domain.projection import Projection
from nexus_admin.kernel.options import Part
from nexus_admin.kernel.settings import Settings
from nexus_admin.kernel.sources.feeds.feeding import Feeding
from nexus_admin.kernel.working.outboxes import OutboxRelay
from nexus_admin.kernel.working.places import Places
from nexus_admin.kernel.working.projecting import Projector
from nexus_admin.kernel.working.run import Room
from nexus_admin.kernel.working.scheduler import Scheduler
from nexus_admin.kernel.working.worker import Worker
from nexus_admin.sdk.providers import Services
from nexus_admin.state.engine import State


def check_parts(state: State, parts: frozenset[Part]) -> None:
    """Raise where what runs apart cannot meet.

    Raises:
        Refused: our own state is a file, which one process has.
    """
    if state.dialect == "sqlite" and parts != frozenset(Part):
        raise Refused(
            f"--only {', '.join(sorted(parts))} needs our own state in PostgreSQL, where several processes meet; "
            f"{state.where} is a file that one process has. Run `nexus run` without --only, or set state.url to a "
            "postgresql:// address."
        )


class Crew:
    """The queue, and who works from it.

    Args:
        services: What lives in the kernel; the book of jobs is put there.
        jobs: The book of jobs.
        settings: How many jobs at once, and how long they may take to end.
        parts: What this process is.
        extensions: Every extension by its id.
        raised: Told of what extensions raise, with the id of whose it was.
    """

    def __init__(
        self,
        services: Services,
        jobs: Jobs,
        settings: Settings,
        parts: frozenset[Part],
        extensions: Callable[[str], Extension | None],
        raised: Callable[[str, Exception], None],
    ) -> None:
        self._services, self._settings, self._parts = services, settings, parts
        self.jobs = services.put(Jobs, jobs)
        self._extension_of = extensions
        self.worker: Worker | None = None
        self.scheduler: Scheduler | None = None
        self.outboxes = OutboxRelay(services)
        self.feeding = Feeding(services)
        self.projector = Projector(services, raised)

    @property
    def queue(self) -> Queue:
        """Where jobs wait."""
        return self._services.get(Queue)  # type: ignore[type-abstract]

    def start(self) -> None:
        """Begin to work and to look what is due, as far as this process does; and to watch what its pages follow."""
        self.feeding.start()
        if Part.worker in self._parts:
            room = Room(self._services, self.queue, self._settings["jobs.lease_seconds"])
            places = Places(lambda job: self._extension_of(job.owner))
            slots: dict[Place, int] = {
                "thread": self._settings["jobs.threads"],
                "process": self._settings["jobs.processes"],
                "async": self._settings["jobs.async"],
            }
            self.worker = Worker(room, places, slots)
            self.worker.start()
            self.outboxes.start()
            self.projector.start()
        if Part.scheduler in self._parts:
            self.scheduler = Scheduler(self._services)
            self.scheduler.start()

    def is_at(self, entry: Mapping[Any, Any]) -> bool:
        """Whether an open entry of the ledger is the run of a job that a worker has now."""
        id = entry["key"] if entry["action"] == "job.work" else None
        if entry["action"] == "export.write":  # which takes long, as no change of rows may
            id = json.loads(entry["request"]).get("job")
        job = self.queue.find(id) if id else None
        return job is not None and job.state == "running"

    def declared(self, jobs: Mapping[str, Job], projections: Mapping[str, Projection]) -> None:
        """Take these as what there is now."""
        self.jobs.replace(jobs.values())
        self.projector.declared(projections)
        if self.worker is not None:
            self.worker.look()
        if self.scheduler is not None:
            self.scheduler.declare()

    def stop(self) -> None:
        """Move and push nothing more, let what runs finish, give the rest back."""
        self.feeding.stop()
        self.outboxes.stop()
        self.projector.stop()
        if self.scheduler is not None:
            self.scheduler.stop()
        if self.worker is not None:
            self.worker.stop(self._settings["jobs.grace_seconds"])
            self.queue.close()
            self.worker.join()
