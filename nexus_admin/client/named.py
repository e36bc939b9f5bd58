"""One topic, queue or stream of the other side by its name, whose payloads are of one model.

beats = client.pubsub("edge/42/hb", Heartbeat)
beats.publish(Heartbeat(load=0.4))
for one in client.pubsub("edge/+/hb", Heartbeat).subscribe():
    print(one.raw.topic, one.value.load)
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from nexus_admin.brokers.modelled import Modelled
from nexus_admin.brokers.pubsub.protocol import Gap, Listener, Message, Subscription
from nexus_admin.brokers.queue.protocol import Job
from nexus_admin.brokers.stream.protocol import Fresh, StreamEvent
from nexus_admin.domain.errors import Refused

if TYPE_CHECKING:
    from nexus_admin.client.pubsub import RemotePubSub
    from nexus_admin.client.queue import RemoteQueue
    from nexus_admin.client.stream import RemoteStream

T = TypeVar("T")
Raw = TypeVar("Raw", Message, Job, StreamEvent)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Typed(Generic[T, Raw]):
    """What came: `value` as the model has it, `raw` with all else that there is to know of it."""

    value: T
    raw: Raw


class TypedSubscription(Generic[T]):
    """A `Subscription` whose messages are of one model. One that does not fit is logged and left out."""

    def __init__(self, subscription: Subscription, model: Modelled[T]) -> None:
        self._subscription, self._model = subscription, model

    def get(self, timeout: float | None = None) -> Typed[T, Message] | Gap | None:
        """As `Subscription.get`; it waits anew after what does not fit."""
        while isinstance(one := self._subscription.get(timeout), Message):
            fits = _fitting(self._model, one)
            if fits is not None:
                return fits
        return one

    def __iter__(self) -> Iterator[Typed[T, Message] | Gap]:
        while (one := self.get()) is not None:
            yield one

    def close(self) -> None:
        """As `Subscription.close`."""
        self._subscription.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Topic(Generic[T]):
    """A topic, or a pattern of topics, as `client.pubsub(name, model)` gives it.

    Args:
        pubsub: Of the client.
        name: Without wildcards where it is published to.
        model: What its payloads are.
    """

    def __init__(self, pubsub: RemotePubSub, name: str, model: type[T]) -> None:
        self._pubsub, self._name, self._model = pubsub, name, Modelled(model, f"the topic {name!r}")

    def publish(self, value: T, *, retain: bool = False, ttl: float | None = None) -> int:
        """As `PubSub.publish`."""
        return self._pubsub.publish(self._name, self._model.said(value), retain=retain, ttl=ttl)

    def subscribe(self, *, buffer: int = 1024) -> TypedSubscription[T]:
        """As `PubSub.subscribe`."""
        return TypedSubscription(self._pubsub.subscribe(self._name, buffer=buffer), self._model)

    def listen(self, hear: Callable[[Typed[T, Message]], object]) -> Listener:
        """As `PubSub.listen`."""

        def fits(message: Message) -> None:
            one = _fitting(self._model, message)
            if one is not None:
                hear(one)

        return self._pubsub.listen(fits, self._name)


class NamedQueue(Generic[T]):
    """A queue, as `client.queue(name, model)` gives it.

    Args:
        queue: Of the client.
        name: Its name; a queue comes into being by being used.
        model: What its payloads are.
    """

    def __init__(self, queue: RemoteQueue, name: str, model: type[T]) -> None:
        self._queue, self._name, self._model = queue, name, Modelled(model, f"the queue {name!r}")

    def push(self, value: T, **how: Any) -> str:
        """As `Queue.push`; return its id."""
        return self._queue.push(self._name, self._model.said(value), **how)

    def subscribe(
        self,
        handle: Callable[[Typed[T, Job]], object],
        *,
        stop: threading.Event | None = None,
        lease: float = 30.0,
        batch: int = 1,
        concurrency: int = 1,
    ) -> None:
        """As `RemoteQueue.subscribe`. A job that does not fit the model is tried again later, as one that raises."""

        def work(job: Job) -> None:
            handle(Typed(self._model.meant(job.value, f"the job {job.id}"), job))

        self._queue.subscribe(self._name, work, stop=stop, lease=lease, batch=batch, concurrency=concurrency)


class NamedStream(Generic[T]):
    """A stream, as `client.stream(name, model)` gives it.

    Args:
        stream: Of the client.
        name: Its name; a stream comes into being by being used.
        model: What its payloads are.
    """

    def __init__(self, stream: RemoteStream, name: str, model: type[T]) -> None:
        self._stream, self._name, self._model = stream, name, Modelled(model, f"the stream {name!r}")

    def publish(self, value: T, type: str = "", *, key: str | None = None, expect: int | None = None) -> StreamEvent:
        """Append an event, and return it; without a *type* it is called as the stream. As `Stream.append`."""
        fresh = Fresh(type or self._name, self._model.said(value), key)
        return self._stream.append(self._name, fresh, expect=expect)[0]

    def subscribe(
        self, group: str, handle: Callable[[Typed[T, StreamEvent]], object], *, stop: threading.Event | None = None
    ) -> None:
        """As `RemoteStream.subscribe`. An event that does not fit the model comes again, as one that raises."""

        def work(event: StreamEvent) -> None:
            handle(Typed(self._model.meant(event.value, f"the event {event.id}"), event))

        self._stream.subscribe(self._name, group, work, stop=stop)


def _fitting(model: Modelled[T], message: Message) -> Typed[T, Message] | None:
    try:
        return Typed(model.meant(message.value, f"a message to {message.topic}"), message)
    except Refused as error:
        _log.warning("%s It is left out.", error)
        return None
