"""The list page: columns, cells, chips and the addresses of sorting and paging."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup

from nexus_admin.actions.listing import Listing
from nexus_admin.domain.address import segment
from nexus_admin.domain.field_kind import FieldKind, Locale
from nexus_admin.domain.resource import Field, Resource
from nexus_admin.screens.cells import Cell, cell_of, link_cell


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its head, and how its values are drawn."""

    name: str
    title: str
    glyph: str
    css: str
    sorted: str
    sort_url: str
    draw: Cell


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its key's address and its cells in the order of the columns."""

    url: str | None
    cells: list[tuple[str, Markup]]


@dataclass(frozen=True, slots=True)
class ListPage:
    """What the list's template draws."""

    resource: Resource
    path: str
    columns: list[Column]
    lines: list[Line]
    next_url: str | None
    previous_url: str | None
    took_ms: float


def shown_fields(listing: Listing) -> list[Field]:
    """Return the fields of the list's columns that the actor may know of."""
    names = listing.resource.list_fields or tuple(field.name for field in listing.resource.fields[:8])
    known = listing.resource.by_name
    return [known[name] for name in names if name in known and listing.decision.shows(name)]


def list_page(
    listing: Listing, kinds: Callable[[str], FieldKind], locale: Locale, query: Mapping[str, str]
) -> ListPage:
    """Turn rows into what the template draws.

    Args:
        listing: The rows and what was asked for.
        kinds: Field kinds by name.
        locale: Where the reader is.
        query: The address's query string; it holds the whole state of the page.
    """
    resource = listing.resource
    path = f"{locale.base}/s/{segment(resource.source)}/{segment(resource.name)}"
    columns = [_column(listing, field, kinds(field.kind), locale, path, query) for field in shown_fields(listing)]
    lines = [
        Line(f"{path}/{key}" if key is not None else None, [(c.css, c.draw(row.get(c.name))) for c in columns])
        for row, key in zip(listing.page.rows, listing.page.keys, strict=True)
    ]
    return ListPage(
        resource, path, columns, lines,
        with_query(path, query, after=listing.page.next) if listing.page.next else None,
        with_query(path, query, after=listing.page.previous) if listing.page.previous else None,
        listing.page.took_ms,
    )  # fmt: skip


def with_query(path: str, query: Mapping[str, str], **changes: str | None) -> str:
    """Return *path* with the query string changed; a value of None or "" is left out."""
    kept = {key: value for key, value in {**query, **changes}.items() if value}
    return f"{path}?{urlencode(kept)}" if kept else path


def _column(
    listing: Listing, field: Field, kind: FieldKind, locale: Locale, path: str, query: Mapping[str, str]
) -> Column:
    sort = listing.page.sort[0] if listing.page.sort else ""
    state = {field.name: "ascending", f"-{field.name}": "descending"}.get(sort, "none")
    wanted = f"-{field.name}" if state == "ascending" else field.name
    url = with_query(path, query, sort=wanted, after=None) if listing.decision.reads(field.name) else ""
    draw = drawn(field, kind, locale, listing.page.labels, listing.resource)
    css = "is-num" if kind.align == "end" and not field.relation else ""
    return Column(field.name, field.title, "link" if field.relation else kind.glyph, css, state, url, draw)


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
    titles = labels.get(relation.name, {})

    def draw(value: Any) -> Markup:
        return link_cell(titles, far, value, plain)

    return draw
