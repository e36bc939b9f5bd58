"""Who hears of what has happened: listeners that hear at once, and the relay for the durable ones."""

from __future__ import annotations

import logging
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import partial

from nexus_admin.actions.brokers.event_types import EventTypes, hear
from nexus_admin.brokers.stream import Stream
from nexus_admin.domain.action import Event
from nexus_admin.domain.event import UnreadableEvent
from nexus_admin.kernel.declared import Declared
from nexus_admin.kernel.hooks import Hooks
from nexus_admin.kernel.working.relaying import Relay
from nexus_admin.sdk.providers import Services

log = logging.getLogger(__name__)


class Hearing:
    """Knows the listeners and the types of events, and lets each hear.

    Args:
        services: Where the stream is; the types are put there.
        hooks: Told of a listener that raised, or takes long.
        found: Gives what is declared now.
    """

    def __init__(self, services: Services, hooks: Hooks, found: Callable[[], Declared]) -> None:
        self._services, self._hooks, self._found = services, hooks, found
        self.types = services.put(EventTypes, EventTypes())
        tell = partial(hear, services=services)
        self.relay = Relay(services.get(Stream), hooks.fault, tell=tell)  # type: ignore[type-abstract]

    def declared(self) -> None:
        """Know what is declared by now."""
        self.types.replace(self._found().events)
        self.relay.declared(self._found().listeners)

    def at_once(self, event: Event) -> None:
        """Let those hear that hear at once; what one raises is counted against its extension, and nobody else's."""
        hearing = [one for one in self._found().listeners if fnmatchcase(event.name, one.pattern)]
        if not hearing:  # as it is with most: that is no trouble
            log.debug("No listener hears %s.", event.name)
        for listener in hearing:
            if listener.durable:
                continue
            try:
                moment = f"listener of {listener.pattern}"
                told = partial(hear, listener, event, self._services)
                self._hooks.budget.timely(listener.owner, moment, told)
            except UnreadableEvent as error:
                log.warning("A listener of %s passes an event by: %s", listener.owner, error)
            except Exception as error:
                log.exception("A listener of %s raised.", event.name)
                self._hooks.fault(listener.owner, error)
