"""How the audit calls things: what was done as one word with an icon, who did it, on what, and where that leads."""

from __future__ import annotations

from collections.abc import Callable

from nexus_admin.domain.action import Action
from nexus_admin.domain.address import segment
from nexus_admin.domain.audit import AuditEntry
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.field_kind import FieldKind, Locale
from nexus_admin.domain.resource import Resource
from nexus_admin.domain.target import Target
from nexus_admin.screens.devices import device_name

HOUSE = "nexus"


@dataclass(frozen=True, slots=True)
class Known:
    """What the audit's page knows of the house.

    Args:
        table: A source's table by name; None where it is gone, or not for the reader.
        kind: A field kind by name.
        action: An action by name; None where it is gone.
        locale: Where the reader is.
    """

    table: Callable[[str, str], Resource | None]
    kind: Callable[[str], FieldKind]
    action: Callable[[str], Action | None]
    locale: Locale


@dataclass(frozen=True, slots=True)
class Word:
    """What was done, or how it ended: the word, its icon and its hue."""

    text: str
    icon: str
    hue: str


@dataclass(frozen=True, slots=True)
class Thing:
    """What it was done to: how it is called, and its address where it has one for the reader."""

    text: str
    url: str = ""
    icon: str = "table"


ENDED = {
    "denied": Word("Refused", "ban", "red"),
    "invalid": Word("Not valid", "alert", "amber"),
    "failed": Word("Failed", "x-circle", "red"),
    "open": Word("Under way", "clock", "gray"),
    "unknown": Word("Not sure", "help", "amber"),
}
"""Outcomes that are no success. `unknown`: it was cut off, and the rows do not tell whether it was done."""

DOORS = {"page": "Pages", "rest": "API", "cli": "Command line", "job": "Job", "nested": "Within another"}
"""Ways in."""

_CHANGED, _EXPORTED = Word("Changed", "edit", "blue"), Word("Exported", "download", "amber")
_WORDS = {
    "row.create": Word("Created", "plus", "green"),
    "row.update": _CHANGED,
    "rows.update": _CHANGED,
    "row.link": _CHANGED,
    "row.unlink": _CHANGED,
    "row.delete": Word("Deleted", "trash", "red"),
    "rows.delete": Word("Deleted", "trash", "red"),
    "rows.export": _EXPORTED,
    "export.begin": _EXPORTED,
    "export.write": _EXPORTED,
    "export.fetch": Word("Downloaded", "download", "amber"),
    "audit.export": _EXPORTED,
    "query.run": Word("Queried", "sigma", "teal"),
    "change.undo": Word("Took back", "undo", "violet"),
    "access.undo": Word("Took back", "undo", "violet"),
    "house.undo": Word("Took back", "undo", "violet"),
    "session.begin": Word("Signed in", "user", "gray"),
    "session.pass": Word("Signed in", "user", "gray"),
    "session.end": Word("Signed out", "logout", "gray"),
}
_ROOMS = {
    "access": Word("Access", "shield", "violet"),
    "account": Word("Account", "user", "gray"),
    "dashboard": Word("Dashboard", "dashboard", "teal"),
    "extension": Word("Extension", "puzzle", "violet"),
    "settings": Word("Settings", "settings", "violet"),
    "source": Word("Source", "database", "violet"),
}
KINDS = {
    "settings": "Setting", "dashboards": "Dashboard", "roles": "Role", "users": "Account", "sources": "Source",
    "source_overrides": "Tables of",
}  # fmt: skip
"""How a thing of the house is called before its name."""
_PAGES = {
    "users": ("/access/users/", "user"),
    "roles": ("/access/roles/", "shield"),
    "sources": ("/sources/", "database"),
    "source_overrides": ("/sources/", "database"),
    "dashboards": ("/dashboards/", "dashboard"),
}
"""Where things of the house have a page of their own."""


def word(entry: AuditEntry, known: Known) -> Word:
    """Return what was done; where it was not done, how it ended."""
    if entry.outcome in ENDED:
        return ENDED[entry.outcome]
    found = _WORDS.get(entry.action)
    if found is not None:
        return found
    action = known.action(entry.action)
    room = _ROOMS.get(entry.action.partition(".")[0])
    if room is not None and (action is None or action.writes):
        return room
    if action is not None and not action.writes:
        return Word("Viewed", "eye", "gray")
    return Word("Ran", "bolt", "orange")


def title(name: str, known: Known) -> str:
    """Return how an action is called."""
    action = known.action(name)
    return (action.title if action else "") or name


def thing(entry: AuditEntry, known: Known) -> Thing:
    """Return what an entry is about."""
    only = entry.changes[0] if len(entry.changes) == 1 else None
    resource = entry.resource or (only.resource if only else None)
    key = entry.key or (only.key if only else None)
    if entry.source == HOUSE:
        return house_thing(resource, key, only.title if only else "")
    if resource is None:
        return Thing(entry.source, Target(entry.source).path, "database")
    if key is None:
        table = known.table(entry.source, resource)
        path = Target(entry.source, resource).path
        return Thing(table.title, path, table.icon) if table else Thing(resource)
    gone = only is not None and only.after is None
    return row_thing(entry.source, resource, key, only.title if only else "", gone, known)


def house_thing(resource: str | None, key: str | None, called: str) -> Thing:
    """Return a thing of the house: a person, a role, a source."""
    path, icon = _PAGES.get(resource or "", ("", "settings"))
    text = called or key or (resource or "nexus").capitalize()
    return Thing(text, f"{path}{segment(key)}" if path and key else "", icon)


def row_thing(source: str, resource: str, key: str, called: str, gone: bool, known: Known) -> Thing:
    """Return a row; the address of its history where it is not there any more."""
    table = known.table(source, resource)
    text = called if called and called != key else f"{table.singular if table else resource} {key}"
    if table is None or not table.key:
        return Thing(text)
    path = Target(source, resource, key).path
    return Thing(text, f"{path}/~history" if gone else path, table.icon)


def whence(entry: AuditEntry) -> str:
    """Return where a call came from: the door where it was no page, the address, the browser."""
    agent = entry.request.get("agent", "")
    parts = [
        "" if entry.via == "page" else DOORS.get(entry.via, entry.via),
        entry.request.get("address", ""),
        device_name(agent).partition(" on ")[0] if agent else "",
    ]
    return ", ".join(part for part in parts if part)
