"""What has happened goes into the stream of the house together with the entry that says so: both, or neither.

An event of a call that changes our own state is appended in its very transaction. One of a call that changes another
database is noted with what that call intends, before it is committed, and appended with the closing of its entry; where
a crash comes in between, whoever settles the entry appends it. Jobs that a call asks for are pushed in the same way.
Where that database keeps an outbox, the event is a row of it, and a relay appends it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from nexus_admin.audit.values import compact, from_json, to_json
from nexus_admin.brokers.content import content_of
from nexus_admin.brokers.queue import errands
from nexus_admin.brokers.queue.protocol import Queue
from nexus_admin.brokers.stream.protocol import Fresh, Stream, StreamEvent
from nexus_admin.domain.action import Event
from nexus_admin.domain.audit import Follows
from nexus_admin.domain.errors import BadRequest, Invalid, TooLarge
from nexus_admin.domain.job import Errand
from nexus_admin.domain.target import Target
from nexus_admin.state.carried import carried, carry

HOUSE = "house"
"""The stream of what has happened here."""
EVENTS = "events"
"""Under this name they stand in what a call intends, as the last thing."""
BOX = "outbox"
"""Under this name stands beside them the outbox in which a row proves that the call was committed."""
JOBS = "jobs"
"""Under this name stand beside them the jobs that are pushed when it is done."""
WHY = ("correlation", "causation")
"""What stands beside who did it: see `Event`."""
LONGEST = 512_000
"""Bytes of what an event carries; of a longer one only that it happened is kept."""
_log = logging.getLogger(__name__)
_OTHER = re.compile(r"[^A-Za-z0-9._:/-]")


def noted(events: Sequence[Event]) -> list[dict[str, Any]]:
    """Return *events* as JSON can hold them."""
    return [_noted(one) for one in events]


def _noted(event: Event) -> dict[str, Any]:
    said = {
        "type": event.name,
        "version": event.version,
        "target": [event.target.source, event.target.resource, event.target.key],
        "data": to_json(_listed(event.data)),
        "actor": event.actor,
        "by": event.by,
    }
    said |= {name: value for name in WHY if (value := getattr(event, name))}
    if event.at is not None:
        said["at"] = event.at.isoformat()
    return {**said, "id": event.id} if event.id else said


def _listed(value: Any) -> Any:
    """Return *value* with lists for tuples, which JSON has none of."""
    if isinstance(value, Mapping):
        return {key: _listed(one) for key, one in value.items()}
    return [_listed(one) for one in value] if isinstance(value, list | tuple) else value


def from_noted(events: Sequence[Mapping[str, Any]]) -> list[Event]:
    """Return what `noted` was given."""
    return [_event(one, one, one.get("id", "")) for one in events]


def event_of(event: StreamEvent) -> Event:
    """Return the event of the house that was appended as *event*."""
    found = _event(event.value, event.note, event.id)
    return found if found.at is not None else replace(found, at=event.at)


def _event(said: Mapping[str, Any], note: Mapping[str, Any], id: str) -> Event:
    at = datetime.fromisoformat(said["at"]) if "at" in said else None
    name = said["type"] if "type" in said else said["name"]  # as it was called before there were versions
    return Event(
        name, Target(*said["target"]), from_json(said["data"]), note.get("actor", ""), note.get("by", ""), id, at,
        said.get("version", 1), note.get("entry", ""), note.get("correlation", ""), note.get("causation", ""),
    )  # fmt: skip


def line_of(event: Event) -> str:
    """Return *event* as a row of an outbox keeps it: ASCII, and of one that is too long that it happened."""
    said = _noted(event)
    text = compact(said)
    return text if len(text) <= LONGEST else compact({**said, "data": {}, "cut": True})


def fresh_of(entry: str, line: str) -> Fresh:
    """Return the event in a row of an outbox, of the ledger's entry with that id, ready to be appended."""
    return _fresh(entry, json.loads(line))


class Ready(NamedTuple):
    """What follows from a call, ready to be left behind."""

    events: Sequence[Fresh]
    errands: Sequence[Errand]


