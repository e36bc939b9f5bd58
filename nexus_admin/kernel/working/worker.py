"""The worker: takes jobs from the queue, as many at once as there is room for, and holds them while they run."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping

from nexus_admin.actions.exports import records as export_records
from nexus_admin.actions.jobs.book import Jobs
from nexus_admin.actions.jobs.runs import forget
from nexus_admin.brokers.queue.protocol import Job as Queued
from nexus_admin.domain.errors import NexusError, Refused
from nexus_admin.domain.job import Place
from nexus_admin.kernel.working.doing import Doing
from nexus_admin.kernel.working.places import Places
from nexus_admin.kernel.working.run import Room, Run
from nexus_admin.state.engine import State

log = logging.getLogger(__name__)

SLOTS: Mapping[Place, int] = {"thread": 8, "process": 2, "async": 32}
"""Jobs that run at once, by their place."""
LOOK = 0.25
"""Seconds between two looks at what runs."""
TOLD = 0.5
"""Seconds between two times that the queue is told how far a job is."""
SEEN = 1.0
"""Seconds between two looks whether a job is still ours."""
WAIT = 1.0
"""Seconds that one asks the queue for work."""
SWEEP = 300.0
"""Seconds between two times that old runs, and files of exports whose time is over, are forgotten."""


class Worker:
    """Runs jobs until it is stopped.

    Args:
        room: What runs need.
        places: Where they run.
        slots: How many at once, by place.
    """

    def __init__(self, room: Room, places: Places, slots: Mapping[Place, int] = SLOTS) -> None:
        self._room, self._places, self._slots = room, places, slots
        self._doing = Doing(room, places)
        self._jobs = room.services.get(Jobs)
        self._state = room.services.get(State)
        self._running: dict[str, tuple[Run, Place]] = {}
        self._bell = threading.Condition()
        self._stopping = False
        self._swept = time.monotonic()
        self._threads = [
            *(
                threading.Thread(target=self._fetch, args=(one,), name=f"nexus-jobs-{one}", daemon=True)
                for one in slots
            ),
            threading.Thread(target=self._tend, name="nexus-jobs-tender", daemon=True),
        ]

    def start(self) -> None:
        """Begin to take jobs."""
        for thread in self._threads:
            thread.start()

    def look(self) -> None:
        """Look again which queues there are: jobs have come or gone."""
        with self._bell:
            self._bell.notify_all()

    def cancel(self, *ids: str) -> None:
        """Have runs of this worker end, whose jobs were taken back; others hear it a moment later."""
        for id in ids:
            found = self._running.get(id)
            if found is not None:
                found[0].stop("cancelled")

    def running(self) -> list[Run]:
        """Return what runs now."""
        with self._bell:
            return [run for run, _ in self._running.values()]

    def stop(self, grace: float) -> None:
        """Take no more, let what runs finish for *grace* seconds, then have it end and give it back."""
        with self._bell:
            self._stopping = True
            self._bell.notify_all()
            self._bell.wait_for(lambda: not self._running, timeout=grace)
            left = [run for run, _ in self._running.values()]
        for run in left:
            run.stop("stopped")
        with self._bell:
            self._bell.wait_for(lambda: not self._running, timeout=self._room.patience + 1)
        self._places.close()

    def join(self) -> None:
        """Wait until nobody takes jobs any more; the queue is closed by now."""
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=5)

    # ── taking ───────────────────────────────────────────────────────────────────────────────

    def _fetch(self, place: Place) -> None:
        while True:
            free, queues = self._free(place)
            if not free:
                return
            try:
                taken = self._room.queue.pop(*queues, n=free, lease=self._room.lease, wait=WAIT)
            except Refused:
                return  # the queue is closed
            except Exception as error:
                log.warning("No job could be taken: %s", error if isinstance(error, NexusError) else repr(error))
                time.sleep(WAIT)
                continue
            for queued in taken:
                self._begin(queued, place)

    def _free(self, place: Place) -> tuple[int, list[str]]:
        """Wait until there is room for a job of *place*, and such jobs; 0 at the end."""
        with self._bell:
            while not self._stopping:
                busy = sum(1 for _, where in self._running.values() if where == place)
                queues = self._jobs.queues(place)
                if queues and busy < self._slots[place]:
                    return min(self._slots[place] - busy, 100), queues
                self._bell.wait()
            return 0, []

    def _begin(self, queued: Queued, place: Place) -> None:
        run = Run(self._room, queued)
        with self._bell:
            if self._stopping:
                run.stop("stopped")
            self._running[queued.id] = (run, place)
            self._bell.notify_all()
        threading.Thread(target=self._do, args=(run,), name=f"nexus-job-{run.name}-run", daemon=True).start()

    def _do(self, run: Run) -> None:
        try:
            self._doing.do(run)
        finally:
            with self._bell:
                self._running.pop(run.id, None)
                self._bell.notify_all()

    # ── holding ──────────────────────────────────────────────────────────────────────────────

    def _tend(self) -> None:
        """Hold what runs, and tell the queue how far it is."""
        while True:
            with self._bell:
                self._bell.wait_for(lambda: self._running or self._stopping, timeout=SWEEP)
                if self._stopping and not self._running:
                    return
                runs = [run for run, _ in self._running.values()]
            for run in runs:
                self._hold(run)
            self._sweep()
            if runs:
                time.sleep(LOOK)

    def _hold(self, run: Run) -> None:
        now = time.monotonic()
        news = run.told is not run.held_with and now - run.held_at >= TOLD
        if now - run.seen_at >= SEEN and run.why is None and not run.settled:
            run.seen_at = now
            self._look_at(run)
        if run.why is not None or run.settled or not (news or now - run.held_at >= self._room.lease / 3):
            return
        told = run.told
        try:
            ours = self._room.queue.extend(run.queued, self._room.lease, progress=told)
        except Exception as error:
            log.warning("The job %s could not be held: %s", run.name, type(error).__name__)
            run.held_at = now
            return
        run.held_at, run.held_with = now, told
        if not ours:
            self._look_at(run)

    def _look_at(self, run: Run) -> None:
        """Have a run end whose job is not ours any more."""
        found = self._room.queue.find(run.id)
        with self._bell:
            if run.id not in self._running or run.settled:
                return  # it was settled meanwhile
        if found is None or found.lease != run.queued.lease or found.state != "running":
            if found is not None and found.state == "done":
                return  # it settles itself just now, together with what it did
            run.stop("cancelled" if found is not None and found.state == "cancelled" else "lost")

    def _sweep(self) -> None:
        if time.monotonic() - self._swept < SWEEP:
            return
        self._swept = time.monotonic()
        try:
            self._state.write(forget)
            while self._state.write(export_records.forget):
                pass
        except Exception:
            log.exception("Old runs and files could not be forgotten.")
