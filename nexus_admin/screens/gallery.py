"""What the gallery of components shows: a made-up table, its fields as inputs in every state, its rows as a list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from decimal import Decimal

from markupsafe import escape

from nexus_admin.actions.rows.listing import Listing
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.field_kind import FieldKind, Locale
from nexus_admin.domain.resource import Field, Relation, Resource, Schema
from nexus_admin.domain.row import ListRequest, RowPage
from nexus_admin.screens.forms.inputs import Input, input_of
from nexus_admin.screens.lists.page import ListPage, list_page
from nexus_admin.screens.lists.query import ListQuery

Kinds = Callable[[str], FieldKind]

_STATES = ("draft", "listed", "reserved", "sold")
FIELDS = (
    Field("id", "ID", "integer", required=True, key=True, writable=False, why_read_only="The database gives it."),
    Field("name", "Name", "text", required=True, nullable=False, max_length=140),
    Field("maker_id", "Maker", "integer", relation="maker"),
    Field("price", "Price", "money", unit="EUR", minimum="0", scale=2),
    Field("weight", "Weight", "integer", unit="kg", minimum="1", maximum="90"),
    Field("state", "State", "enum", choices=_STATES, nullable=False),
    Field("size", "Size", "enum", choices=("S", "M", "L"), nullable=False),
    Field("lit", "Lit", "boolean", nullable=False),
    Field("tested", "Tested", "boolean"),
    Field("made_on", "Made on", "date"),
    Field("placed_at", "Placed at", "datetime", native="timestamp with time zone"),
    Field("opens_at", "Opens at", "time"),
    Field("shade", "Shade", "color"),
    Field("contact", "Contact", "email"),
    Field("notes", "Notes", "long_text"),
    Field("data", "Data", "json"),
)
_VALUES = {
    "id": "7", "name": "Tundra", "maker_id": "3", "price": "481.85", "weight": "12", "state": "listed", "size": "M",
    "lit": "true", "tested": "", "made_on": "2026-03-05", "placed_at": "2026-03-05T10:30:00+00:00",
    "opens_at": "08:30", "shade": "#2f5d8a", "contact": "ilse@example.com", "notes": "Opal glass, brass foot.",
    "data": '{"bulb": "E27"}',
}  # fmt: skip
_WRONG = {
    "name": ("", "A lamp needs a name."),
    "price": ("-3", "This must be 0 or more."),
    "state": ("", "Choose one."),
    "maker_id": ("99", "There is no such maker."),
    "notes": ("", "Say something."),
}
MAKER = Relation("maker", "Maker", "makers", many=False, pairs=(("maker_id", "id"),))
MAKERS = Resource("gallery", "makers", "makers", "Makers", "Maker", key=("id",), title_fields=("name",),
                  fields=(Field("id", "ID", "integer", key=True), Field("name", "Name", "text")))  # fmt: skip
LAMPS = Resource(
    "gallery", "lamps", "lamps", "Lamps", "Lamp", key=("id",), fields=FIELDS, relations=(MAKER,),
    title_fields=("name",), sort=("-placed_at",),
)  # fmt: skip
SCHEMA = Schema("gallery", "sqlite", {"lamps": LAMPS, "makers": MAKERS})
COLUMNS = ("name", "maker_id", "state", "price", "lit", "placed_at", "contact")
_ALL = Decision(True, "It is made up.", fingerprint="gallery")


def inputs(kinds: Kinds, zone: tzinfo) -> list[tuple[str, list[Input]]]:
    """Return (title, inputs) for each state of a form: filled, empty, and refused."""
    filled = [input_of(LAMPS, one, kinds(one.kind), _VALUES[one.name], None, zone, "Lumen & Co.") for one in FIELDS]
    shown = [replace(one, template="fixed", shown=escape(one.value), why=one.field.why_read_only or "")
             if not one.field.writable else one for one in filled]  # fmt: skip
    empty = [input_of(LAMPS, _of("n", one), kinds(one.kind), None, None, zone) for one in FIELDS if one.writable]
    wrong = [
        input_of(LAMPS, _of("w", LAMPS.by_name[name]), kinds(LAMPS.by_name[name].kind), "", value, zone, "", error)
        for name, (value, error) in _WRONG.items()
    ]
    return [("Filled", shown), ("Empty", empty), ("Refused", wrong)]


def lists(kinds: Kinds, locale: Locale, path: str) -> tuple[ListPage, ListPage]:
    """Return a list with rows of every sort of value, and one in which nothing matches."""
    query = ListQuery(path, sort="-placed_at")
    rows = [_row(at) for at in range(4)]
    page = RowPage(rows, [str(row["id"]) for row in rows], {"maker": {"3": "Lumen & Co."}}, took_ms=2)
    nothing = ListQuery(path, search="nothing is called this")
    return (
        list_page(_listing(page), query, COLUMNS, kinds, locale, lambda _: _ALL, picks=True),
        _uncounted(list_page(_listing(RowPage([], [])), nothing, COLUMNS, kinds, locale, lambda _: _ALL)),
    )


def _uncounted(page: ListPage) -> ListPage:
    """Return *page* without the counts that it would ask for: there are no such tables."""
    if page.missed is None:
        return page
    elsewhere = [replace(one, count_url="") for one in page.missed.elsewhere]
    return replace(page, missed=replace(page.missed, elsewhere=elsewhere))


def _of(state: str, field: Field) -> Field:
    """Return *field* under a name of its own, so that no id is on the page twice."""
    return replace(field, name=f"{state}_{field.name}")


def _row(at: int) -> dict[str, object]:
    empty = at == 3
    return {
        "id": at + 1,
        "name": ("Tundra", "Fjord", "A lamp with a name that is far too long for any column", "Nameless")[at],
        "maker_id": None if empty else 3,
        "state": _STATES[at],
        "price": None if empty else Decimal("481.85") * (at + 1),
        "lit": None if empty else at % 2 == 0,
        "placed_at": None if empty else datetime(2026, 3, 5 + at, 10, 30, tzinfo=UTC),
        "contact": None if empty else "ilse@example.com",
    }


def _listing(page: RowPage) -> Listing:
    return Listing(SCHEMA, LAMPS, _ALL, ListRequest(sort=("-placed_at",)), page)
