"""Types of events as a table: what is told of here, by whom, in which version, and how much was not understood."""

from __future__ import annotations

import json

from nexus_admin.actions.brokers.event_types import EventType, EventTypes
from nexus_admin.actions.brokers.named_tables import Named, column, table


def _schema(one: EventType) -> str | None:
    return json.dumps(one.schema, ensure_ascii=False, indent=2) if one.schema else None


_TYPE = (
    column("type", "Type", "text", lambda one: one.name, key=True, nullable=False),
    column("version", "Version", "integer", lambda one: one.version or None),
    column("about", "What it says", "text", lambda one: one.about or None),
    column("owner", "Declared by", "text", lambda one: one.owner or None),
    column("skipped", "Not understood", "integer", lambda one: one.skipped, nullable=False),
    column("schema", "JSON Schema", "long_text", _schema),
)
TYPES = table(
    "event_types", "Types of events", _TYPE, "type version about owner skipped", "type about owner",
    key=("type",), title_fields=("type",), sort=("type",), icon="stream",
    comment="A type is there as soon as it is declared; one that nobody declares, once it was not understood.",
)  # fmt: skip


def event_types(types: EventTypes) -> Named:
    """Return every type that is declared, and those of which events were skipped."""
    return Named(TYPES, _TYPE, lambda: types)
