"""The columns of a list: which there are, how each is headed, sorted, drawn and how wide it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from markupsafe import Markup

from nexus_admin.actions.rows.listing import Listing
from nexus_admin.domain.address import segment
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import UnknownField
from nexus_admin.domain.field_kind import FieldKind, Locale
from nexus_admin.domain.kinds import family
from nexus_admin.domain.resource import Field, Resource
from nexus_admin.language.names import join_path, listed_paths, split_path
from nexus_admin.language.paths import Sight
from nexus_admin.screens import formats
from nexus_admin.screens.cells import Cell, cell_of, link_cell
from nexus_admin.screens.lists.query import ListQuery

SORTABLE = frozenset({"text", "number", "date", "datetime", "time", "boolean", "choice", "typed"})
FILTERED = SORTABLE | {"json", "array", "shown"}
WIDTHS = {
    "enum": 128, "boolean": 92, "date": 118, "datetime": 160, "time": 96, "year": 88, "money": 116, "percent": 96,
    "integer": 104, "decimal": 112, "email": 216, "url": 208, "image": 208, "file": 208, "long_text": 264,
    "markdown": 264, "html": 264, "json": 232, "uuid": 216, "array": 168, "country": 96, "color": 104,
}  # fmt: skip

MOST_SAID = 24
"""Letters of a title that fit beside a value on a phone."""


@dataclass(slots=True)
class Column:
    """One column: its head, and how its values are drawn.

    Args:
        name: What the rows call it: a field's name, or a to-one path.
        path: The same, name by name.
        title: What people read.
        glyph: The field's icon.
        css: Class of its cells.
        sorted: `ascending`, `descending` or `none`.
        rank: Its place in a sort by several columns, 0 where it is the only one.
        sort_url: Sorts by it alone; empty where it has no order.
        word: How `sort=` names it.
        filter_url: A condition about it; empty where it cannot be filtered.
        draw: Turns a value into markup.
        width: In pixels.
        place: Its part of a card on a phone: `title`, `end`, `sub`, `status`, or empty.
        unit: The currency that the head names.
        said: What stands before its values on that card, where they alone would say nothing: a bare number, yes or no.
    """

    name: str
    path: tuple[str, ...]
    title: str
    glyph: str
    css: str
    sorted: str
    rank: int
    sort_url: str
    word: str
    filter_url: str
    draw: Cell
    width: int
    kind: str
    place: str = ""
    unit: str = ""
    said: str = ""


class Ways(NamedTuple):
    """The addresses that differ from column to column: sorted by it, and with a condition about it."""

    sort: Callable[[str], str]
    add: Callable[[str], str]


def default_names(resource: Resource, shows: Callable[[str], bool]) -> tuple[str, ...]:
    """Return the columns that a list has where nobody chose others."""
    names = resource.list_fields or tuple(field.name for field in resource.fields if not field.tucked)[:8]
    return tuple(name for name in names if name in resource.by_name and shows(name))


def wanted_names(query: ListQuery, resource: Resource, shows: Callable[[str], bool]) -> tuple[str, ...]:
    """Return the columns that the address asks for, else the table's own."""
    return tuple(dict.fromkeys(listed_paths(query.fields))) or default_names(resource, shows)


def listed(names: tuple[str, ...]) -> str:
    """Return *names* as `fields=` takes them."""
    return ",".join(name if "." in name and "`" not in name and "," not in name else written(name) for name in names)


def written(name: str) -> str:
    """Return one column's name as it stands in a list by comma: odd ones in backquotes."""
    return name if "`" in name or name.isidentifier() else join_path((name,))


def path_of(name: str, resource: Resource) -> tuple[str, ...]:
    """Return the way to the column called *name*."""
    return (name,) if name in resource.by_name else split_path(name)


def found(path: tuple[str, ...], resource: Resource, sight: Sight, shows: Callable[[str], bool]) -> Field:
    """Return the field at the end of *path*; one of our own may be masked.

    Raises:
        UnknownField: it is not there, or the actor may not know of it.
    """
    if len(path) == 1:
        field = resource.by_name.get(path[0])
        if field is None or not shows(field.name):
            raise UnknownField(path[0], resource.name, [one.name for one in resource.fields if shows(one.name)])
        return field
    return sight.way(resource, path).field


def columns(
    listing: Listing, names: tuple[str, ...], sight: Sight, kinds: Callable[[str], FieldKind], locale: Locale,
    query: ListQuery,
) -> list[Column]:  # fmt: skip
    """Return the columns called *names*, headed and ready to draw."""
    resource, decision = listing.resource, listing.decision
    ways = Ways(query.varying("sort"), query.varying("add", "filter"))
    made = []
    for name in names:
        path = path_of(name, resource)
        field = found(path, resource, sight, decision.shows)
        made.append(_column(listing, name, path, field, kinds(field.kind), locale, query, ways, sight))
    return placed(made, resource)


