"""A search that finds nothing: where it looked, where else to look, and the words as a filter."""

from __future__ import annotations

from collections.abc import Iterable

from nexus_admin.actions.rows.listing import Listing
from nexus_admin.domain.address import segment
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadExpression
from nexus_admin.domain.expression import And, Expression, Not, Or, Search
from nexus_admin.domain.resource import Relation
from nexus_admin.language.paths import Decide, Sight
from nexus_admin.language.text import parse
from nexus_admin.language.url import write
from nexus_admin.screens.lists.query import ListQuery, with_query


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another list to look in: its title, its address with the same words, and how many rows it has then."""

    title: str
    url: str
    count_url: str


@dataclass(frozen=True, slots=True)
class Missed:
    """A search that found nothing.

    Args:
        titles: Of the columns that were searched, as far as the reader may read them.
        elsewhere: The tables that columns of this list lead to, as far as the reader may list them.
        as_filter: This list with the words as conditions; empty where they are none.
    """

    titles: list[str]
    elsewhere: list[Elsewhere]
    as_filter: str


def missed(
    listing: Listing, query: ListQuery, paths: Iterable[tuple[str, ...]], sight: Sight, base: str, decide: Decide
) -> Missed | None:
    """Return what to say of a search that found nothing, None where nothing was searched.

    Args:
        listing: What was asked for.
        query: The state of the page.
        paths: The columns of the list.
        sight: What the reader may see.
        base: Before every address.
        decide: What the reader may list of each resource.
    """
    if not query.search:
        return None
    titles = [one.title for one in sight.searched(listing.resource)]
    return Missed(titles, _elsewhere(listing, query, paths, sight, base), _as_filter(listing, query, decide))


def _elsewhere(
    listing: Listing, query: ListQuery, paths: Iterable[tuple[str, ...]], sight: Sight, base: str
) -> list[Elsewhere]:
    """Return each list, but this one, that a column leads to and in which something can be searched."""
    found: dict[str, Elsewhere] = {}
    for path in paths:
        for relation in _relations(listing, path, sight):
            far = sight.far(relation)
            if far.name == listing.resource.name or far.name in found or not sight.searched(far):
                continue
            address = f"{base}/s/{segment(far.source)}/{segment(far.name)}"
            words = {"search": query.search}
            found[far.name] = Elsewhere(far.title, with_query(address, words), with_query(f"{address}/~count", words))
    return list(found.values())


def _relations(listing: Listing, path: tuple[str, ...], sight: Sight) -> tuple[Relation, ...]:
    """Return the ways that a column goes: the relations of its path, or the one whose label it shows."""
    resource = listing.resource
    if len(path) > 1:
        return sight.to_one(resource, path[:-1], path)
    relation = resource.relations_by_name.get(resource.by_name[path[0]].relation or "")
    return (relation,) if relation is not None and sight.follows(resource, relation) else ()


def _as_filter(listing: Listing, query: ListQuery, decide: Decide) -> str:
    """Return the list with the words as a filter, beside the one it has; empty where they hold no condition."""
    schema, resource = listing.schema, listing.resource.name
    try:
        meant = parse(query.search, schema, resource, decide)
        if not _conditional(meant):
            return ""
        where = listing.request.where
        both = meant if where is None else And((where, meant))
        return query.url(filter=write(both, schema, resource), search="")
    except BadExpression:
        return ""


def _conditional(expr: Expression) -> bool:
    """Whether *expr* says more than words to search for."""
    if isinstance(expr, And | Or):
        return any(map(_conditional, expr.items))
    return _conditional(expr.item) if isinstance(expr, Not) else not isinstance(expr, Search)
