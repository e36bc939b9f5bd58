"""The brokers put together: made when somebody asks for one, tidied up once a minute, closed at the end.

What an extension declares by `nexus_engines` stands in the place of the house's own engine.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

from nexus_admin.audit.ledger import Ledger
from nexus_admin.audit.stream.durable import LedgerStream, WithLedger
from nexus_admin.brokers.pubsub import MemoryPubSub, PostgresPubSub, PubSub
from nexus_admin.brokers.queue import DurableQueue, Queue
from nexus_admin.brokers.store import DurableStore, MemoryStore, Store
from nexus_admin.brokers.stream import DurableStream, Stream
from nexus_admin.brokers.stream.retention import Retention
from nexus_admin.domain.errors import ExtensionError
from nexus_admin.kernel.brokers.limits import most_bytes
from nexus_admin.kernel.brokers.own_topics import OwnTopics
from nexus_admin.kernel.brokers.retention import forget
from nexus_admin.kernel.hooks import Hooks
from nexus_admin.kernel.settings import Settings
from nexus_admin.kernel.working.watcher import Watcher
from nexus_admin.sdk.declarations import Broker, Engine
from nexus_admin.sdk.markers import hookimpl
from nexus_admin.sdk.providers import Services
from nexus_admin.state.engine import State

EVERY = 60.0
"""Seconds between two times of tidying up."""
PROTOCOLS: Mapping[Broker, type[Any]] = {"queue": Queue, "stream": Stream, "pubsub": PubSub, "store": Store}

log = logging.getLogger(__name__)


class HouseEngines:
    """The engines of the house, which come through the same hook as others.

    Args:
        state: Where they keep what they keep.
        settings: Say whether the store is kept there, too, and how large payloads of queues may be.
    """

    def __init__(self, state: State, settings: Settings) -> None:
        self._state, self._settings = state, settings

    @hookimpl
    def nexus_engines(self) -> list[Engine]:
        """One for each broker."""
        shared = self._state.dialect == "postgresql"
        return [
            Engine("queue", partial(DurableQueue, self._state, most_payload=partial(most_bytes, self._settings))),
            Engine("stream", partial(DurableStream, self._state)),
            Engine("pubsub", partial(PostgresPubSub, self._state) if shared else MemoryPubSub),
            Engine("store", partial(DurableStore, self._state) if self._settings["store.durable"] else MemoryStore),
        ]


class Brokers(Watcher):
    """Forgets what has long been over, and closes what was opened.

    Args:
        services: Where the brokers are.
        engines: One for each broker.
        retention: Says what is kept of streams, as the settings have it now.
    """

    def __init__(self, services: Services, engines: Mapping[Broker, Engine], retention: Retention) -> None:
        self._retention = services.put(Retention, retention)
        self._opened: dict[Broker, Any] = {}
        for broker, engine in engines.items():
            services.provide(PROTOCOLS[broker], partial(self._open, engine))
        self._own_topics = OwnTopics(self._opened)
        super().__init__("nexus-brokers", EVERY, "What is over could not be forgotten.")

    def _open(self, engine: Engine, services: Services) -> Any:
        opened = _made(engine)
        if engine.broker == "stream":
            opened = WithLedger(opened, LedgerStream(services.get(Ledger)))
        self._opened[engine.broker] = opened
        return opened

    def look(self) -> object:
        """Tidy up once, what was opened."""
        queue, stream, pubsub = (self._opened.get(one) for one in ("queue", "stream", "pubsub"))
        if queue is not None:
            queue.sweep()
        if isinstance(pubsub, PostgresPubSub):
            pubsub.sweep()
        if stream is not None:
            forget(self._retention, stream)
        return None

    def start(self) -> None:
        """Begin to tidy up, and to tell figures to whoever listens."""
        super().start()
        self._own_topics.start()

    def stop(self) -> None:
        """Tidy up no more, and wake everybody who waits."""
        super().stop()
        self._own_topics.stop()
        for broker, engine in self._opened.items():
            if broker != "store":  # nobody waits in it
                engine.close()


def engines_of(hooks: Hooks) -> dict[Broker, Engine]:
    """Return the engine of each broker: the one that an extension declares, else the house's.

    An extension whose engine is none, or whose broker has one of another's already, is switched off and named.
    """
    found: dict[Broker, Engine] = {}
    for owner, batch in hooks.collect("nexus_engines"):
        with hooks.blame(owner):
            own: dict[Broker, Engine] = {}
            for engine in batch:
                _check(owner, engine, {**found, **own})
                own[engine.broker] = dataclasses.replace(engine, owner=owner if owner in hooks.statuses else "nexus")
            found |= own
    return found


def _made(declared: Engine) -> Any:
    if declared.owner == "nexus":
        return declared.make()
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
    if engine.broker in found and found[engine.broker].owner != "nexus":
        raise ExtensionError(
            f"Two engines are declared for the {engine.broker}: one is {found[engine.broker].owner}'s, one is "
            f"{owner}'s. Switch one off."
        )
