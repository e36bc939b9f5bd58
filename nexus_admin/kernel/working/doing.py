"""Doing one job from its taking to its settling: who asks, what runs, and what becomes of it when it ends."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from typing import Any

from nexus_admin.access import Access
from nexus_admin.access.behalf import on_behalf
from nexus_admin.actions.dispatcher import Dispatcher
from nexus_admin.actions.jobs.book import Jobs, UnknownJob
from nexus_admin.actions.jobs.call import action_of, fitting, title_of
from nexus_admin.actions.jobs.runs import RunRecord, keep
from nexus_admin.actions.jobs.work import OWN, Working
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.cause import caused_by
from nexus_admin.domain.errors import BadRequest, Forbidden, Invalid, NexusError, SignInNeeded
from nexus_admin.domain.job import BACKGROUND, Cancelled, GiveUp, Job, RetryLater
from nexus_admin.domain.target import Target
from nexus_admin.kernel.working.order import sentence
from nexus_admin.kernel.working.places import Places, in_thread
from nexus_admin.kernel.working.run import Room, Run
from nexus_admin.state.engine import State

log = logging.getLogger(__name__)

FOR_GOOD = (GiveUp, Forbidden, SignInNeeded, Invalid, BadRequest, UnknownJob)
"""What will not be otherwise the next time."""
GIVEN_BACK = 1.0
"""Seconds that a job waits that was given back, so that a worker which stops does not take it in its last look."""
LONGEST_ACTION = 3600.0
"""Seconds that an action in the background may take."""


class Doing:
    """Does jobs that were taken from the queue, one call a job; each comes back when it is settled or left behind."""

    def __init__(self, room: Room, places: Places) -> None:
        self._room, self._places = room, places
        self._state = room.services.get(State)

    def do(self, run: Run) -> None:
        """Do it and settle it; nothing is raised."""
        try:
            result = self._did(run)
        except BaseException as raised:
            error = raised
            self._settle(lambda: self._failed(run, error), run)
        else:
            self._settle(lambda: self._done(run, result), run)

    def _did(self, run: Run) -> Any:
        run.check()
        note = run.queued.note
        value = run.queued.value
        if not title_of(value):
            raise GiveUp("It is no job of ours: neither a job nor an action is named in it.")
        run.actor = on_behalf(self._room.services.get(Access), note.get("actor", ""), note.get("name", ""))
        if run.queued.queue == BACKGROUND and "action" in value:
            return self._action(run)
        job = self._room.services.get(Jobs).get(run.name)
        data = fitting(job, value.get("data") or {})
        run.deadline = time.monotonic() + job.timeout
        working = Working(job=job.name, attempt=run.attempt, work=lambda: self._places.run(run, job, data))
        return self._perform(run, Call("job.work", Target("nexus", "jobs", run.id), working, _asking(run.actor, job)))

    def _action(self, run: Run) -> Any:
        name, target, data = action_of(self._room.services, run.queued.value)
        run.deadline = time.monotonic() + LONGEST_ACTION
        return in_thread(run, lambda: self._perform(run, Call(name, target, data, run.actor)))

    def _perform(self, run: Run, call: Call) -> Any:
        zone = run.queued.note.get("zone", "UTC")
        request = {"job": run.id}
        with caused_by(run.cause):
            return self._room.services.get(Dispatcher).perform(
                replace(call, via="job", request=request, zone=zone, follower=run)
            )

    # ── what becomes of it ───────────────────────────────────────────────────────────────────

    def _done(self, run: Run, result: Any) -> None:
        queue = self._room.queue
        record = run.record("done", result=result)
        if run.settled or "transactional" not in queue.capabilities:
            self._keep(record)
            ours = run.settled or queue.ack(run.queued) > 0
        else:
            ours = self._state.write(lambda connection: _both(connection, record, queue, run)) > 0
        if not ours and run.why is None:
            log.warning("The job %s (%s) was done, but it had been given to another worker.", run.name, run.id)

    def _failed(self, run: Run, error: BaseException) -> None:
        said = str(error) if isinstance(error, NexusError) else sentence(run.name, error)
        if not isinstance(error, NexusError):
            log.error("The job %s could not be run.", run.name, exc_info=error)
        if run.settled or run.why == "lost":
            return
        if run.why == "cancelled":
            self._keep(run.record("cancelled", said))
            return
        if run.why == "stopped" and isinstance(error, Cancelled):
            self._give_back(run)
            return
        if run.why == "timeout":
            said = f"It took longer than {_taken(run)} and was given up."
        final = isinstance(error, FOR_GOOD)
        later = error.seconds if isinstance(error, RetryLater) else None
        self._keep(run.record("failed", said))  # first: whoever sees that it is dead wants to read why
        if self._room.queue.nack(run.queued, said, retry_in=later, dead=final) == "dead":
            self._keep(run.record("dead", said))

    def _give_back(self, run: Run) -> None:
        """Let another worker have it, as if it had not been begun where it would be dead otherwise."""
        said = "The worker stopped before it was done."
        state = self._room.queue.nack(run.queued, said, retry_in=GIVEN_BACK)
        if state == "dead" and run.queued.queue != BACKGROUND:
            self._room.queue.retry(run.id)
        self._keep(run.record("stopped", said))

    def _keep(self, record: RunRecord) -> None:
        self._state.write(lambda connection: keep(connection, record))

    def _settle(self, work: Any, run: Run) -> None:
        try:
            work()
        except Exception:
            log.exception("What became of the job %s (%s) could not be kept; it is tried again.", run.name, run.id)


def _asking(actor: Actor, job: Job) -> Actor:
    """Return *actor* as the ledger names them; a token that was narrowed to some actions may run what it pushed."""
    scopes = None if actor.scopes is None else (*actor.scopes, OWN)
    name = actor.name or actor.id
    return replace(actor, name=name if name == job.name else f"{name} by job {job.name}", scopes=scopes)


def _both(connection: Any, record: RunRecord, queue: Any, run: Run) -> int:
    keep(connection, record)
    acked: int = queue.ack(run.queued, tx=connection)
    return acked


def _taken(run: Run) -> str:
    return f"{round(run.deadline - run.since, 1):,g} s"
