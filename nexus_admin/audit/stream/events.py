"""An entry of the ledger as an event: what it carries, and back.

An event never changes, so what may come later is not in it: by which entry this one was taken back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from nexus_admin.audit.values import compact, from_json, to_json
from nexus_admin.brokers.content import JSON, Content
from nexus_admin.brokers.stream.protocol import StreamEvent
from nexus_admin.domain.audit import AuditEntry, Change

MOST_CHANGES = 1_000
"""Changes of one entry that its event carries; `change_count` says how many there are."""
_PLAIN = (
    "action", "source", "resource", "key", "outcome", "actor_name", "detail", "reason", "via", "seq", "id", "actor",
    "parent", "undoes", "hash",
)  # fmt: skip
"""Fields that JSON has as they are; first what people look for, since a line of a list shows the beginning."""


def payload_of(entry: AuditEntry, change_count: int) -> bytes:
    """Return what the event of *entry* carries, as JSON: values as the ledger keeps them, secrets as dots."""
    said = {name: getattr(entry, name) for name in _PLAIN}
    said |= {
        "at": entry.at.isoformat(), "closed_at": entry.closed_at.isoformat() if entry.closed_at else None,
        "data": to_json(dict(entry.data)), "request": dict(entry.request), "change_count": change_count,
        "changes": [_said(one) for one in entry.changes],
    }  # fmt: skip
    return compact(said).encode()


def entry_of(event: StreamEvent) -> AuditEntry:
    """Return the entry whose event this is, with the changes that it carries."""
    said: Mapping[str, Any] = json.loads(event.content.data)
    closed_at = said["closed_at"]
    return AuditEntry(
        **{name: said[name] for name in _PLAIN}, at=datetime.fromisoformat(said["at"]),
        closed_at=None if closed_at is None else datetime.fromisoformat(closed_at), data=from_json(said["data"]),
        request=said["request"], changes=tuple(_change(one) for one in said["changes"]),
    )  # fmt: skip


def shown_as(events: Sequence[StreamEvent], entries: Sequence[AuditEntry]) -> list[StreamEvent]:
    """Return *events* with what is left of each entry for somebody, in the same order."""
    counts = (json.loads(event.content.data)["change_count"] for event in events)
    return [
        replace(event, content=Content(payload_of(entry, count), JSON))
        for event, entry, count in zip(events, entries, counts, strict=True)
    ]


def _said(change: Change) -> dict[str, Any]:
    return {
        "verb": change.verb, "source": change.source, "resource": change.resource, "key": change.key,
        "title": change.title, "place": change.place, "before": _row(change.before), "after": _row(change.after),
    }  # fmt: skip


def _row(row: Mapping[str, Any] | None) -> Any:
    return None if row is None else to_json(dict(row))


def _change(said: Mapping[str, Any]) -> Change:
    before, after = (None if said[side] is None else from_json(said[side]) for side in ("before", "after"))
    return Change(said["source"], said["resource"], said["key"], before, after, said["title"], said["place"])
