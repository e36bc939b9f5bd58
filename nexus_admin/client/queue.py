"""The queue of the other side."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from typing import Any, TypeVar

from nexus_admin.brokers.content import content_of
from nexus_admin.brokers.queue.protocol import Capability, Job, JobState, QueueFigures
from nexus_admin.client.errors import Unreachable
from nexus_admin.client.line import Line, deadline, no_transaction
from nexus_admin.client.named import NamedQueue

LONGEST = 20.0
"""Seconds that one question waits there; a longer wait is several."""
T = TypeVar("T")
_log = logging.getLogger(__name__)


class RemoteQueue:
    """A `Queue` over a line. A push that has a key may be made twice, so it outlives a line that breaks."""

    capabilities: frozenset[Capability] = frozenset(
        {"durable", "shared", "priority", "delay", "key", "serial", "batch", "wait", "pause", "history"}
    )

    def __init__(self, line: Line) -> None:
        self._line = line

    def push(self, queue: str, payload: Any, *, key: str | None = None, tx: Any = None, **how: Any) -> str:
        """As `Queue.push`."""
        no_transaction(tx)
        return str(self._line.call("queue.push", queue, content_of(payload), key=key, twice=key is not None, **how))

    def push_many(self, queue: str, payloads: Sequence[Any], **same: Any) -> list[str]:
        """As `Queue.push_many`."""
        no_transaction(same.pop("tx", None))
        return list(self._line.call("queue.push_many", queue, [content_of(one) for one in payloads], **same))

    def pop(self, *queues: str, n: int = 1, lease: float = 30.0, wait: float = 0.0) -> list[Job]:
        """As `Queue.pop`. Jobs that were handed out when the line broke come again when their lease is over."""
        left, once = deadline(wait), min(wait, LONGEST)
        while True:
            found = self._line.call("queue.pop", *queues, n=n, lease=lease, wait=once, twice=True, patience=once)
            once = min(left(), LONGEST)
            if found or not once:
                return list(found)

    def ack(self, *jobs: Job, tx: Any = None) -> int:
        """As `Queue.ack`; where it was made twice, the second counts nothing."""
        no_transaction(tx)
        return int(self._line.call("queue.ack", *jobs, twice=True))

    def nack(self, job: Job, error: str, *, retry_in: float | None = None, dead: bool = False) -> JobState | None:
        """As `Queue.nack`."""
        state: JobState | None = self._line.call("queue.nack", job, error, retry_in=retry_in, dead=dead, twice=True)
        return state

    def extend(self, job: Job, seconds: float, *, progress: Mapping[str, Any] | None = None) -> bool:
        """As `Queue.extend`."""
        return bool(self._line.call("queue.extend", job, seconds, progress=progress, twice=True))

    def find(self, id: str) -> Job | None:
        """As `Queue.find`."""
        job: Job | None = self._line.call("queue.find", id, twice=True)
        return job

    def jobs(self, queue: str | None = None, **how: Any) -> list[Job]:
        """As `Queue.jobs`, of one queue at a time."""
        return list(self._line.call("queue.jobs", queue, twice=True, **how))

    def retry(self, *ids: str, payload: Any = None) -> int:
        """As `Queue.retry`."""
        return int(self._line.call("queue.retry", *ids, payload=None if payload is None else content_of(payload)))

    def cancel(self, *ids: str) -> int:
        """As `Queue.cancel`."""
        return int(self._line.call("queue.cancel", *ids))

    def discard(self, *ids: str) -> int:
        """As `Queue.discard`."""
        return int(self._line.call("queue.discard", *ids))

    def purge(self, queue: str, *, states: Sequence[JobState] = ("ready", "waiting")) -> int:
        """As `Queue.purge`."""
        return int(self._line.call("queue.purge", queue, states=states))

    def pause(self, queue: str) -> None:
        """As `Queue.pause`."""
        self._line.call("queue.pause", queue, twice=True)

    def resume(self, queue: str) -> None:
        """As `Queue.resume`."""
        self._line.call("queue.resume", queue, twice=True)

    def figures(self) -> list[QueueFigures]:
        """As `Queue.figures`."""
        return list(self._line.call("queue.figures", twice=True))

    def sweep(self, **_how: Any) -> int:
        """Do nothing: the other side sweeps by itself."""
        return 0

    def close(self) -> None:
        """Close the line, for all four."""
        self._line.close()

    def subscribe(
        self,
        queue: str,
        handle: Callable[[Job], object],
        *,
        stop: threading.Event | None = None,
        lease: float = 30.0,
        batch: int = 1,
        concurrency: int = 1,
    ) -> None:
        """Do the work of *queue*: what *handle* returns from is done, what it raises of comes again.

        Args:
            queue: Which.
            handle: Called with one job after another.
            stop: Ends it; looked at every second. None goes on until the token opens nothing any more.
            lease: Seconds in which all jobs of a batch must be done; then others have them.
            batch: Jobs that are taken with one question, and acknowledged with one.
            concurrency: Threads that do so, each with jobs of its own; 1 works in the thread that calls.
        """
        end = stop or threading.Event()
        work = partial(self._work, queue, handle, end, 1.0 if stop else LONGEST, {"n": batch, "lease": lease})
        if concurrency == 1:
            return work()
        with ThreadPoolExecutor(concurrency, "nexus-worker") as pool:
            threads = [pool.submit(work) for _ in range(concurrency)]
            try:
                for thread in as_completed(threads):
                    thread.result()
            finally:
                end.set()

    def __call__(self, name: str, model: type[T] = object) -> NamedQueue[T]:  # type: ignore[assignment]
        """Return a handle on the queue called *name*, whose payloads are of *model*."""
        return NamedQueue(self, name, model)

    def _work(
        self, queue: str, handle: Callable[[Job], object], end: threading.Event, wait: float, how: dict[str, Any]
    ) -> None:
        while not end.is_set():
            try:
                done = [job for job in self.pop(queue, wait=wait, **how) if self._did(queue, job, handle)]
                if done:
                    self.ack(*done)
            except Unreachable as error:  # what was handed out comes again when its lease is over
                _log.warning("The queue %s is asked again: %s", queue, error)

    def _did(self, queue: str, job: Job, handle: Callable[[Job], object]) -> bool:
        try:
            handle(job)
        except Exception as error:
            state = self.nack(job, f"{type(error).__name__}: {error}")
            _log.warning(
                "The job %s of %s is %s after %s: %s", job.id, queue, state, type(error).__name__,
                self._line.page("brokers", "jobs", job.id),
            )  # fmt: skip
            return False
        return True