def _column(
    listing: Listing, name: str, path: tuple[str, ...], field: Field, kind: FieldKind, locale: Locale,
    query: ListQuery, ways: Ways, sight: Sight,
) -> Column:  # fmt: skip
    resource, near = listing.resource, len(path) == 1
    reads = listing.decision.reads(name) if near else True
    sorts = reads and field.askable and family(field.kind) in SORTABLE and not (field.secret or field.encrypted)
    word = written(name) if near else name
    order = query.sorts or resource.sort
    state, rank = direction(name, order)
    unit = field.unit if kind.name == "money" and field.unit else ""
    shown = replace(field, unit=None) if unit else field
    draw = drawn(shown, kind, locale, listing.page.labels if near else {}, resource)
    title = field.title if near else " › ".join(titles(path, resource, sight))
    numeric = kind.align == "end" and not field.relation
    symbol = formats.SYMBOLS.get(unit, unit).strip()
    return Column(
        name, path, title, "link" if field.relation or not near else kind.glyph, "is-num" if numeric else "", state,
        rank if len(order) > 1 else 0,
        ways.sort(f"-{word}" if state == "ascending" else word) if sorts else "",
        word,
        ways.add(join_path(path)) if reads and field.askable and family(field.kind) in FILTERED else "",
        draw, width(field, kind, title, names=(name,) == resource.title_fields), kind.name, "",
        "" if symbol in title else symbol,
    )  # fmt: skip


def direction(name: str, order: tuple[str, ...]) -> tuple[str, int]:
    """Return how *order* sorts by *name*, and as which one."""
    for at, part in enumerate(order, 1):
        if part == name:
            return "ascending", at
        if part == f"-{name}":
            return "descending", at
    return "none", 0


def titles(path: tuple[str, ...], resource: Resource, sight: Sight) -> list[str]:
    """Return what people read along *path*."""
    way = sight.way(resource, path)
    return [*(relation.title for relation in way.relations), way.field.title]


def width(field: Field, kind: FieldKind, title: str, *, names: bool = False) -> int:
    """Return how wide a column begins: by its kind, and so that its head fits; wide where it *names* the row."""
    usual = 176 if field.relation else WIDTHS.get(kind.name, WIDTHS["long_text"] if names else 176)
    if kind.name == "text" and not field.relation and field.max_length:
        usual = min(232, max(88, 40 + 7 * min(field.max_length, 24)))
    return min(280, max(usual, 58 + round(7.2 * len(title))))


def placed(made: list[Column], resource: Resource) -> list[Column]:
    """Say which columns make the card of a row on a phone: at most four."""
    free = dict.fromkeys(one.name for one in made)
    by_name = {one.name: one for one in made}
    places: dict[str, str] = {}

    def take(place: str, *wishes: Callable[[Column], bool]) -> None:
        for wish in wishes:
            name = next((one for one in free if wish(by_name[one])), None)
            if name is not None:
                places[name] = place
                del free[name]
                return

    take("title", _any)  # the first column is the one that leads to the row
    take("status", lambda one: one.kind == "enum", lambda one: one.kind == "boolean")
    take("end", lambda one: one.kind == "money", lambda one: one.css == "is-num" and one.name not in resource.key)
    take(
        "sub",
        lambda one: one.name in resource.title_fields,
        lambda one: one.glyph == "link",
        lambda one: one.kind in ("datetime", "date"),
        lambda one: not one.css,
        _any,
    )
    for one in made:
        one.place = places.get(one.name, "")
        bare = one.css == "is-num" and one.kind not in ("money", "percent")
        if one.place not in ("", "title") and (bare or one.kind == "boolean") and len(one.title) <= MOST_SAID:
            one.said = one.title
    return made


def _any(_column: Column) -> bool:
    return True


def drawn(
    field: Field,
    kind: FieldKind,
    locale: Locale,
    labels: Mapping[str, Mapping[str, str]],
    resource: Resource,
    *,
    short: bool = True,
) -> Cell:
    """Return what draws the values of *field*: a relation as a link, everything else by its kind."""
    plain = cell_of(field, kind, locale, short=short)
    relation = resource.relations_by_name.get(field.relation or "")
    if relation is None:
        return plain
    far = f"{locale.base}/s/{segment(resource.source)}/{segment(relation.to)}"
    known = labels.get(relation.name, {})

    def draw(value: Any) -> Markup:
        return link_cell(known, far, value, plain)

    return draw
