"""A part of a queue broker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from nexus_admin.brokers.fenced.names import EVERY, Fence, Names
from nexus_admin.brokers.queue.protocol import Capability, Job, JobState, Queue, QueueFigures
from nexus_admin.domain.errors import BadRequest


class FencedQueue:
    """A `Queue` with the queues of *queue* that begin with *prefix*.

    Jobs of other queues, and of those that *names* does not allow, are not there for it, by whatever id. It joins no
    transaction, and closing it ends nothing.
    """

    def __init__(self, queue: Queue, prefix: str, names: Names = EVERY) -> None:
        self._queue, self._fence = queue, Fence(prefix, "queue's name", names)

    @property
    def capabilities(self) -> frozenset[Capability]:
        """As `Queue.capabilities`, but for `transactional`."""
        return self._queue.capabilities - {"transactional"}

    def push(self, queue: str, payload: Any, **how: Any) -> str:
        """As `Queue.push`."""
        return self._queue.push(self._fence.out(queue), payload, **how)

    def push_many(self, queue: str, payloads: Sequence[Any], **same: Any) -> list[str]:
        """As `Queue.push_many`."""
        return self._queue.push_many(self._fence.out(queue), payloads, **same)

    def pop(self, *queues: str, n: int = 1, lease: float = 30.0, wait: float = 0.0) -> list[Job]:
        """As `Queue.pop`."""
        if not queues:
            raise BadRequest("Say from which queues.")
        found = self._queue.pop(*(self._fence.out(one) for one in queues), n=n, lease=lease, wait=wait)
        return [self._inner(job) for job in found]

    def ack(self, *jobs: Job) -> int:
        """As `Queue.ack`."""
        return self._queue.ack(*(self._whole(job) for job in jobs))

    def nack(self, job: Job, error: str, *, retry_in: float | None = None, dead: bool = False) -> JobState | None:
        """As `Queue.nack`."""
        return self._queue.nack(self._whole(job), error, retry_in=retry_in, dead=dead)

    def extend(self, job: Job, seconds: float, *, progress: Mapping[str, Any] | None = None) -> bool:
        """As `Queue.extend`."""
        return self._queue.extend(self._whole(job), seconds, progress=progress)

    def find(self, id: str) -> Job | None:
        """As `Queue.find`."""
        job = self._queue.find(id)
        return self._inner(job) if job is not None and self._fence.has(job.queue) else None

    def jobs(self, queue: str | None = None, **how: Any) -> list[Job]:
        """As `Queue.jobs`, of one queue at a time."""
        if queue is None:
            raise BadRequest("Say of which queue.")
        return [self._inner(job) for job in self._queue.jobs(self._fence.out(queue), **how)]

    def retry(self, *ids: str, payload: Any = None) -> int:
        """As `Queue.retry`."""
        return self._queue.retry(*self._ours(ids), payload=payload)

    def cancel(self, *ids: str) -> int:
        """As `Queue.cancel`."""
        return self._queue.cancel(*self._ours(ids))

    def discard(self, *ids: str) -> int:
        """As `Queue.discard`."""
        return self._queue.discard(*self._ours(ids))

    def purge(self, queue: str, *, states: Sequence[JobState] = ("ready", "waiting")) -> int:
        """As `Queue.purge`."""
        return self._queue.purge(self._fence.out(queue), states=states)

    def pause(self, queue: str) -> None:
        """As `Queue.pause`."""
        self._queue.pause(self._fence.out(queue))

    def resume(self, queue: str) -> None:
        """As `Queue.resume`."""
        self._queue.resume(self._fence.out(queue))

    def figures(self) -> list[QueueFigures]:
        """As `Queue.figures`."""
        found = self._queue.figures()
        return [replace(one, queue=self._fence.inner(one.queue)) for one in found if self._fence.has(one.queue)]

    def _whole(self, job: Job) -> Job:
        return replace(job, queue=self._fence.out(job.queue))

    def _inner(self, job: Job) -> Job:
        return replace(job, queue=self._fence.inner(job.queue))

    def _ours(self, ids: Sequence[str]) -> list[str]:
        return [one for one in ids if self.find(one) is not None]
