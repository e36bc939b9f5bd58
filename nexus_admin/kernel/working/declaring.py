"""What a job must be to be declared: everything that would go wrong at night is said at the start."""

from __future__ import annotations

import inspect
from collections.abc import Iterable

from nexus_admin.domain.action import Action
from nexus_admin.domain.cron import cron_of, zone_of
from nexus_admin.domain.errors import ExtensionError, NexusError
from nexus_admin.domain.job import BACKGROUND, Job

MOST_PRIORITY = 1000


def check_job(job: Job, earlier: Iterable[Job]) -> None:
    """Raise where *job* could not run.

    Raises:
        ExtensionError: says what is wrong, and what to write.
    """
    wrong = _wrong(job) or _crowded(job, earlier)
    if wrong:
        raise ExtensionError(f"The job {job.name!r} cannot be used: {wrong}")


def check_background(action: Action) -> None:
    """Raise where *action* says that it runs in the background, and cannot: it would hold our own state meanwhile.

    Raises:
        ExtensionError: says so.
    """
    if action.background and (not action.transaction or not action.writes):
        raise ExtensionError(
            f"The action {action.name!r} says background=True, and that is for actions that write rows of a data "
            "source. Let it push a job with unit.enqueue instead."
        )


def _wrong(job: Job) -> str:
    coroutine = inspect.iscoroutinefunction(job.run)
    if coroutine != (job.place == "async"):
        return (
            "its function is `async def`, so write place='async'." if coroutine else "place='async' needs `async def`."
        )
    if job.place == "process" and "<" in job.run.__qualname__:
        return "place='process' needs a function that stands by itself in a module, not within another."
    if job.max_attempts < 1 or job.timeout <= 0 or abs(job.priority) > MOST_PRIORITY:
        return "max_attempts is at least 1, timeout more than 0, priority -1,000 to 1,000."
    if job.concurrency is not None and job.concurrency < 1:
        return "concurrency is at least 1, or None for as many as there is room for."
    if len(job.schedule_names()) < len(job.schedules):
        return "two of its schedules have the same name. Give each a name of its own."
    try:
        for one in job.schedules:
            cron_of(one.cron)
            zone_of(one.zone)
            job.input.model_validate(dict(one.data))
    except (NexusError, ValueError) as error:
        return str(error)
    return ""


def _crowded(job: Job, earlier: Iterable[Job]) -> str:
    if job.waits_in == BACKGROUND:
        return f"the queue {BACKGROUND!r} is for actions in the background. Name another one."
    for one in earlier:
        if one.waits_in == job.waits_in and one.place != job.place:
            return f"{one.name} waits in {job.waits_in!r} too and runs in another place. Name another queue for one."
    return ""
