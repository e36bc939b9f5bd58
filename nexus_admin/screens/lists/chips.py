"""Filter chips: each part of a filter as a person reads it, with the address that leaves it out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.expression import And, Comparison, Count, Expression, Not, Or, Quantified, Search, Variable
from nexus_admin.domain.field_kind import FieldKind
from nexus_admin.domain.kinds import PERIODS
from nexus_admin.domain.resource import Field, Resource, Schema
from nexus_admin.sdk.status import humanised

WORDS = {
    "eq": "is", "ne": "is not", "in": "is any of", "not_in": "is none of", "lt": "less than", "le": "at most",
    "gt": "more than", "ge": "at least", "between": "between", "contains": "contains",
    "not_contains": "does not contain",
    "starts_with": "starts with", "ends_with": "ends with", "is_empty": "is empty", "not_empty": "is not empty",
    "is_null": "has no value", "not_null": "has a value", "in_last": "in last", "in_next": "in next", "in_period": "is",
    "has": "has", "has_any": "has any of", "has_all": "has all of",
}  # fmt: skip
WHEN_WORDS = {"lt": "before", "le": "until", "gt": "after", "ge": "since"}
QUANTIFIERS = {"any": "with any", "none": "with no", "all": "with only"}


@dataclass(frozen=True, slots=True)
class Chip:
    """One part of a filter.

    Args:
        path: Titles along the way: `("Customer", "Country")`.
        glyph: The field's icon.
        op: What people read between field and value.
        value: What people read as the value; empty where the operator has none.
        without: The filter's text without this part, for the cross.
    """

    path: tuple[str, ...]
    glyph: str
    op: str
    value: str
    without: str


def chips(
    where: Expression | None,
    schema: Schema,
    resource: Resource,
    kinds: Callable[[str], FieldKind],
    write: Callable[[Expression | None], str],
) -> list[Chip]:
    """Return the parts of *where* that stand side by side.

    Args:
        where: The filter; None gives none.
        schema: Where its paths lead.
        resource: What it filters.
        kinds: Field kinds by name.
        write: Turns an expression into its text form.
    """
    if where is None:
        return []
    parts = where.items if isinstance(where, And) else (where,)
    found = []
    for place, part in enumerate(parts):
        rest = tuple(other for at, other in enumerate(parts) if at != place)
        without = write(rest[0] if len(rest) == 1 else And(rest)) if rest else ""
        found.append(_chip(part, schema, resource, kinds, without))
    return found


def _chip(
    part: Expression, schema: Schema, resource: Resource, kinds: Callable[[str], FieldKind], without: str
) -> Chip:
    match part:
        case Comparison(path, op, value):
            titles, field = titles_of(path, schema, resource)
            kind = field.kind if field else "unknown"
            words = WHEN_WORDS if kind in ("date", "datetime") else {}
            said = value_text(value, field)
            return Chip(titles, kinds(kind).glyph, words.get(op, WORDS.get(op, op)), said, without)
        case Quantified(quantifier, path, where):
            titles, _ = titles_of(path, schema, resource)
            inner = sentence(where, schema, far(path, schema, resource)) if where else ""
            return Chip(titles, "link", QUANTIFIERS[quantifier], inner or "at all", without)
        case Count(path, op, value, where):
            titles, _ = titles_of(path, schema, resource)
            return Chip((*titles, "count"), "sigma", WORDS.get(op, op), value_text(value), without)
        case Search(text):
            return Chip(("Search",), "search", "for", text, without)
        case _:
            return Chip((), "filter", "", sentence(part, schema, resource), without)


def sentence(part: Expression | None, schema: Schema, resource: Resource) -> str:
    """Return *part* as one line for people."""
    match part:
        case None:
            return "everything"
        case And(items):
            return " and ".join(_inner(one, schema, resource) for one in items) or "everything"
        case Or(items):
            return " or ".join(_inner(one, schema, resource) for one in items) or "nothing"
        case Not(item):
            return f"not {_inner(item, schema, resource)}"
        case Comparison(path, op, value):
            titles, field = titles_of(path, schema, resource)
            words = WHEN_WORDS if field and field.kind in ("date", "datetime") else {}
            said = (" › ".join(titles), words.get(op, WORDS.get(op, op)), value_text(value, field))
            return " ".join(part for part in said if part)
        case Quantified(quantifier, path, where):
            titles, _ = titles_of(path, schema, resource)
            inner = f" where {sentence(where, schema, far(path, schema, resource))}" if where else ""
            return f"{QUANTIFIERS[quantifier]} {' › '.join(titles)}{inner}"
        case Count(path, op, value, _):
            titles, _ = titles_of(path, schema, resource)
            return f"number of {' › '.join(titles)} {WORDS.get(op, op)} {value_text(value)}"
        case Search(text):
            return f"search for “{text}”"


def _inner(part: Expression, schema: Schema, resource: Resource) -> str:
    text = sentence(part, schema, resource)
    return f"({text})" if isinstance(part, And | Or) and len(part.items) > 1 else text


def far(path: tuple[str, ...], schema: Schema, resource: Resource) -> Resource:
    """Return the resource that a path of relations leads to; where it stops for a name that is gone."""
    for name in path:
        relation = resource.relations_by_name.get(name)
        if relation is None or relation.to not in schema.resources:
            break
        resource = schema.resources[relation.to]
    return resource


def titles_of(path: tuple[str, ...], schema: Schema, resource: Resource) -> tuple[tuple[str, ...], Field | None]:
    """Return the titles along *path* and the field at its end, None where there is none."""
    titles: list[str] = []
    last: Field | None = None
    for name in path:
        relation = resource.relations_by_name.get(name)
        field = resource.by_name.get(name)
        if field is not None:
            titles.append(field.title)
            last = field
        elif relation is not None and relation.to in schema.resources:
            titles.append(relation.title)
            resource = schema.resources[relation.to]
        else:
            titles.append(name)
    return tuple(titles), last


def value_text(value: Any, field: Field | None = None) -> str:
    """Return a filter's value as people read it: a choice of *field* as elsewhere, another text as it stands."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Variable(name, offset):
            return f"{name} {offset or ''}".strip()
        case tuple() | list():
            return ", ".join(value_text(one, field) for one in value)
        case str() if field is not None and (value in (field.choices or ()) or value in PERIODS):
            return humanised(value)
        case _:
            return str(value)
