"""What is published of a call once it is committed: which rows changed, by whom and by which action. No values.

`rows/{source}/{resource}/{key}` for each row that the call changed, however it came about: cascades, undo and nested
calls included. `events/{name}` for each other event. Levels are spelled as addresses spell names; so is the key, which
is spelled in that way already.
"""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Any

from nexus_admin.actions.live.topics import topic_of
from nexus_admin.actions.unit import Unit
from nexus_admin.brokers.pubsub import PubSub
from nexus_admin.data.values.keys import key_of
from nexus_admin.domain.action import Event
from nexus_admin.domain.audit import Change
from nexus_admin.domain.errors import NexusError

log = logging.getLogger(__name__)

ROWS = "rows"
EVENTS = "events"
VERBS = {"create": "created", "update": "updated", "delete": "deleted"}


class Telling:
    """Publishes what has been committed. What goes wrong here is logged: the work is done and stays done."""

    def __init__(self, pubsub: PubSub) -> None:
        self._pubsub = pubsub

    def committed(self, unit: Unit) -> None:
        """Publish which rows the outermost call and those within it have changed, each row once."""
        if unit.source is None or not unit.action.writes:
            return
        by = {"action": unit.action.name, "by": unit.actor.id, "name": unit.actor.name, "entry": unit.entry}
        found: dict[tuple[str, str], tuple[str, set[str]]] = {}
        for change in sorted((*unit.changes, *(one for inner in unit.nested for one in inner.changes)), key=_place):
            for key, what in self._keys(unit, change):
                earlier, fields = found.get((change.resource, key), (what, set()))
                fields.update(change.fields())
                still_new = earlier == "created" and what == "updated"
                found[change.resource, key] = (earlier if still_new else what, fields)
        for (resource, key), (what, fields) in found.items():
            topic = topic_of(ROWS, unit.source.name, resource, key)
            self._publish(topic, {**by, "key": key, "what": what, "fields": sorted(fields)})

    def happened(self, event: Event) -> None:
        """Publish that an event has happened, and to what; of those about one row, their row has been published."""
        if event.name.startswith("row."):
            return
        self._publish(_topic(event.name), {"target": str(event.target), "by": event.actor})

    def _keys(self, unit: Unit, change: Change) -> list[tuple[str, str]]:
        """Return what became of which keys: a row whose key was changed is gone under the old one."""
        what = VERBS[change.verb]
        table = unit.source.schema.resources.get(change.resource) if unit.source else None
        if change.before is None or change.after is None or table is None:
            return [(change.key, what)]
        if not set(table.key) & set(change.fields()):
            return [(change.key, what)]
        was = key_of([change.before.get(name) for name in table.key])
        return [(was, "deleted"), (change.key, "created")] if was != change.key else [(was, what)]

    def _publish(self, topic: str, value: Any) -> None:
        try:
            self._pubsub.publish(topic, value)
        except NexusError as error:
            log.warning("Nobody was told of %s: %s", topic[:200], error)


@lru_cache(1024)
def _topic(event: str) -> str:
    return topic_of(EVENTS, event)


def _place(change: Change) -> int:
    return change.place
