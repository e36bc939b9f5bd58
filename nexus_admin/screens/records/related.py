"""What belongs to one row along a relation, as a small list of its own: columns, lines, and where each leads."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from nexus_admin.actions.rows.listing import Listing
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.expression import And, Comparison, Expression, Quantified
from nexus_admin.domain.field_kind import FieldKind, Locale
from nexus_admin.domain.resource import Field, Relation
from nexus_admin.domain.row import Masked, Row
from nexus_admin.domain.target import Target
from nexus_admin.language.url import write
from nexus_admin.screens.lists.columns import drawn
from nexus_admin.screens.lists.query import with_query
from nexus_admin.screens.records.page import Kinds

BRIEF = 3
"""Columns that fit into the drawer beside a list."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column."""

    title: str
    glyph: str
    css: str
    sorted: str
    sort_url: str


@dataclass(frozen=True, slots=True)
class RelatedLine:
    """One row: its key, its address, and its cells."""

    key: str
    url: str
    cells: list[tuple[str, Markup]]


@dataclass(frozen=True, slots=True)
class RelatedList:
    """What the template of a related list draws.

    Args:
        relation: The way that was followed.
        heads: Its columns.
        lines: Its rows.
        next_url, previous_url: Where its other pages are, or "".
        list_url: The same rows as a list of their own, or "" where no filter says so.
        new_url: The form of a new row that belongs here, or "".
        far_url: The far resource's own list.
        search: What is searched for.
        fits: Whether the far rows can be tied to this one, through a join table.
    """

    relation: Relation
    heads: list[Head]
    lines: list[RelatedLine]
    next_url: str
    previous_url: str
    list_url: str
    new_url: str
    far_url: str
    search: str
    fits: bool


def related_list(
    listing: Listing,
    kinds: Kinds,
    locale: Locale,
    row: Row,
    path: str,
    query: Mapping[str, str],
    may_create: bool,
    *,
    brief: bool = False,
) -> RelatedList:
    """Turn related rows into what the template draws.

    Args:
        listing: The rows.
        kinds: Field kinds by name.
        locale: Where the reader is.
        row: The row that they belong to.
        path: Its address.
        query: The query of the page: which tab, its sort, search and page.
        may_create: Whether the actor may add rows there.
        brief: Only the most telling columns, none of which sorts.
    """
    relation, resource = listing.relation, listing.resource
    assert relation is not None
    fields = _brief(_fields(listing, relation)) if brief else _fields(listing, relation)
    far = f"{locale.base}{Target(resource.source, resource.name).path}"
    draws = [(field, drawn(field, kinds(field.kind), locale, listing.page.labels, resource)) for field in fields]
    lines = [
        RelatedLine(
            key or "",
            f"{far}/{key}" if key else "",
            [(_css(field, kinds), draw(one.get(field.name))) for field, draw in draws],
        )
        for one, key in zip(listing.page.rows, listing.page.keys, strict=True)
    ]
    asked = {name: query.get(name, "") for name in ("tab", "list", "sort", "search")}
    filtered = filter_of(listing, row)
    return RelatedList(
        relation, [_head(listing, field, kinds, path, asked, sorts=not brief) for field in fields], lines,
        with_query(path, asked, after=listing.page.next) if listing.page.next else "",
        with_query(path, asked, after=listing.page.previous) if listing.page.previous else "",
        with_query(far, {"filter": filtered}) if filtered else "",
        with_query(f"{far}/new", _preset(relation, row)) if may_create and relation.through is None else "",
        far, asked["search"], relation.through is not None,
    )  # fmt: skip


def filter_of(listing: Listing, row: Row) -> str:
    """Return the filter, as text, that finds the same rows in the far resource's own list; "" where none does."""
    relation = listing.relation
    assert relation is not None
    where: Expression
    if relation.through is None:
        where = And(tuple(Comparison((theirs,), "eq", row.get(ours)) for ours, theirs in relation.pairs))
        used = [row.get(ours) for ours, _ in relation.pairs]
    elif relation.inverse and relation.inverse in listing.resource.relations_by_name:
        names = [ours for ours, _ in relation.through.near]
        used = [row.get(name) for name in names]
        inner = tuple(Comparison((name,), "eq", row.get(name)) for name in names)
        where = Quantified("any", (relation.inverse,), And(inner))
    else:
        return ""
    if any(value is None or isinstance(value, Masked) for value in used):
        return ""
    return write(where, listing.schema, listing.resource.name)


def _fields(listing: Listing, relation: Relation) -> list[Field]:
    """Return the columns: those of the far resource's list, without what says only that the rows belong here."""
    resource = listing.resource
    back = {theirs for _, theirs in relation.pairs}
    names = [name for name in resource.list_fields or [one.name for one in resource.fields[:8]] if name not in back]
    known = resource.by_name
    found = [known[name] for name in names if name in known and listing.decision.shows(name)]
    return found or [one for one in resource.fields if listing.decision.shows(one.name)][:1]


def _brief(fields: list[Field]) -> list[Field]:
    """Return what fits beside a list: without the numbers that the database gives where others say more."""
    telling = [one for one in fields if not one.key or one.kind not in ("integer", "uuid")]
    return (telling or fields)[:BRIEF]


def _head(
    listing: Listing, field: Field, kinds: Kinds, path: str, asked: Mapping[str, str], *, sorts: bool = True
) -> Head:
    kind: FieldKind = kinds(field.kind)
    first = listing.page.sort[0] if listing.page.sort else ""
    state = {field.name: "ascending", f"-{field.name}": "descending"}.get(first, "none")
    wanted = f"-{field.name}" if state == "ascending" else field.name
    url = with_query(path, asked, sort=wanted) if sorts and listing.decision.reads(field.name) else ""
    return Head(field.title, "link" if field.relation else kind.glyph, _css(field, kinds), state, url)


def _css(field: Field, kinds: Kinds) -> str:
    return "is-num" if kinds(field.kind).align == "end" and not field.relation else ""


def _preset(relation: Relation, row: Row) -> dict[str, str]:
    """Return what the form of a new row is opened with, so that it belongs here."""
    return {f"set.{theirs}": _text(row.get(ours)) for ours, theirs in relation.pairs}


def _text(value: object) -> str:
    return "" if value is None or isinstance(value, Masked) else str(value)
