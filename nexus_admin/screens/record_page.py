"""The record page: the title, the facts, the fields as people read them, and the tabs of what belongs to the row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from nexus_admin.actions.rows import Record
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.field_kind import FieldKind, Locale
from nexus_admin.domain.kinds import family
from nexus_admin.domain.resource import Field, Relation
from nexus_admin.domain.row import Masked, Unreadable
from nexus_admin.domain.target import Target
from nexus_admin.screens import status
from nexus_admin.screens.form_page import text_of
from nexus_admin.screens.list_columns import drawn
from nexus_admin.screens.list_query import with_query
from nexus_admin.screens.long_texts import beginning, is_cut

HISTORY = "~history"
"""The tab of the row's past; no relation's name is spelled like that in an address."""

FACTS = 6
"""How many values stand below the title."""

FEW = 3
"""Up to so many empty fields stand among the others; more are folded away."""

STAMPS = frozenset({"created", "creation", "updated", "update", "modified", "changed", "inserted", "deleted"})
"""Words in the names of moments that a program keeps of a row."""

Kinds = Callable[[str], FieldKind]
Decide = Callable[[str, str], Decision]


@dataclass(frozen=True, slots=True)
class Shown:
    """One field of the record.

    Args:
        name: The field's name.
        title: What people read.
        glyph: Of its kind.
        html: Its value.
        wide: It takes the whole width.
        copy: Its value as text where it can be copied, else "".
        editable: The actor may change it here.
        hint: What the database says about it.
    """

    name: str
    title: str
    glyph: str
    html: Markup
    wide: bool = False
    copy: str = ""
    editable: bool = False
    hint: str = ""


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


def record_page(record: Record, kinds: Kinds, locale: Locale, decide: Decide, query: Mapping[str, str]) -> RecordPage:
    """Turn a record into what the template draws.

    Args:
        record: The row.
        kinds: Field kinds by name.
        locale: Where the reader is.
        decide: Decisions about other resources of the source.
        query: The address's query: which tab, and which list the reader came from.
    """
    resource = record.resource
    shown = [
        (field, _shown(record, field, kinds(field.kind), locale))
        for field in resource.fields
        if field.name in record.row
    ]
    badge = next((field for field, _ in shown if _is_badge(field, record)), None)
    relations = [one for one in resource.relations if one.many and decide("row.list", one.to).allowed]
    path = f"{locale.base}{_target_path(record)}"
    asked = query.get("tab", "")
    tabs = _tabs(path, relations, asked, query.get("list", ""), decide("row.history", resource.name).allowed)
    main, wide, empty, side = _grouped(record, shown)
    return RecordPage(
        record.title, path,
        next((one.html for field, one in shown if field is badge), Markup()),
        _facts(record, shown, badge), main, wide, empty, side, tabs,
        next((tab.name for tab in tabs if tab.current), ""),
        next((one for one in relations if one.through is None), None), record.may,
    )  # fmt: skip


def _shown(record: Record, field: Field, kind: FieldKind, locale: Locale) -> Shown:
    value = record.row[field.name]
    draw = drawn(field, kind, locale, record.labels, record.resource, short=False)
    plain = value is not None and not isinstance(value, Masked | Unreadable | bytes)
    editable = (
        "row.update" in record.may
        and field.writable
        and not field.generated
        and not field.secret
        and record.decision.writes(field.name)
        and kind.editor != "none"
        and not isinstance(value, Masked | Unreadable)
    )
    copied = text_of(value) if plain and not field.secret else ""
    html = draw(value)
    if copied and is_cut(value, kind):
        url = with_query(f"{locale.base}{_target_path(record)}/~text", {}, name=field.name)
        html = beginning(value, html, url, locale)
    glyph = "link" if field.relation else kind.glyph
    wide = kind.wide and (value is not None)
    return Shown(
        field.name, field.title, glyph, html, wide, copied if len(copied) <= 2000 else "", editable,
        field.comment or "",
    )  # fmt: skip


def _is_badge(field: Field, record: Record) -> bool:
    """Whether the field is the row's status: drawn as a pill beside the title."""
    value = record.row.get(field.name)
    return field.kind == "enum" and isinstance(value, str) and status.is_status(field.choices)


def _facts(record: Record, shown: list[tuple[Field, Shown]], badge: Field | None) -> list[Shown]:
    """Return what stands below the title: the most telling fields that have a short value."""
    by_name = {field.name: (field, one) for field, one in shown}
    left_out = {*record.resource.title_fields, *record.resource.key, badge.name if badge else ""}
    facts = []
    for name in record.resource.list_fields:
        field, one = by_name.get(name, (None, None))
        if field is None or one is None or name in left_out or one.wide or field.tucked or field.secret:
            continue
        if record.row[name] is None or len(one.html.striptags()) > 40:
            continue
        facts.append(one)
    return facts[:FACTS]


def _grouped(
    record: Record, shown: list[tuple[Field, Shown]]
) -> tuple[list[Shown], list[Shown], list[Shown], list[Shown]]:
    main: list[Shown] = []
    wide: list[Shown] = []
    empty: list[Shown] = []
    side: list[Shown] = []
    for field, one in shown:
        if _is_aside(field):
            side.append(one)
        elif record.row[field.name] in (None, ""):
            empty.append(one)
        else:
            (wide if one.wide else main).append(one)
    if len(empty) <= FEW:
        names = [field.name for field, _ in shown]
        main = sorted((*main, *empty), key=lambda one: names.index(one.name))
        empty = []
    if not main and not wide:
        main, side = side, []
    return main, wide, empty, side


def _is_aside(field: Field) -> bool:
    """Whether it is about the row rather than of it: its key, when it was made, what only machines read."""
    if (field.key and not field.relation) or field.tucked or field.secret:
        return True
    words = field.name.lower().replace("_", " ").split()
    return family(field.kind) in ("datetime", "date") and not STAMPS.isdisjoint(words)


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
