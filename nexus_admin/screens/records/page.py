"""The record page: the title, the facts, the fields as people read them, and the tabs of what belongs to the row."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Protocol, TypeVar

from markupsafe import Markup

from nexus_admin.actions.rows.row import Record
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.field_kind import FieldKind, Locale
from nexus_admin.domain.resource import Relation, Resource
from nexus_admin.domain.target import Target
from nexus_admin.screens.called import called
from nexus_admin.screens.lists.query import with_query
from nexus_admin.screens.records.fields import Line, Shown, lines_of, shown

HISTORY = "~history"
"""The tab of the row's past; no relation's name is spelled like that in an address."""

FACTS = 6
"""How many values stand below the title."""

FEW = 3
"""Up to so many empty fields stand among the others; more are folded away."""

SHORT = 40
"""Letters that a value has at most to stand there."""

Kinds = Callable[[str], FieldKind]
Decide = Callable[[str, str], Decision]
Fields = list[tuple[Line, Shown]]
T = TypeVar("T")


class Keep(Protocol):
    """`keep(key, make)`: what *make* returned for *key* before, as long as the resource and the field kinds last."""

    def __call__(self, key: tuple[Hashable, ...], make: Callable[[], T]) -> T:
        """Return what is kept, or make it."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: its address, and where its count comes from ("" for none)."""

    name: str
    title: str
    url: str
    count_url: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True)
class RecordPage:
    """What the record's template draws.

    Args:
        title: How the row is called.
        path: Its address.
        badge: Its status, or "".
        facts: What matters most of it.
        main: Its fields, in the middle.
        wide: Those that take the whole width.
        empty: Those without a value, where they are many.
        side: Keys, stamps and other things of the database.
        tabs: The page's parts.
        tab: The name of the one that is open.
        first: The relation whose rows stand on the overview, or None.
        may: Which of the writing actions the actor may do.
    """

    title: str
    path: str
    badge: Markup
    facts: list[Shown]
    main: list[Shown]
    wide: list[Shown]
    empty: list[Shown]
    side: list[Shown]
    tabs: list[Tab]
    tab: str
    first: Relation | None
    may: frozenset[str]


def record_page(
    record: Record, kinds: Kinds, locale: Locale, decide: Decide, query: Mapping[str, str], keep: Keep
) -> RecordPage:
    """Turn a record into what the template draws.

    Args:
        record: The row.
        kinds: Field kinds by name.
        locale: Where the reader is.
        decide: Decisions about other resources of the source.
        query: The address's query: which tab, and which list the reader came from.
        keep: Keeps what is the same for every row of the resource.
    """
    resource = record.resource
    path = f"{locale.base}{_target_path(record)}"
    fields = shown(record, _lines(record, kinds, locale, keep), locale, path)
    badge = next((one for line, one in fields if line.status and isinstance(record.row[one.name], str)), None)
    relations = seen_from(resource, decide)
    asked = query.get("tab", "")
    tabs = _tabs(path, relations, asked, query.get("list", ""), decide("row.history", resource.name).allowed)
    main, wide, empty, side = _grouped(fields)
    return RecordPage(
        called(record), path, badge.html if badge else Markup(), _facts(record, fields, badge), main, wide, empty, side,
        tabs, next((tab.name for tab in tabs if tab.current), ""),
        first_of(relations), record.may,
    )  # fmt: skip


def seen_from(resource: Resource, decide: Decide) -> list[Relation]:
    """Return the relations along which other rows belong to one of *resource*, as far as the actor may list them."""
    return [one for one in resource.relations if one.many and decide("row.list", one.to).allowed]


def first_of(relations: list[Relation]) -> Relation | None:
    """Return the one whose rows stand with the row itself, or None."""
    return next((one for one in relations if one.through is None), None)


def _lines(record: Record, kinds: Kinds, locale: Locale, keep: Keep) -> tuple[Line, ...]:
    """Return the lines of the resource as they are under the decision, which is a part of what they are kept by."""
    decision = record.decision
    if not decision.fingerprint:
        return lines_of(record, kinds, locale)
    rights = (decision.fingerprint, "row.update" in record.may)
    key = ("record", record.resource.name, *rights, locale.base, locale.sprite)
    return keep(key, lambda: lines_of(record, kinds, locale))


def _facts(record: Record, fields: Fields, badge: Shown | None) -> list[Shown]:
    """Return what stands below the title: the most telling fields that have a short value."""
    by_name = {one.name: (line.field, one) for line, one in fields}
    left_out = {*record.resource.title_fields, *record.resource.key, badge.name if badge else ""}
    facts = []
    for name in record.resource.list_fields:
        field, one = by_name.get(name, (None, None))
        if field is None or one is None or name in left_out or one.wide or field.tucked or field.secret:
            continue
        if record.row[name] is None or (len(one.html) > SHORT and len(one.html.striptags()) > SHORT):
            continue
        facts.append(one)
    return facts[:FACTS]


def _grouped(fields: Fields) -> tuple[list[Shown], list[Shown], list[Shown], list[Shown]]:
    main: list[Shown] = []
    wide: list[Shown] = []
    empty: list[Shown] = []
    side: list[Shown] = []
    few = sum(one.blank and not line.aside for line, one in fields) <= FEW
    for line, one in fields:
        if line.aside:
            side.append(one)
        elif one.blank:
            (main if few else empty).append(one)
        else:
            (wide if one.wide else main).append(one)
    if not main and not wide:
        main, side = side, []
    return main, wide, empty, side


def _tabs(path: str, relations: list[Relation], asked: str, came_from: str, history: bool) -> list[Tab]:
    names = {one.name for one in relations} | ({HISTORY} if history else set())
    open_tab = asked if asked in names else ""

    def tab(name: str, title: str, counted: bool) -> Tab:
        url = with_query(path, {}, tab=name, list=came_from)
        return Tab(name, title, url, with_query(f"{path}/~count", {}, tab=name) if counted else "", name == open_tab)

    tabs = [tab("", "Overview", False)]
    tabs += [tab(one.name, one.title, True) for one in relations]
    if history:
        tabs.append(tab(HISTORY, "History", False))
    return tabs


def _target_path(record: Record) -> str:
    return Target(record.resource.source, record.resource.name, record.key).path
