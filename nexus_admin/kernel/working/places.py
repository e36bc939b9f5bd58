"""Where jobs run: a thread of its own, a coroutine on the loop of jobs, or a process that can be ended at any moment.

Whoever runs one here comes back when it is done, or when it was to end and has had its patience: a thread that hangs
is left behind, and what it still asks for is refused.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from pydantic import BaseModel

from nexus_admin.domain.errors import NexusError
from nexus_admin.domain.extension import Extension
from nexus_admin.domain.job import Cancelled, Job, JobFailed
from nexus_admin.kernel.working.loop import Loop
from nexus_admin.kernel.working.order import sentence
from nexus_admin.kernel.working.processes import in_process
from nexus_admin.kernel.working.run import SAID, Run

log = logging.getLogger(__name__)


class Places:
    """Runs jobs, each in its place. The loop of `async` jobs is made when the first of them comes.

    Args:
        extension_of: Returns the extension that declared a job, for a process to load; None where it needs none.
    """

    def __init__(self, extension_of: Callable[[Job], Extension | None] = lambda _job: None) -> None:
        self._extension_of = extension_of
        self._loop = Loop()

    def run(self, run: Run, job: Job, data: BaseModel) -> Any:
        """Run the job's function in its place and return what it returned.

        Raises:
            Cancelled: it was to end; `run.why` says why.
            JobFailed: its code raised what is no error of ours.
            NexusError: what it raised.
        """
        if job.place == "async":
            future = self._loop.begin(job.run(run, data))
            future.add_done_callback(lambda _done: run.news())
            run.on_stop = future.cancel
            return _outcome(run, future)
        if job.place == "process":
            return in_process(run, job, data, self._extension_of(job))
        return in_thread(run, lambda: job.run(run, data))

    def close(self) -> None:
        """End the loop; nothing runs in it any more."""
        self._loop.close()


def in_thread(run: Run, work: Callable[[], Any]) -> Any:
    """Do *work* in a thread of its own, which is left behind where it does not end in time."""
    future: Future[Any] = Future()

    def do() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)
        run.news()

    threading.Thread(target=do, name=f"nexus-job-{run.name}", daemon=True).start()
    return _outcome(run, future)


def _outcome(run: Run, future: Future[Any]) -> Any:
    if not run.wait(future.done) or future.cancelled():
        raise ended(run)
    return answer(run, future.result)


def answer(run: Run, result: Callable[[], Any]) -> Any:
    """Return a result, or raise what was raised in its place, in words that may be kept."""
    try:
        return result()
    except Cancelled:
        raise ended(run) from None
    except NexusError:
        raise
    except Exception as error:
        if run.why is not None:
            raise ended(run) from error
        log.exception("The job %s raised.", run.name)
        raise JobFailed(sentence(run.name, error)) from error


def ended(run: Run) -> Cancelled:
    """Return the error of a run that was to end."""
    return Cancelled(SAID[run.why] if run.why else "It was cancelled from within.")
