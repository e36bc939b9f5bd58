"""One entry of the audit: before and after of each row, its facts, what ran within it, its place in the chain."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from nexus_admin.actions.house.auditing import Place
from nexus_admin.actions.plain import to_json
from nexus_admin.actions.rows.undo import UndoPlan
from nexus_admin.domain.audit import AuditEntry, Change
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.row import Masked
from nexus_admin.screens.audit.words import (
    DOORS,
    HOUSE,
    KINDS,
    Known,
    Thing,
    Word,
    house_thing,
    row_thing,
    thing,
    title,
    word,
)
from nexus_admin.screens.devices import device_name
from nexus_admin.screens.formats import moment, number, plural
from nexus_admin.screens.records.history import Difference, Way, differing

CUT = 400
"""Letters of a value that has no field kind."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row's before and after.

    Args:
        on: The row.
        said: What happened to it, as a heading.
        verb: `create`, `update` or `delete`.
        differences: What stood in each field and what came.
        history: The address of the row's history, "" for none.
        hidden: What stood in it is not for the reader.
    """

    on: Thing
    said: str
    verb: str
    differences: list[Difference]
    history: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class Inner:
    """A call that ran within the entry."""

    id: str
    word: Word
    action: str
    on: Thing
    rows: str


@dataclass(frozen=True, slots=True)
class EntryPage:
    """An entry as its page shows it.

    Args:
        entry: Itself.
        word: What was done, or how it ended.
        action: What it is called.
        on: What it was done to.
        rows: What it did to rows, those of calls within it too; some of them.
        more: How many rows are left out.
        facts: What is known of the call: names and values.
        given: What was asked for, as JSON; "" for nothing.
        inner: What ran within it.
        place: Its place in the chain.
    """

    entry: AuditEntry
    word: Word
    action: str
    on: Thing
    rows: list[Row]
    more: int
    facts: list[tuple[str, str]]
    given: str
    inner: list[Inner]
    place: Place


def entry_page(group: Sequence[AuditEntry], place: Place, known: Known, first: int, most: int) -> EntryPage:
    """Draw an entry.

    Args:
        group: The entry, and after it all that ran within it.
        place: Where it stands in the chain.
        known: What the page knows of the house.
        first, most: Which of its rows.
    """
    entry = group[0]
    changes = sorted((change for one in group for change in one.changes), key=lambda change: change.place)
    inner = [
        Inner(
            one.id, word(one, known), title(one.action, known), thing(one, known),
            plural(len(one.changes), "row") if one.changes else one.detail,
        )
        for one in group[1:]
    ]  # fmt: skip
    return EntryPage(
        entry, word(entry, known), title(entry.action, known), thing(entry, known),
        [_row(one, known) for one in changes[first : first + most]], max(0, len(changes) - first - most),
        _facts(entry, known), json.dumps(to_json(dict(entry.data)), indent=2, ensure_ascii=False) if entry.data else "",
        inner, place,
    )  # fmt: skip


def house_ways(plan: UndoPlan, known: Known) -> tuple[list[Way], list[Way]]:
    """Return what taking back what was done to the house's own things would do, and what stands in the way."""
    verbs = {"create": "comes back", "update": "gets its values back", "delete": "goes away again"}
    steps = []
    for one in plan.steps:
        change = Change(HOUSE, one.resource, one.key, one.expect, one.values, one.title)
        back = differences(one.expect, one.values, change, known) if one.verb == "update" else []
        steps.append(_house_way(change, verbs[one.verb], back, linked=one.verb != "create"))
    conflicts = []
    for conflict in plan.conflicts:
        change = conflict.change
        left, now = ({name: seen[part] for name, seen in conflict.fields.items()} for part in ("left", "now"))
        seen = differences(left, now, Change(HOUSE, change.resource, change.key, left, now), known)
        conflicts.append(_house_way(change, "", seen, conflict.why, linked=False))
    return steps, conflicts


def _house_way(change: Change, verb: str, back: list[Difference], why: str = "", *, linked: bool) -> Way:
    on = house_thing(change.resource, change.key, change.title)
    kind = KINDS.get(change.resource, change.resource.replace("_", " ").capitalize())
    return Way(on.text, kind, on.url if linked else "", verb, back, why)


def differences(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, change: Change, known: Known
) -> list[Difference]:
    """Return what stood in each field and what came; of a new or deleted row each field."""
    names = change.fields() if change.verb == "update" else tuple({**(before or {}), **(after or {})})
    table = known.table(change.source, change.resource)
    if table is not None:
        return differing(table, before, after, names, known.kind, known.locale)
    return [Difference(one.replace("_", " ").capitalize(), _plain(before, one), _plain(after, one)) for one in names]


def _row(change: Change, known: Known) -> Row:
    found = differences(change.before, change.after, change, known)
    hidden = not change.before and not change.after
    said = {
        "create": "Created", "update": f"{plural(len(found), 'field')} changed" if found else "Changed",
        "delete": "Deleted",
    }[change.verb]  # fmt: skip
    if change.source == HOUSE:
        return Row(house_thing(change.resource, change.key, change.title), said, change.verb, found, "", hidden)
    on = row_thing(change.source, change.resource, change.key, change.title, change.after is None, known)
    history = on.url if not on.url or on.url.endswith("/~history") else f"{on.url}/~history"
    return Row(on, said, change.verb, found, history, hidden)


def _plain(row: Mapping[str, Any] | None, name: str) -> Markup | None:
    """Return a value that no field kind draws."""
    if row is None or name not in row:
        return None
    value = row[name]
    if isinstance(value, Masked):
        return escape(value.shape)
    if value is None or value in ("", [], {}):
        return Markup('<i class="nx-null">—</i>')
    if isinstance(value, bool):
        return escape("Yes" if value else "No")
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        text = ", ".join(value)
    else:
        text = value if isinstance(value, str) else json.dumps(to_json(value), ensure_ascii=False)
    return escape(f"{text[:CUT]}…" if len(text) > CUT else text)


def _facts(entry: AuditEntry, known: Known) -> list[tuple[str, str]]:
    agent = entry.request.get("agent", "")
    took = ""
    if entry.closed_at is not None:
        milliseconds = (entry.closed_at - entry.at).total_seconds() * 1000
        took = f"{number(round(milliseconds))} ms" if milliseconds >= 1 else "under 1 ms"
    found = (
        ("Who", entry.actor_name or entry.actor),
        ("When", moment(entry.at, known.locale)),
        ("Action", entry.action),
        ("Source", entry.source),
        ("Table", entry.resource or ""),
        ("Row", entry.key or ""),
        ("Door", DOORS.get(entry.via, entry.via)),
        ("Address", entry.request.get("address", "")),
        ("Device", device_name(agent) if agent else ""),
        ("Request", entry.request.get("id", "")),
        ("Took", took),
    )
    return [(name, value) for name, value in found if value]
