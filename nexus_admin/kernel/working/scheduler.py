"""The scheduler: pushes jobs when they are due. However many there are on one state, each tick is pushed once."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from nexus_admin.actions.jobs.book import Jobs
from nexus_admin.actions.jobs.call import When, push
from nexus_admin.actions.jobs.schedule_records import BACK, ScheduleRecord, declare, due, set_right, tick
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import NexusError
from nexus_admin.kernel.working.watcher import Watcher
from nexus_admin.sdk.providers import Services
from nexus_admin.state.engine import State

log = logging.getLogger(__name__)

LOOK = 1.0
"""Seconds between two looks; a look is one SELECT, and shows too what other processes and the clock did."""


class Scheduler(Watcher):
    """Looks each second what is due.

    Args:
        services: What lives in the kernel.
        clock: Seconds since 1970; tests give their own.
    """

    def __init__(self, services: Services, clock: Callable[[], float] = time.time) -> None:
        self._services, self._clock = services, clock
        self._state = services.get(State)
        self._jobs = services.get(Jobs)
        super().__init__("nexus-scheduler", LOOK, "What is due could not be looked up.")

    def start(self) -> None:
        """Take up what is declared, and begin to look."""
        self.declare()
        super().start()

    def declare(self) -> None:
        """Take up what is declared now."""
        declared, now = self._jobs.schedules(), self._now()
        self._state.write(lambda connection: declare(connection, declared, now))

    def look(self) -> int:
        """Push what is due; return how many that were."""
        now = self._now()
        found = self._state.read(lambda connection: due(connection, now))
        known = self._jobs.schedules()
        return sum(self._tick(one, now) for one in found if one.name in known)

    def _tick(self, record: ScheduleRecord, now: datetime) -> bool:
        if record.last_at is not None and record.last_at > now + BACK:
            self._state.write(lambda connection: set_right(connection, record, now))
            log.warning("The clock was put back; %s goes by it from now on.", record.name)
            return False
        actor = Actor.system(record.job)

        def work(connection: Any) -> bool:
            if not tick(connection, record, now):
                return False  # another process did
            push(self._services, actor, record.job, record.data, When(zone=record.zone), connection)
            return True

        try:
            return self._state.write(work)
        except NexusError as error:
            log.error("The schedule %s could not push its job: %s", record.name, error)
            return False

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)
