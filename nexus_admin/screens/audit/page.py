"""The audit's page: entries as lines under their days, the chips of what is asked for, and what else can be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from itertools import groupby

from nexus_admin.actions.house.auditing import Entries, Facets
from nexus_admin.domain.audit import AuditEntry
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.field_kind import Locale
from nexus_admin.screens.audit.query import FACETS, AuditAsked
from nexus_admin.screens.audit.words import DOORS, ENDED, HOUSE, KINDS, Known, Thing, Word, thing, title, whence, word
from nexus_admin.screens.formats import day, number, plural

NAMED = 4
"""Fields that a line names."""


@dataclass(frozen=True, slots=True)
class Line:
    """One operation.

    Args:
        id: The entry's.
        day, clock, at: When, in the reader's zone; and for machines.
        who, who_url: Who did it, and the address of everything that they did.
        word: What they did, or how it ended.
        action: What it is called.
        on: What it was done to.
        summary: What came of it.
        whence: Where it came from.
        hash: The ends of its hash; "" while it is open.
        back: It was taken back.
        turn: The address that opens it in its place, or closes it.
    """

    id: str
    day: date
    clock: str
    at: datetime
    who: str
    who_url: str
    word: Word
    action: str
    on: Thing
    summary: str
    whence: str
    hash: str
    back: bool
    turn: str


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing that is asked for, and the address without it."""

    icon: str
    title: str
    value: str
    without: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet: how it is called, how often it comes, and the address with or without it."""

    text: str
    count: str
    url: str
    chosen: bool


_FACETS = {
    "actor": ("Who", "user", "actors"),
    "action": ("What", "bolt", "actions"),
    "source": ("Source", "database", "sources"),
    "resource": ("Table", "table", "resources"),
    "outcome": ("Outcome", "check-circle", "outcomes"),
    "via": ("Door", "globe", "vias"),
}


def line(entry: AuditEntry, rows: int, calls: int, asked: AuditAsked, known: Known) -> Line:
    """Draw one operation.

    Args:
        entry: The outermost call, with the first of its changes.
        rows: How many rows it changed, all that ran within it too.
        calls: How many calls ran within it.
        asked: The page's address.
        known: What the page knows of the house.
    """
    here = entry.at.astimezone(known.locale.zone)
    return Line(
        entry.id, here.date(), f"{here:%H:%M:%S}", entry.at, entry.actor_name or entry.actor,
        asked.url(actor=(entry.actor,)), word(entry, known), title(entry.action, known), thing(entry, known),
        _summary(entry, rows, calls, known), whence(entry), f"{entry.hash[:4]}…{entry.hash[-4:]}" if entry.hash else "",
        bool(entry.undone_by),
        asked.url(after=asked.after, open="" if asked.open == entry.id else entry.id),
    )  # fmt: skip


def lines(found: Entries, asked: AuditAsked, known: Known) -> list[tuple[str, list[Line]]]:
    """Return operations by day, newest first."""
    drawn = []
    for entry in found.entries:
        within = found.within.get(entry.id)
        rows = found.changes.get(entry.id, 0) + (within.rows if within else 0)
        drawn.append(line(entry, rows, within.calls if within else 0, asked, known))
    return [(_day(at, known.locale), list(group)) for at, group in groupby(drawn, key=lambda one: one.day)]


def chips(asked: AuditAsked, known: Known, names: Mapping[str, str]) -> list[Chip]:
    """Return what is asked for, besides the period; *names* are those of actors."""
    found = []
    for facet in FACETS:
        values = getattr(asked, facet)
        if values:
            text = ", ".join(_called(facet, one, known, names) for one in values)
            found.append(Chip(_FACETS[facet][1], _FACETS[facet][0], text, asked.without(facet)))
    if asked.key:
        found.append(Chip("key", "Row", asked.key, asked.url(key="")))
    return found


def choices(asked: AuditAsked, facets: Facets, known: Known) -> list[tuple[str, list[Choice]]]:
    """Return what can be chosen, by heading, with how often each comes."""
    return [
        (
            heading,
            [
                Choice(
                    _called(facet, value, known, facets.names), number(count), asked.with_value(facet, value),
                    value in getattr(asked, facet),
                )
                for value, count in facets.counts.get(counted, ())
            ],
        )
        for facet, (heading, _, counted) in _FACETS.items()
        if facets.counts.get(counted)
    ]  # fmt: skip


def _called(facet: str, value: str, known: Known, names: Mapping[str, str]) -> str:
    if facet == "actor":
        return names.get(value) or value
    if facet == "action":
        called = title(value, known)
        return f"{called} · {value}" if called != value else value
    if facet == "outcome":
        return ENDED[value].text if value in ENDED else value.capitalize()
    return DOORS.get(value, value) if facet == "via" else value


def _summary(entry: AuditEntry, rows: int, calls: int, known: Known) -> str:
    parts = []
    if entry.outcome in ENDED or not rows:
        parts.append(f"{title(entry.action, known)}: {entry.detail}" if entry.detail else title(entry.action, known))
    elif rows == 1 and len(entry.changes) == 1:
        parts.append(_one(entry, known))
    else:
        parts.append(_several(entry, rows))
    if calls:
        parts.append(plural(calls, "call") + " within")
    return ", ".join(parts)


def _several(entry: AuditEntry, rows: int) -> str:
    """Return what happened to many rows; things of the house of one kind are named."""
    kinds = {KINDS.get(one.resource) if one.source == HOUSE else None for one in entry.changes}
    kind = kinds.pop() if len(kinds) == 1 and rows == len(entry.changes) else None
    if kind is None:
        return plural(rows, "row")
    called = [one.title or one.key for one in entry.changes]
    more = f" and {len(called) - NAMED} more" if len(called) > NAMED else ""
    return f"{plural(rows, kind.lower())}: {' · '.join(called[:NAMED])}{more}"


def _one(entry: AuditEntry, known: Known) -> str:
    """Return what happened to the only row."""
    change = entry.changes[0]
    table = known.table(change.source, change.resource)
    fields = change.fields()
    if change.verb == "update":
        plain = [one.replace("_", " ").capitalize() for one in fields]
        called = [
            table.by_name[one].title if table and one in table.by_name else name
            for one, name in zip(fields, plain, strict=True)
        ]
        more = f" and {len(called) - NAMED} more" if len(called) > NAMED else ""
        return ", ".join(called[:NAMED]) + more or "1 row"
    own = KINDS.get(change.resource) if change.source == HOUSE else None
    kind = table.singular if table else own or change.resource
    size = len((change.after if change.verb == "create" else change.before) or ())
    return f"{kind}, {plural(size, 'field')}" if size else kind


def _day(at: date, locale: Locale) -> str:
    today = locale.now.astimezone(locale.zone).date()
    prefix = {today: "Today, ", today - timedelta(days=1): "Yesterday, "}.get(at, "")
    return f"{prefix}{day(at, locale)}"


def named(entries: Iterable[AuditEntry]) -> dict[str, str]:
    """Return how the actors of *entries* are called."""
    return {one.actor: one.actor_name for one in entries if one.actor_name}
