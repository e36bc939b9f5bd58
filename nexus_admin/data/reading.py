"""Reading rows: a page of a list, one row, and what belongs to a row along a relation."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any

from nexus_admin.data import asking
from nexus_admin.data.labels import titles_by
from nexus_admin.data.paging import page
from nexus_admin.data.plans import Plan, plan
from nexus_admin.data.scope import Scope
from nexus_admin.data.values.keys import key_of
from nexus_admin.domain.errors import BadRequest
from nexus_admin.domain.expression import And, Comparison, Expression, Quantified, both
from nexus_admin.domain.resource import Relation, Resource
from nexus_admin.domain.row import ListRequest, Row, RowPage
from nexus_admin.language.names import join_path


def list_rows(scope: Scope, name: str, request: ListRequest) -> RowPage:
    """Return one page, with the titles of the rows that it points to: one statement, and one for each relation."""
    resource = scope.resource(name)
    reading = plan(scope, name, "row.list", request.fields, lists=True)
    began = time.perf_counter()
    found = page(scope, resource, request, reading.paths)
    labels = _labels(scope, reading, found.raws)
    took = (time.perf_counter() - began) * 1000
    return RowPage(
        reading.rows(scope, found.raws),
        _keys(reading, found.raws),
        labels,
        found.next,
        found.previous,
        found.sort,
        took,
    )


def one_row(scope: Scope, name: str, segment: str, action: str = "row.read") -> Row:
    """Return one row, as far as the actor may see it.

    Raises:
        NotFound: it is not there, or not for this actor.
    """
    resource = scope.resource(name)
    reading = plan(scope, name, action)
    raw = asking.one(scope, resource, action, segment, reading.paths)
    if raw is None:
        raise scope.absent(resource, segment)
    return reading.rows(scope, [raw])[0]


def related_rows(scope: Scope, name: str, segment: str, relation: str, request: ListRequest) -> RowPage:
    """Return one page of what belongs to a row along a to-many relation."""
    return list_rows(scope, *related_request(scope, name, segment, relation, request))


def related_request(
    scope: Scope, name: str, segment: str, relation: str, request: ListRequest
) -> tuple[str, ListRequest]:
    """Return the far resource, and *request* narrowed to what belongs to a row along a to-many relation."""
    resource = scope.resource(name)
    way = resource.relation(relation)
    if not way.many:
        raise BadRequest(f"{way.title} leads to one row: open that row instead.")
    row = one_row(scope, name, segment)
    return way.to, replace(request, where=both(request.where, _belongs(scope, resource, way, row)))


def _belongs(scope: Scope, resource: Resource, way: Relation, row: Row) -> Expression:
    """Return the condition that a far row belongs to *row* along *way*."""
    if way.through is None:
        return And(tuple(_equals((theirs,), row, ours, resource) for ours, theirs in way.pairs))
    back = way.inverse
    if back is None or back not in scope.resource(way.to).relations_by_name:
        raise BadRequest(f"{way.title} cannot be followed: nothing leads back from there.")
    names = resource.key or tuple(ours for ours, _ in way.through.near)
    return Quantified("any", (back,), And(tuple(_equals((one,), row, one, resource) for one in names)))


def _equals(path: tuple[str, ...], row: Row, ours: str, resource: Resource) -> Comparison:
    if ours not in row:
        raise BadRequest(f"{resource.title}: you may not read {join_path((ours,))}, which ties these rows together.")
    value = row[ours]
    return Comparison(path, "is_null" if value is None else "eq", value)


def _keys(reading: Plan, raws: Sequence[Sequence[Any]]) -> list[str | None]:
    places = reading.key
    if not places:
        return [None] * len(raws)
    if len(places) == 1:
        place = places[0]
        return [str(raw[place]) if type(raw[place]) is int else key_of((raw[place],)) for raw in raws]
    return [key_of([raw[place] for place in places]) for raw in raws]


def _labels(scope: Scope, reading: Plan, raws: Sequence[Sequence[Any]]) -> Mapping[str, Mapping[str, str]]:
    """Return the titles of the rows that a page points to, for the relations that it shows."""
    found: dict[str, Mapping[str, str]] = {}
    for relation, places in reading.ties:
        wanted: set[tuple[Any, ...]] = set(zip(*(map(itemgetter(place), raws) for place in places), strict=True))
        known = titles_by(scope, relation, wanted)
        if known is not None:
            found[relation.name] = known
    return found
