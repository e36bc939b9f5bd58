"""`?expand=`: related rows sent along, under the same rights as if they had been asked for by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nexus_admin.actions.plain import to_json
from nexus_admin.actions.rows.describing import known_relation
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadRequest, titled
from nexus_admin.domain.resource import Relation, Resource
from nexus_admin.domain.row import Masked, Row
from nexus_admin.domain.target import Target
from nexus_admin.language.names import join_path, listed_paths
from nexus_admin.web.api.call import ApiCall

MOST = 5
"""Relations that one request may expand."""
MANY = 50
"""Rows of a to-many relation that are sent along; the others are on pages of their own."""
PART = 500
"""Values that are looked for at a time."""


@dataclass(frozen=True, slots=True)
class Expansion:
    """What one relation leads to, for each row in its order."""

    relation: Relation
    found: list[Any]


def lent_fields(call: ApiCall, fields: str) -> list[str]:
    """Return what a list must fetch besides the *fields* that were asked for, so that `expand` can be answered.

    Nothing where all fields come anyway, or where the actor may not read what a relation hangs on.
    """
    source, table = call.kernel.sources.get(call.target.source), call.target.resource
    resource = source.schema.resources.get(table or "")
    names = _names(call)
    if not fields or not names or resource is None:
        return []
    asked = set(listed_paths(fields))
    decision = call.kernel.access.decide(call.actor, "row.list", source.name, resource)
    near = [
        pair[0] for one in resource.relations if one.name in names and not one.many for pair in one.pairs
    ]  # fmt: skip
    return [name for name in dict.fromkeys(near) if name not in asked and decision.reads(name)]


def _names(call: ApiCall) -> dict[str, None]:
    return dict.fromkeys(name.strip() for name in call.query.get("expand", "").split(",") if name.strip())


@titled("What to expand cannot be understood")
def expansions(call: ApiCall, resource: Resource, rows: Sequence[Row], *, many: bool) -> list[Expansion]:
    """Return what `expand` asks for: one statement for each relation.

    Args:
        call: The request.
        resource: What the rows are.
        rows: As the actor may see them.
        many: Whether to-many relations can be followed too: for a single row.

    Raises:
        UnknownField: there is no such relation.
        BadRequest: too many, or a to-many relation of a whole list.
        Forbidden: the far table is not for this actor.
    """
    names = _names(call)
    if len(names) > MOST:
        raise BadRequest(f"`expand` names {len(names)} relations. At most {MOST} are followed.")
    schema = call.kernel.sources.get(resource.source).schema
    found = []
    for name in names:
        relation = known_relation(call.kernel.access, call.actor, schema, resource, name)
        if not relation.many:
            found.append(Expansion(relation, _one(call, resource, relation, rows)))
        elif many:
            found.append(Expansion(relation, [_many(call, relation)]))
        else:
            raise BadRequest(f"{relation.title} leads to many rows: expand it on a single row.")
    return found


def _many(call: ApiCall, relation: Relation) -> dict[str, Any]:
    listing = call.perform("row.related", call.target, {"relation": relation.name, "limit": MANY})
    return {"rows": [to_json(row) for row in listing.page.rows], "keys": listing.page.keys, "next": listing.page.next}


def _one(call: ApiCall, resource: Resource, relation: Relation, rows: Sequence[Row]) -> list[Any]:
    """Return the far row of each row, None where there is none, or none for this actor."""
    ours, theirs = [near for near, _ in relation.pairs], [far for _, far in relation.pairs]
    for name in ours:
        if any(name not in row or isinstance(row[name], Masked) for row in rows):
            raise BadRequest(f"{relation.title} cannot be expanded without {name}: ask for that field too.")
    wanted = dict.fromkeys(_told(row, ours) for row in rows)
    values = [one for one in wanted if None not in one]
    far = Target(resource.source, relation.to)
    known: dict[tuple[Any, ...], Any] = {}
    part = PART if len(theirs) == 1 else PART // (5 * len(theirs))  # an expression has a cap on its parts
    for at in range(0, len(values), part):
        condition = _condition([join_path((name,)) for name in theirs], values[at : at + part])
        listing = call.perform("row.list", far, {"filter": condition, "limit": 1000})
        for row in listing.page.rows:
            known.setdefault(_told(row, theirs), to_json(row))
    return [known.get(_told(row, ours)) for row in rows]


def _told(row: Row, names: Sequence[str]) -> tuple[Any, ...]:
    """Return values so that they can be compared across two columns: an id may be text here and a number there."""
    return tuple(None if row.get(name) is None else str(to_json(row[name])) for name in names)


def _condition(names: Sequence[str], values: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
    if len(names) == 1:
        return {"field": names[0], "op": "in", "value": [value for (value,) in values]}
    return {
        "or": [
            {"and": [{"field": name, "op": "eq", "value": part} for name, part in zip(names, value, strict=True)]}
            for value in values
        ]
    }
