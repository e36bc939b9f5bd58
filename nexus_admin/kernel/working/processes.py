"""Jobs that compute run in a process of their own, which is ended the moment that it is to stop.

The child is a fresh interpreter that loads the job's module. It is told once what to do, and says line by line how far
it is, what it would have done on the one path (which is done here), and what came out.
"""

from __future__ import annotations

import json
import logging
import pickle
import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from nexus_admin.domain.errors import NexusError
from nexus_admin.domain.extension import Extension
from nexus_admin.domain.job import Cancelled, GiveUp, Job, JobFailed, RetryLater
from nexus_admin.domain.target import Target
from nexus_admin.kernel.working.order import Order
from nexus_admin.kernel.working.run import SAID, Run

log = logging.getLogger(__name__)

CHILD = (sys.executable, "-m", "nexus_admin.kernel.working.child")


def in_process(run: Run, job: Job, data: BaseModel, extension: Extension | None) -> Any:
    """Run *job* in a process of its own; ends it where it is to stop. Raises as `Places.run` does."""
    order = Order(
        job.run.__module__, job.run.__qualname__, extension, data.model_dump(mode="json"),
        run.id, run.attempt, run.actor,
    )  # fmt: skip
    child = subprocess.Popen(CHILD, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    run.on_stop = child.kill
    listener = Listener(run, child)
    listener.start()
    try:
        listener.tell(order)
        run.wait(lambda: not listener.is_alive())
    finally:
        child.kill()
        child.wait()
        listener.join(timeout=5)
        for pipe in (child.stdin, child.stdout):
            if pipe is not None and not listener.is_alive():
                _close(pipe)
    if run.why is not None:
        raise Cancelled(SAID[run.why])
    return listener.result()


class Listener(threading.Thread):
    """Hears a child out, and does for it what it asks for."""

    def __init__(self, run: Run, child: subprocess.Popen[bytes]) -> None:
        super().__init__(name=f"nexus-job-{run.name}-hears", daemon=True)
        self._run, self._child = run, child
        self._last: dict[str, Any] | None = None

    def tell(self, what: Any) -> None:
        """Send *what* to the child; one that is gone is heard of at the end."""
        assert self._child.stdin is not None
        try:
            pickle.dump(what, self._child.stdin)
            self._child.stdin.flush()
        except (BrokenPipeError, ValueError):
            log.debug("The process of %s is gone.", self._run.name)

    def run(self) -> None:
        """Hear line by line, until the child is done or gone."""
        assert self._child.stdout is not None
        try:
            for line in self._child.stdout:
                said = json.loads(line)
                if "done" in said or "raised" in said:
                    self._last = said
                    break
                self._hear(said)
        except (ValueError, OSError) as error:
            log.warning("What the process of %s said cannot be read: %s", self._run.name, type(error).__name__)
        self._run.news()

    def result(self) -> Any:
        """Return what the job returned, or raise what it raised."""
        said = self._last
        if said is None:
            raise JobFailed(f"The process of {self._run.name} ended by itself ({_ending(self._child.returncode)}).")
        if "done" in said:
            return said["done"]
        if said["raised"] == "RetryLater":
            raise RetryLater(said["said"], said["seconds"])
        raise (GiveUp if said["raised"] == "GiveUp" else JobFailed)(said["said"])

    def _hear(self, said: Mapping[str, Any]) -> None:
        try:
            if "log" in said:
                self._run.log(said["log"])
            elif "progress" in said:
                self._run.progress(*said["progress"])
            elif "perform" in said:
                self._perform(*said["perform"])
        except Cancelled:
            log.debug("%s is to end; its process goes.", self._run.name)

    def _perform(self, action: str, target: list[str | None], data: Any, settles: bool) -> None:
        source, resource, key = target
        try:
            result = self._run.perform(action, Target(str(source), resource, key), data, settles=settles)
            answer = pickle.dumps((True, result))
        except NexusError as error:
            answer = pickle.dumps((False, (type(error).__name__, str(error))))
        except (pickle.PicklingError, TypeError, AttributeError):
            answer = pickle.dumps((True, None))  # it was done; what it returned cannot leave this process
        self.tell(answer)


def _ending(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"code {code}"


def _close(pipe: Any) -> None:
    try:
        pipe.close()
    except OSError:
        log.debug("A pipe to a process that is gone was closed.")
