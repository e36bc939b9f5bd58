"""What happened in each queue since this process opened it, and the figures that are made of it."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping

from nexus_admin.brokers.queue.protocol import QueueFigures


class Tallies:
    """How many jobs were pushed, done and failed, by queue. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, list[int]] = {}

    def add(self, queue: str, *, pushed: int = 0, done: int = 0, failed: int = 0) -> None:
        """Count so many more."""
        with self._lock:
            counts = self._counts.setdefault(queue, [0, 0, 0])
            counts[0] += pushed
            counts[1] += done
            counts[2] += failed

    def figures(
        self, states: Iterable[tuple[str, str, int]], ages: Mapping[str, float], held: Collection[str]
    ) -> list[QueueFigures]:
        """Return the figures of each queue that has jobs or is held, by name.

        Args:
            states: Queue, state, how many; one state of a queue may come in parts.
            ages: Seconds that the oldest ready job of a queue has been ready.
            held: The queues that are paused.
        """
        found: dict[str, dict[str, int]] = {queue: {} for queue in held}
        for queue, state, number in states:
            counts = found.setdefault(queue, {})
            counts[state] = counts.get(state, 0) + number
        with self._lock:
            since = {queue: tuple(self._counts.get(queue, (0, 0, 0))) for queue in found}
        return [
            QueueFigures(queue, counts, ages.get(queue), queue in held, *since[queue])  # type: ignore[arg-type]
            for queue, counts in sorted(found.items())
        ]
