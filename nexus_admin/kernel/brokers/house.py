"""The brokers put together: made when somebody asks for one, tidied up once a minute, closed at the end.

What an extension declares by `nexus_engines` stands in the place of the house's own engine.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from nexus_admin.audit.outbox import HOUSE
from nexus_admin.brokers.pubsub import MemoryPubSub, PostgresPubSub, PubSub
from nexus_admin.brokers.queue import DurableQueue, Queue
from nexus_admin.brokers.store import DurableStore, MemoryStore, Store
from nexus_admin.brokers.stream import DurableStream, Stream
from nexus_admin.domain.errors import ExtensionError
from nexus_admin.kernel.hooks import Hooks
from nexus_admin.kernel.watcher import Watcher
from nexus_admin.sdk.declarations import Broker, Engine
from nexus_admin.sdk.providers import Services
from nexus_admin.state.engine import State

EVERY = 60.0
"""Seconds between two times of tidying up."""
KEPT = timedelta(days=30)
"""So long the events of the house are kept, and longer where a listener has not heard them yet."""
PROTOCOLS: Mapping[Broker, type[Any]] = {"queue": Queue, "stream": Stream, "pubsub": PubSub, "store": Store}

log = logging.getLogger(__name__)


class Brokers(Watcher):
    """Forgets what has long been over, and closes what was opened.

    Args:
        services: Where the brokers are.
        engines: What extensions declared, by broker.
        durable_store: Whether the store is kept in our state, too.
    """

    def __init__(self, services: Services, engines: Mapping[Broker, Engine], *, durable_store: bool = False) -> None:
        self._opened: dict[Broker, Any] = {}
        own: dict[Broker, Callable[[State], Any]] = {
            "queue": DurableQueue,
            "stream": DurableStream,
            "pubsub": lambda state: PostgresPubSub(state) if state.dialect == "postgresql" else MemoryPubSub(),
            "store": lambda state: DurableStore(state) if durable_store else MemoryStore(),
        }
        for broker, protocol in PROTOCOLS.items():
            services.provide(protocol, self._opening(broker, engines.get(broker), own[broker]))
        super().__init__("nexus-brokers", EVERY, "What is over could not be forgotten.")

    def _opening(self, broker: Broker, declared: Engine | None, own: Callable[[State], Any]) -> Any:
        def opened(services: Services) -> Any:
            engine = own(services.get(State)) if declared is None else _made(declared)
            self._opened[broker] = engine
            return engine

        return opened

    def look(self) -> object:
        """Tidy up once, what was opened."""
        queue, stream, pubsub = (self._opened.get(one) for one in ("queue", "stream", "pubsub"))
        if queue is not None:
            queue.sweep()
        if stream is not None:
            stream.trim(HOUSE, older_than=KEPT)
        if isinstance(pubsub, PostgresPubSub):
            pubsub.sweep()
        return None

    def stop(self) -> None:
        """Tidy up no more, and wake everybody who waits."""
        super().stop()
        for broker, engine in self._opened.items():
            if broker != "store":  # nobody waits in it
                engine.close()


def engines_of(hooks: Hooks) -> dict[Broker, Engine]:
    """Return the engines that extensions declare.

    An extension whose engine is none, or whose broker has one of another's already, is switched off and named.
    """
    found: dict[Broker, Engine] = {}
    for owner, batch in hooks.collect("nexus_engines"):
        with hooks.blame(owner):
            own: dict[Broker, Engine] = {}
            for engine in batch:
                _check(owner, engine, found | own)
                own[engine.broker] = dataclasses.replace(engine, owner=owner)
            found |= own
    return found


def _made(declared: Engine) -> Any:
    try:
        engine = declared.make()
    except Exception as error:
        raise ExtensionError(
            f"{declared.owner} could not open its engine of the {declared.broker}: {type(error).__name__}: {error}. "
            "Mend it, or switch the extension off; then the house's own is used."
        ) from error
    log.info("The %s is %s's: %s.", declared.broker, declared.owner, type(engine).__name__)
    return engine


def _check(owner: str, engine: Any, found: Mapping[Broker, Engine]) -> None:
    if not isinstance(engine, Engine):
        raise ExtensionError(f"{owner}: nexus_engines must return Engine, not {type(engine).__name__}.")
    if engine.broker not in PROTOCOLS:
        raise ExtensionError(f"{owner} declares an engine of {engine.broker!r}. There is: {', '.join(PROTOCOLS)}.")
    if engine.broker in found:
        raise ExtensionError(
            f"Two engines are declared for the {engine.broker}: one is {found[engine.broker].owner}'s, one is "
            f"{owner}'s. Switch one off."
        )