class Outbox:
    """Appends events of the house to their stream, and puts the jobs that a call has asked for into their queues.

    Both are done behind the closing of its entry, so that the ledger's lock is always taken before a key's.

    Args:
        stream: Joins transactions of our state; None forgets what happens.
        queue: Likewise, for jobs; asked for when there is one.
    """

    def __init__(self, stream: Stream | None = None, queue: Callable[[], Queue] | None = None) -> None:
        self._stream, self._queue = stream, queue

    def beside(self, changes: list[dict[str, Any]], follows: Follows, box: str = "") -> list[dict[str, Any]]:
        """Return what a call intends: its changes, as JSON, and behind them what follows from it, and its proof."""
        told = noted(follows.events) if self._stream is not None else []
        if not told and not box and not follows.errands:
            return changes
        said: dict[str, Any] = {EVENTS: told}
        if box:
            said[BOX] = box
        if follows.errands:
            said[JOBS] = [errands.noted(one) for one in follows.errands]
        return [*changes, said]

    def ready(self, entry: str, follows: Follows) -> Ready:
        """Return *follows*, of the ledger's entry with that id, ready to be left behind, whatever the events hold."""
        events = [] if self._stream is None else [_fresh(entry, one) for one in noted(follows.events)]
        return Ready(events, follows.errands)

    def leave(self, connection: sa.Connection, *ready: Ready) -> None:
        """Append and push it all in the transaction of our state that *connection* is in.

        What many calls in one commit tell of and ask for is written at once, last before it.
        """
        fresh = [event for one in ready for event in one.events]
        if fresh and self._stream is not None:
            carry(connection, HOUSE, (*(carried(connection, HOUSE) or ()), *fresh), self._append)
        asked = [errand for one in ready for errand in one.errands]
        if asked and self._queue is not None:
            carry(connection, JOBS, (*(carried(connection, JOBS) or ()), *asked), self._push)

    def _append(self, connection: sa.Connection, fresh: Sequence[Fresh]) -> None:
        assert self._stream is not None
        try:
            self._stream.append(HOUSE, *fresh, tx=connection)
        except (BadRequest, Invalid, TooLarge) as error:  # raised before anything is written
            if len(fresh) == 1:  # no other call is taken back for it, and this one is as good as done
                _log.error("An event %s, of the entry %s, is lost: %s", fresh[0].type, fresh[0].note, error)
            else:
                half = len(fresh) // 2
                self._append(connection, fresh[:half])
                self._append(connection, fresh[half:])

    def _push(self, connection: sa.Connection, asked: Sequence[Errand]) -> None:
        """Push jobs. What the queue refuses by now is in the log: the call that asked for it is done."""
        assert self._queue is not None
        for errand, error in errands.push_all(self._queue(), asked, connection):
            _log.error("A job for the queue %s, asked for by %s, is lost: %s", errand.queue, errand.note, error)


def _fresh(entry: str, one: dict[str, Any]) -> Fresh:
    note: dict[str, Any] = {"entry": entry, "actor": one.pop("actor")}
    if by := one.pop("by", ""):
        note["by"] = by
    note |= {name: value for name in WHY if (value := one.pop(name, ""))}
    if one.pop("cut", False):
        note["cut"] = True
    id = one.pop("id", None)
    try:
        said = content_of(one)
    except Invalid:  # half a letter somewhere
        said = content_of(_plain(one))
    if len(said.data) > LONGEST:
        said, note["cut"] = content_of({**_plain(one), "data": {}}), True
    key = "/".join(part for part in one["target"] if part is not None)
    if len(key) > 200 or not key.isascii() or not key.isprintable():
        key = hashlib.sha256(key.encode("utf-8", "backslashreplace")).hexdigest()
    name = one["type"] if "type" in one else one["name"]
    return Fresh(_OTHER.sub("_", name)[:200] or "_", said, key=key, note=note, id=id)


def _plain(value: Any) -> Any:
    """Return JSON-safe *value* with what is no whole letter spelled out."""
    return json.loads(compact(value).replace("\\ud", "\\\\ud"))
