"""The process of a job that computes: is told once what to do, and says line by line what becomes of it."""

from __future__ import annotations

import importlib
import json
import os
import pickle
import sys
import traceback
from collections.abc import Mapping
from typing import IO, Any

from pydantic_core import to_json

from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import NexusError, Refused
from nexus_admin.domain.job import GiveUp, Job, RetryLater
from nexus_admin.domain.target import Target
from nexus_admin.kernel import extensions
from nexus_admin.kernel.working.order import Order, sentence

BEHIND = 10
"""By how much a job that computes steps behind the server that answers people, where both want the same processor."""


class Context:
    """What the job's function is given here; what it asks for is done in the worker."""

    cancelled = False
    """A process that is to end is ended."""

    def __init__(self, order: Order, out: IO[bytes]) -> None:
        self.id, self.attempt = order.id, order.attempt
        self.actor: Actor = order.actor
        self._out = out

    def say(self, what: Mapping[str, Any]) -> None:
        """Write one line."""
        self._out.write(to_json(what, serialize_unknown=True) + b"\n")
        self._out.flush()

    def progress(self, done: float, total: float | None = None, text: str = "") -> None:
        """Say how far it is."""
        self.say({"progress": [done, total, text]})

    def log(self, line: str) -> None:
        """Keep a line with the run."""
        self.say({"log": str(line)})

    def check(self) -> None:
        """Go on: who is to stop does not come here."""

    def perform(
        self, action: str, target: Target, data: Mapping[str, Any] | None = None, *, settles: bool = False
    ) -> Any:
        """Have an action done; see `JobContext.perform`."""
        self.say({"perform": [action, [target.source, target.resource, target.key], dict(data or {}), settles]})
        done, answer = pickle.loads(pickle.load(sys.stdin.buffer))
        if not done:
            raise Refused(answer[1])
        return answer


def main() -> None:
    """Do one job."""
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)  # what the job prints is not for the worker
        if hasattr(os, "nice"):
            os.nice(BEHIND)
        order: Order = pickle.load(sys.stdin.buffer)
        context = Context(order, out)
        try:
            job = found(order)
            context.say({"done": json.loads(to_json(job.run(context, job.input.model_validate(order.data))))})
        except Exception as error:
            context.say(said_of(order.name, error))


def found(order: Order) -> Job:
    """Return the job that is meant."""
    if order.extension is not None:
        extensions.load(order.extension)
    job: Any = importlib.import_module(order.module)
    for part in order.name.split("."):
        job = getattr(job, part)
    assert isinstance(job, Job)
    return job


def said_of(name: str, error: Exception) -> dict[str, Any]:
    """Return what the worker is told of an error: our own sentences, and of a foreign one only its kind and place."""
    if isinstance(error, RetryLater):
        return {"raised": "RetryLater", "said": str(error), "seconds": error.seconds}
    if isinstance(error, NexusError):
        return {"raised": "GiveUp" if isinstance(error, GiveUp) else "NexusError", "said": str(error)}
    traceback.print_exception(error)
    return {"raised": "Exception", "said": sentence(name, error)}


if __name__ == "__main__":
    main()
