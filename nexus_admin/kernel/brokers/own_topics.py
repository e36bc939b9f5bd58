"""`$sys/...`: how the brokers of this process are doing, published for whoever listens; while nobody does, nothing is.

    $sys/queue/mail          {"ready": 3, "dead": 1, "oldest": 0.4, "paused": false, …}
    $sys/stream/orders       {"events": 17, "bytes": 3401, "head": "0.17", "groups": {"billing": 4}}
    $sys/topics, $sys/store  their figures by name

Pages show them to who may see figures. Programs elsewhere cannot hear them: what they hear begins with their own name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from nexus_admin.brokers.pubsub import PubSub
from nexus_admin.brokers.queue.protocol import Queue, QueueFigures
from nexus_admin.brokers.store.protocol import Store
from nexus_admin.brokers.stream.protocol import Stream
from nexus_admin.kernel.working.watcher import Watcher

ROOT = "$sys"
EVERY = 5.0
"""Seconds between two times."""
MOST = 200
"""Queues that are told of, and streams: those with the newest events."""


class OwnTopics(Watcher):
    """Publishes the figures of what was opened.

    Args:
        opened: The brokers by name, as far as somebody has asked for them.
    """

    def __init__(self, opened: Mapping[Any, Any]) -> None:
        self._opened = opened
        super().__init__("nexus-sys-topics", EVERY, "Figures of the brokers could not be published.")

    def look(self) -> int:
        """Publish once, if anybody in this process listens; return how many messages."""
        pubsub: PubSub | None = self._opened.get("pubsub")
        if pubsub is None or not any(one.partition("/")[0] == ROOT for one in pubsub.patterns()):
            return 0
        count = 0
        for topic, figures in self._figures(pubsub):
            pubsub.publish(f"{ROOT}/{topic}", figures)
            count += 1
        return count

    def _figures(self, pubsub: PubSub) -> Iterator[tuple[str, Mapping[str, Any]]]:
        queue: Queue | None = self._opened.get("queue")
        stream: Stream | None = self._opened.get("stream")
        store: Store | None = self._opened.get("store")
        yield "topics", _told(pubsub.figures())
        if store is not None:
            yield "store", _told(store.figures())
        for one in (queue.figures() if queue is not None else [])[:MOST]:
            yield f"queue/{one.queue}", _queue(one)
        streams = stream.figures() if stream is not None else []
        for each in sorted(streams, key=lambda one: one.head, reverse=True)[:MOST]:
            behind = {group.group: group.behind for group in self._opened["stream"].groups(each.stream)}
            told = {"events": each.events, "bytes": each.bytes, "head": str(each.head), "groups": behind}
            yield f"stream/{each.stream}", told


def _queue(one: QueueFigures) -> Mapping[str, Any]:
    counts = {str(state): count for state, count in one.counts.items()}
    since = {"pushed": one.pushed, "worked": one.done, "failed": one.failed}  # by this process, since it began
    return {**counts, "oldest": one.oldest, "paused": one.held, **since}


def _told(figures: Any) -> Mapping[str, Any]:
    return {one.name: getattr(figures, one.name) for one in fields(figures)}
