"""Jobs: work that is done later or elsewhere, when it is due, and what ends one otherwise than by being done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from nexus_admin.domain.action import Nothing
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import NexusError

Place = Literal["thread", "process", "async"]
"""Where a job runs: `thread` waits for databases and services; `process` computes, and can be ended at any moment;
`async` is a coroutine, on a loop of its own."""

QUEUES: Mapping[Place, str] = {"thread": "default", "process": "processes", "async": "async"}
"""The queue of jobs that name none, by their place."""

BACKGROUND = "actions"
"""The queue of actions that run in the background."""


class RetryLater(NexusError):
    """Raised by a job that cannot be done now: it is tried again in *seconds*, as often as it may be."""

    status, code, title = 503, "retry_later", "Later"

    def __init__(self, message: str, seconds: float = 60.0) -> None:
        super().__init__(message)
        self.seconds = seconds


class GiveUp(NexusError):
    """Raised by a job that will never be done: it is dead at once, however often it might be tried."""

    status, code, title = 409, "given_up", "Given up"


class Cancelled(NexusError):
    """Somebody took the job back, its time was over, or the worker stops: what it has not committed is not done."""

    status, code, title = 409, "cancelled", "Cancelled"


class JobFailed(NexusError):
    """A job's own code raised; says what kind of error, and nothing that it may quote."""

    status, code, title = 500, "job_failed", "The job could not finish"


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a job is due by itself.

    Args:
        cron: Five fields, or `@daily` and its like; see `domain/cron.py`.
        zone: Whose clock that is: `Europe/Berlin`.
        data: What the job is given.
        name: What the schedule is called, where a job has several: `refunds.nightly_totals/monthly`.
        title: What people read; the job's title where it is empty.
    """

    cron: str
    zone: str = "UTC"
    data: Mapping[str, Any] = field(default_factory=dict, hash=False)
    name: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """Work that can be asked for by name, and is done by a worker. Made by `@job`.

    Args:
        name: Dotted, the extension's own name first: `refunds.nightly_totals`.
        run: `run(job, data) -> result`; *job* is a `JobContext`, the result is kept, as JSON, up to 64 KB.
        title: What people read.
        input: The model that the data must satisfy, when it is pushed and again when it runs.
        place: Where it runs.
        queue: Where it waits; "" for the usual one of its place.
        needs: The name of the permission without which nobody may ask for it; "" where whoever asks is the
            extension's own action. What the job does needs its own permissions all the same.
        max_attempts: How often it is tried before it is dead.
        timeout: Seconds after which it is given up, in each attempt. A process is ended then; a thread cannot be.
        priority: -1,000 to 1,000; greater ones go first.
        concurrency: How many of it run at once, of all workers together; None for as many as there are.
        schedules: When it is due by itself; then it asks as `system:<name>`.
        relies_on: What whoever pushes it asks of the queue: `delay` for later, `key` for once only, `transactional`
            for together with a change of our own state. What else the job needs is plain from the rest.
        owner: The extension that declared it; the kernel fills it in.
    """

    name: str
    run: Callable[[Any, Any], Any]
    title: str = ""
    input: type[BaseModel] = Nothing
    place: Place = "thread"
    queue: str = ""
    needs: str = ""
    max_attempts: int = 5
    timeout: float = 300.0
    priority: int = 0
    concurrency: int | None = None
    schedules: tuple[Schedule, ...] = ()
    relies_on: tuple[str, ...] = ()
    owner: str = "nexus"

    @property
    def waits_in(self) -> str:
        """The queue where it waits."""
        return self.queue or QUEUES[self.place]

    def schedule_names(self) -> dict[str, Schedule]:
        """Return its schedules by their full names: the first that has no name of its own is called as the job."""
        return {f"{self.name}/{one.name}" if one.name else self.name: one for one in self.schedules}


@dataclass(frozen=True, slots=True)
class Errand:
    """A job that is put into its queue together with what asks for it, or not at all.

    Args:
        queue: Where it will wait.
        payload: As JSON has it.
        note: For whom it runs, as JSON has it.
        run_at: The moment until which it waits; None for none.
        priority: Greater ones go first.
        key: Where a job of the queue that is not over has it already, nothing is pushed.
        serial: The line in which it stands, one at a time.
        max_attempts: How often it is tried.
    """

    queue: str
    payload: Mapping[str, Any]
    note: Mapping[str, Any]
    run_at: datetime | None = None
    priority: int = 0
    key: str | None = None
    serial: str | None = None
    max_attempts: int = 5
