"""Values that a row rule asks for and that no row was ever seen to have: most likely a slip of the pen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from nexus_admin.access.book import Cell
from nexus_admin.access.rules import SchemaOf, around, unchecked_rule
from nexus_admin.domain.errors import NexusError
from nexus_admin.domain.expression import And, Comparison, Count, Expression, Not, Or, Quantified
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.domain.resource import Field, Resource
from nexus_admin.domain.role import Role
from nexus_admin.language.paths import Sight

_SAME = ("eq", "ne", "in", "not_in")


def unseen_values(role: Role, schema_of: SchemaOf) -> list[str]:
    """Return a sentence for each value of *role*'s row rules that its column was not seen to have.

    A rule that asks for such a value is no mistake that could be proved: a row may have it tomorrow. Until then it
    gives nothing, or keeps nothing back, and nobody would know why.

    Args:
        role: As somebody is about to save it; rules that cannot be read are passed over.
        schema_of: Gives a source's schema; only grants on one table of a known one are looked at.
    """
    found: dict[str, None] = {}
    for n, grant in enumerate(role.grants):
        schema = schema_of(grant.source)
        resource = None if schema is None else schema.resources.get(grant.resource)
        rule = unchecked_rule(Cell(role.name, n, grant)).rows
        if resource is None or rule is None:
            continue
        try:
            for field, value in _compared(rule, resource, Sight(around(resource, schema))):
                if sentence := _unseen(field, value):
                    found[f"The row rule on {grant.source}/{grant.resource} asks for {sentence}"] = None
        except NexusError:
            continue
    return list(found)


def _compared(rule: Expression, resource: Resource, sight: Sight) -> Iterator[tuple[Field, Any]]:
    match rule:
        case And() | Or():
            for item in rule.items:
                yield from _compared(item, resource, sight)
        case Not():
            yield from _compared(rule.item, resource, sight)
        case Quantified() | Count() if rule.where is not None:
            yield from _compared(rule.where, sight.to_many(resource, rule)[2], sight)
        case Comparison() if rule.op in _SAME:
            field = sight.way(resource, rule.path).field
            values: Iterable[Any] = rule.value if isinstance(rule.value, tuple | list) else (rule.value,)
            yield from ((field, value) for value in values)


def _unseen(field: Field, value: Any) -> str:
    if not isinstance(value, str) or not field.choices or value in field.choices:
        return ""
    hint = did_you_mean(value, field.choices, f"It has: {', '.join(field.choices[:12])}.")
    return f"{field.name} {value[:60]!r}, a value that was not seen there.{hint}"
