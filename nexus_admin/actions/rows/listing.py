"""Reading rows: `row.list` and what goes with it: the count, pickers, facets, related rows."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from nexus_admin.access import Access
from nexus_admin.actions.rows.describing import known_relation
from nexus_admin.actions.unit import Unit
from nexus_admin.data.picking import Option
from nexus_admin.domain.action import Action
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import BadExpression, BadRequest
from nexus_admin.domain.expression import Expression
from nexus_admin.domain.resource import Relation, Resource, Schema
from nexus_admin.domain.row import ListRequest, RowCount, RowPage
from nexus_admin.language.names import listed_paths
from nexus_admin.language.url import read_filter

MAX_PAGE = 1000


class ListInput(BaseModel):
    """What a list asks for, as it stands in an address."""

    model_config = ConfigDict(extra="forbid")

    filter: str | dict[str, Any] | None = Field(None, description="Text or JSON form of the expression language.")
    search: str = Field("", max_length=500, description="Words that the search fields must contain.")
    sort: str = Field("", max_length=500, description="`-placed_at,id`.")
    fields: str = Field("", max_length=5000, description="Names or to-one paths, by comma; empty for all.")
    limit: int = Field(50, ge=1, le=MAX_PAGE)
    after: str | None = Field(None, max_length=4000, description="A cursor that a page gave, or `last`.")
    offset: int = Field(0, ge=0, le=10_000_000)


class CountInput(ListInput):
    """Which rows to count, and how well."""

    how: Literal["estimate", "capped", "exact"] = "capped"


class PickInput(BaseModel):
    """What a picker asks for."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field("", max_length=200)
    limit: int = Field(20, ge=1, le=100)


class FacetInput(BaseModel):
    """Whose values to list."""

    model_config = ConfigDict(extra="forbid")

    field: str
    limit: int = Field(50, ge=1, le=200)


class RelatedInput(ListInput):
    """Which relation of the target's row to follow."""

    relation: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of rows with all that a screen needs to draw it.

    Args:
        schema: The source's schema.
        resource: What is listed.
        decision: What the actor may see of it.
        request: What was asked for, parsed.
        page: The rows.
        relation: Where it lists what belongs to one row: the way that was followed.
    """

    schema: Schema
    resource: Resource
    decision: Decision
    request: ListRequest
    page: RowPage
    relation: Relation | None = None


def parse_filter(unit: Unit, resource: str, given: str | dict[str, Any] | None) -> Expression | None:
    """Read a filter in either form; None for none. The same text is read once for a schema.

    Raises:
        BadExpression: names the part that is wrong and its nearest neighbour.
    """
    if not given:
        return None
    assert unit.source is not None
    snapshot = unit.source.snapshot
    if not isinstance(given, str):
        return read_filter(given, snapshot.schema, resource)
    try:
        return snapshot.once(("filter", resource, given), lambda: read_filter(given, snapshot.schema, resource))
    except BadExpression:
        # What is wrong is said anew as this actor may know it: by no field, kind or choice that is hidden from them.
        return read_filter(given, snapshot.schema, resource, lambda name: unit.decide("row.list", name))


def list_request(unit: Unit, resource: str, data: ListInput) -> ListRequest:
    """Turn the texts of an address into a request."""
    if data.after and data.offset:
        raise BadRequest("Give either `after` or `offset`, not both.")
    return ListRequest(
        where=parse_filter(unit, resource, data.filter),
        search=data.search.strip(),
        sort=listed_paths(data.sort),
        fields=listed_paths(data.fields),
        limit=data.limit,
        cursor=data.after or None,
        offset=data.offset,
    )


def list_rows(unit: Unit, data: ListInput) -> Listing:
    """Return one page."""
    schema, resource = _here(unit)
    request = list_request(unit, resource.name, data)
    page = unit.all_rows.list(resource.name, request)
    return Listing(schema, resource, unit.decision, request, page)


def count_rows(unit: Unit, data: CountInput) -> RowCount:
    """Count what a list would show."""
    _, resource = _here(unit)
    return unit.all_rows.count(resource.name, list_request(unit, resource.name, data), data.how)


def pick_rows(unit: Unit, data: PickInput) -> list[Option]:
    """Return rows to choose from, by their titles."""
    _, resource = _here(unit)
    return unit.all_rows.pick(resource.name, data.text, data.limit)


def list_facets(unit: Unit, data: FacetInput) -> list[tuple[Any, int]]:
    """Return the most frequent values of a field with their counts."""
    _, resource = _here(unit)
    return unit.all_rows.facets(resource.name, data.field, data.limit)


def list_related(unit: Unit, data: RelatedInput) -> Listing:
    """Return one page of what belongs to the target's row, along a relation."""
    schema, resource = _here(unit)
    relation = known_relation(unit.service(Access), unit.actor, schema, resource, data.relation)
    request = list_request(unit, relation.to, data)
    page = unit.all_rows.related(resource.name, unit.target.key or "", relation.name, request)
    decision = unit.decide("row.list", relation.to)
    return Listing(schema, schema.resource(relation.to), decision, request, page, relation)


def _here(unit: Unit) -> tuple[Schema, Resource]:
    assert unit.source is not None
    schema = unit.source.schema
    return schema, schema.resource(unit.target.resource or "")


ACTIONS = (
    Action("row.list", ListInput, list_rows, "List", on="resource", writes=False),
    Action("row.count", CountInput, count_rows, "Count", "row.list", on="resource", writes=False),
    Action("row.pick", PickInput, pick_rows, "Pick", "row.list", on="resource", writes=False),
    Action("row.facets", FacetInput, list_facets, "Values", "row.list", on="resource", writes=False),
    Action("row.related", RelatedInput, list_related, "Related", "row.read", on="row", writes=False),
)
