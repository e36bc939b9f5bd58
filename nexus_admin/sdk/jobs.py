"""What an author of jobs writes and is given: `@job`, and the context that a run works with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from pydantic import BaseModel

from nexus_admin.domain.action import Nothing
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.job import Job, Place, Schedule
from nexus_admin.domain.target import Target


class JobContext(Protocol):
    """One run of a job, as its function sees it. Nothing of it may be used when the function is over."""

    @property
    def id(self) -> str:
        """The job's id; the same in every attempt."""
        ...

    @property
    def attempt(self) -> int:
        """Which attempt this is, from 1."""
        ...

    @property
    def actor(self) -> Actor:
        """On whose behalf it runs, with the rights of now."""
        ...

    @property
    def cancelled(self) -> bool:
        """Whether it should stop: somebody took it back, its time is over, or the worker stops."""
        ...

    def perform(
        self, action: str, target: Target, data: Mapping[str, Any] | None = None, *, settles: bool = False
    ) -> Any:
        """Run an action on the one path, on behalf of `actor`; it is committed when this returns.

        Args:
            action: Its name.
            target: What it acts on.
            data: Its input.
            settles: Commit together with it that this job is done, so that it happens exactly once whatever dies
                in between. Only for actions that change our own state, and as the last thing that the job does.

        Raises:
            Cancelled: it should stop; nothing was done.
            NexusError: as the action does.
        """
        ...

    def progress(self, done: float, total: float | None = None, text: str = "") -> None:
        """Say how far it is: *done* of *total*, and in words. Cheap: call it as often as you like.

        Raises:
            Cancelled: it should stop.
        """
        ...

    def log(self, line: str) -> None:
        """Keep a line with the run, of up to 500 characters; the newest 200 are kept. No secrets."""
        ...

    def check(self) -> None:
        """Raise Cancelled where it should stop."""
        ...


def job(
    name: str,
    *,
    title: str = "",
    input: type[BaseModel] = Nothing,  # as an action calls it
    place: Place = "thread",
    queue: str = "",
    needs: str = "",
    max_attempts: int = 5,
    timeout: float = 300.0,
    priority: int = 0,
    concurrency: int | None = None,
    cron: str = "",
    zone: str = "UTC",
    schedules: Sequence[Schedule] = (),
    relies_on: Sequence[str] = (),
) -> Callable[[Callable[[Any, Any], Any]], Job]:
    """Make a job of a function `run(job, data)`; return it from `nexus_jobs`.

        @job("refunds.nightly_totals", title="Add up the refunds of the day", cron="0 3 * * *")
        def nightly_totals(job, data): ...

    Args:
        name, title, input, place, queue, needs, max_attempts, timeout, priority, concurrency, schedules,
        relies_on: See `Job`.
        cron: A schedule in short; with *zone*, it stands before *schedules*.
        zone: The clock of *cron*.
    """
    own = (Schedule(cron, zone),) if cron else ()

    def made(run: Callable[[Any, Any], Any]) -> Job:
        return Job(
            name, run, title, input, place, queue, needs, max_attempts, timeout, priority, concurrency,
            (*own, *schedules), tuple(relies_on),
        )  # fmt: skip

    return made
