"""The list page: columns, rows, chips, the pager, and the addresses of everything that can be clicked."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from markupsafe import Markup

from nexus_admin.actions.rows.listing import Listing
from nexus_admin.domain.address import segment
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.field_kind import FieldKind, Locale
from nexus_admin.domain.resource import Resource
from nexus_admin.domain.row import LAST
from nexus_admin.language.paths import Sight
from nexus_admin.language.url import write
from nexus_admin.screens.lists.chips import Chip, chips
from nexus_admin.screens.lists.columns import Column, columns, drawn, titles
from nexus_admin.screens.lists.missed import Missed, missed
from nexus_admin.screens.lists.query import SIZES, ListQuery, with_query
from nexus_admin.screens.lists.rows import body

__all__ = ["ListPage", "drawn", "list_page", "with_query"]


@dataclass(frozen=True, slots=True)
class Pager:
    """Where one can go from a page; empty addresses are not offered."""

    first: str
    previous: str
    next: str
    last: str
    number: int
    said: str
    sizes: list[tuple[int, str, bool]]


@dataclass(frozen=True, slots=True)
class Loosening:
    """One condition that may be dropped where nothing matches: what it says, the list without it, and its count."""

    verb: str
    text: str
    url: str
    count_url: str


@dataclass(frozen=True, slots=True)
class ListPage:
    """What the list's template draws.

    Args:
        resource: What is listed.
        query: The state of the page.
        path: The list's address.
        columns: In order.
        default_count: How many columns the table has in all.
        body: The rows.
        count: How many rows there are on this page.
        chips: Parts of the filter.
        chip_urls: For each chip the list without it, and the builder with it.
        sort_said: What the list is sorted by, for people.
        pager: Where one can go.
        loosen: What may be dropped where nothing matches.
        missed: Where words that were not found were looked for, and where else to look; None without words.
        picks: Whether rows can be ticked.
        ruled: Whether a rule leaves out rows, so that no row here may mean none for this actor.
        took_ms: Time in the database.
    """

    resource: Resource
    query: ListQuery
    path: str
    columns: list[Column]
    fields: int
    body: Markup
    count: int
    chips: list[Chip]
    chip_urls: list[tuple[str, str]]
    sort_said: str
    pager: Pager
    loosen: list[Loosening]
    missed: Missed | None
    picks: bool
    ruled: bool
    took_ms: float


def list_page(
    listing: Listing, query: ListQuery, names: tuple[str, ...], kinds: Callable[[str], FieldKind], locale: Locale,
    decide: Callable[[str], Decision], *, picks: bool = False,
) -> ListPage:  # fmt: skip
    """Turn rows into what the template draws.

    Args:
        listing: The rows and what was asked for.
        query: The state of the page.
        names: The columns to show.
        kinds: Field kinds by name.
        locale: Where the reader is.
        decide: What the actor may list of each resource.
        picks: Whether something can be done with many rows.
    """
    resource, schema = listing.resource, listing.schema
    sight = Sight(schema, decide)
    shown = columns(listing, names, sight, kinds, locale, query)
    where = listing.request.where
    parts = chips(where, schema, resource, kinds, lambda expr: write(expr, schema, resource.name))
    urls = [(query.url(filter=chip.without), query.url("filter", at=str(at))) for at, chip in enumerate(parts)]
    empty = not listing.page.rows
    picks = picks and bool(resource.key)
    return ListPage(
        resource, query, query.path, shown, sum(1 for one in resource.fields if listing.decision.shows(one.name)),
        body(listing.page, shown, segment(resource.name), picks=picks, state=query.carried),
        len(listing.page.rows), parts, urls,
        sort_said(query.sorts or resource.sort, resource, sight), pager(listing, query),
        loosening(query, parts) if empty else [],
        missed(listing, query, [one.path for one in shown], sight, locale.base, decide) if empty else None, picks,
        listing.decision.rows is not None, listing.page.took_ms,
    )  # fmt: skip


def pager(listing: Listing, query: ListQuery) -> Pager:
    """Return where one can go from here, and which rows these are."""
    page = listing.page
    number = query.page or (0 if query.after else 1)
    before = str(number - 1) if number > 2 else ""
    previous = query.url() if number == 2 else query.url(after=page.previous or "", page=before)
    onward = query.url(after=page.next or "", page=str(number + 1) if number else "")
    start, count = query.begins_at, len(page.rows)
    sizes = sorted({*SIZES, query.usual, query.limit})
    return Pager(
        query.url() if page.previous or number > 1 else "", previous if page.previous else "",
        onward if page.next else "", query.url(after=LAST, page="") if page.next and listing.resource.key else "",
        number, f"{start:,}–{start + count - 1:,}" if start and count else f"{count:,}",
        [(size, query.url(limit=str(size) if size != query.usual else ""), size == query.limit) for size in sizes],
    )  # fmt: skip


def sort_said(order: tuple[str, ...], resource: Resource, sight: Sight) -> str:
    """Return what a list is sorted by: `Placed, newest first`."""
    if not order:
        return ""
    name = order[0].removeprefix("-")
    down = order[0].startswith("-")
    field = resource.by_name.get(name)
    title = field.title if field else " › ".join(titles(tuple(name.split(".")), resource, sight))
    kind = field.kind if field else ""
    if kind in ("date", "datetime"):
        way = "newest first" if down else "oldest first"
    else:
        way = "descending" if down else "ascending"
    more = f" + {len(order) - 1}" if len(order) > 1 else ""
    return f"{title}, {way}{more}"


def loosening(query: ListQuery, parts: list[Chip]) -> list[Loosening]:
    """Return each condition that could be dropped; one alone is dropped by clearing."""
    found = []
    for chip in parts:
        rest = {"filter": chip.without, "search": query.search}
        text = " ".join(part for part in (" › ".join(chip.path), chip.op, chip.value) if part)
        found.append(_loosened("Remove", text, query, rest))
    if query.search:
        found.append(_loosened("Stop searching for", f"“{query.search}”", query, {"filter": query.filter}))
    return found if len(found) > 1 else []


def _loosened(verb: str, text: str, query: ListQuery, rest: Mapping[str, str]) -> Loosening:
    kept = {**query.kept, **rest}
    return Loosening(verb, text, with_query(query.path, kept), with_query(f"{query.path}/~count", rest))
