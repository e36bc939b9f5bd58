"""Row rules of grants: read, checked against the schema and the actor; what does not check fails closed.

The only place of this room that knows the expression language.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from nexus_admin.access.book import Cell
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadExpression, NexusError
from nexus_admin.domain.expression import And, Comparison, Count, Expression, Not, Or, Quantified, Variable
from nexus_admin.domain.resource import Resource, Schema
from nexus_admin.domain.role import Role
from nexus_admin.language.check import check
from nexus_admin.language.json_form import from_json, to_json

SchemaOf = Callable[[str], Schema | None]
"""Gives a source's schema by the source's name, or None where it is not known."""


@dataclass(frozen=True, slots=True)
class ReadRule:
    """What a grant's row rule came to.

    Args:
        rows: The rule; None for every row.
        broken: Why it cannot be used, as a sentence; then nothing follows from `rows`.
    """

    rows: Expression | None = None
    broken: str | None = None


def canonical(rule: Any) -> Any:
    """Return a row rule as it is stored; a text is taken for JSON.

    Raises:
        BadExpression: it is no expression.
    """
    if rule is None:
        return None
    return to_json(from_json(_parsed(rule)))


def read_rule(cell: Cell, actor: Actor, resource: Resource | None, schema: Schema | None) -> ReadRule:
    """Read the rule of *cell* for *actor*, and check it.

    Args:
        cell: A grant that speaks of the question.
        actor: Must have every attribute that the rule asks for.
        resource: What is asked about; without one no row rule can be satisfied.
        schema: For rules that walk relations; without one they are broken.
    """
    missing = _vanished(cell, resource)
    if missing is not None:
        return ReadRule(broken=missing)
    if cell.grant.rows is None:
        return ReadRule()
    where = _name_of(cell)
    if resource is None:
        return ReadRule(broken=f"T{where[1:]} has a row rule, and there are no rows here.")
    try:
        rule = from_json(_parsed(cell.grant.rows))
        check_rule(rule, resource, schema)
    except NexusError as error:
        return ReadRule(broken=f"The row rule of {where} cannot be used: {error}")
    lacking = missing_attribute(rule, actor)
    if lacking is not None:
        return ReadRule(broken=f"The row rule of {where} needs me.{lacking}, which {actor.name or actor.id} has not.")
    return ReadRule(rule)


def unchecked_rule(cell: Cell) -> ReadRule:
    """Read the rule of *cell* without a schema: for comparing roles, never for deciding."""
    try:
        return ReadRule(None if cell.grant.rows is None else from_json(_parsed(cell.grant.rows)))
    except NexusError as error:
        return ReadRule(broken=f"The row rule of {_name_of(cell)} cannot be used: {error}")


def rule_problems(roles: Iterable[Role], schema_of: SchemaOf) -> list[str]:
    """Return a sentence for each row rule of *roles* on one known table that does not fit it (any more)."""
    found = []
    for cell in (Cell(role.name, n, grant) for role in roles for n, grant in enumerate(role.grants)):
        schema = schema_of(cell.grant.source)
        resource = None if schema is None else schema.resources.get(cell.grant.resource)
        if resource is None:
            continue
        everything = Actor("anybody", attributes=dict.fromkeys(_attributes_of(cell), ""))
        rule = read_rule(cell, everything, resource, schema)
        if rule.broken:
            found.append(rule.broken)
    return found


def _attributes_of(cell: Cell) -> list[str]:
    rule = unchecked_rule(cell).rows
    return [] if rule is None else attributes_in(rule)


def check_rule(rule: Expression, resource: Resource, schema: Schema | None) -> None:
    """Raise where *rule* does not fit *resource*.

    Raises:
        BadExpression: it asks for a field, operator or attribute that is not there.
    """
    check(rule, around(resource, schema), resource.name)


def around(resource: Resource, schema: Schema | None) -> Schema:
    """Return *schema* with *resource* in it; without one, a schema of *resource* alone."""
    if schema is None:
        return Schema(resource.source, "sqlite", {resource.name: resource})
    if schema.resources.get(resource.name) is resource:
        return schema
    return Schema(schema.source, schema.dialect, {**schema.resources, resource.name: resource}, version=schema.version)


def missing_attribute(rule: Expression, actor: Actor) -> str | None:
    """Return the name of an attribute that *rule* asks for and *actor* has not, or None."""
    for name in attributes_in(rule):
        if actor.attributes.get(name) is None:
            return name
    return None


def attributes_in(rule: Expression) -> list[str]:
    """Return the names behind `me.` in *rule*, each once."""
    names = (variable.name for variable in variables_in(rule))
    return list(dict.fromkeys(name.removeprefix("me.") for name in names if name.startswith("me.")))


def variables_in(rule: Expression) -> Iterator[Variable]:
    """Yield every variable of *rule*."""
    waiting: list[Any] = [rule]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Variable):
            yield node
        elif isinstance(node, Comparison):
            waiting.append(node.value)
        elif isinstance(node, And | Or):
            waiting.extend(node.items)
        elif isinstance(node, Not):
            waiting.append(node.item)
        elif isinstance(node, Quantified):
            waiting.append(node.where)
        elif isinstance(node, Count):
            waiting += [node.value, node.where]
        elif isinstance(node, tuple | list):
            waiting.extend(node)


def settled(rule: Expression, actor: Actor) -> Expression:
    """Return *rule* as it is for *actor*, whoever runs it: what it asks for of `me` stands in it as values."""

    def within(node: Any) -> Any:
        match node:
            case Variable(name=name) if name == "me" or name.startswith("me."):
                value = actor.attributes.get(name[3:]) if "." in name else actor.id
                return tuple(value) if isinstance(value, list) else value
            case Comparison():
                return replace(node, value=within(node.value))
            case And() | Or():
                return replace(node, items=tuple(map(within, node.items)))
            case Not():
                return replace(node, item=within(node.item))
            case Quantified():
                return replace(node, where=within(node.where))
            case Count():
                return replace(node, value=within(node.value), where=within(node.where))
            case tuple() | list():
                return tuple(map(within, node))
            case _:
                return node

    found: Expression = within(rule)
    return found


def _parsed(rule: Any) -> Any:
    """A file may write a rule as JSON text, where TOML has no word for null."""
    if not isinstance(rule, str):
        return rule
    try:
        return json.loads(rule)
    except ValueError:
        raise BadExpression(f"{rule[:80]!r} is not a rule in JSON.") from None


def _vanished(cell: Cell, resource: Resource | None) -> str | None:
    """A field that is kept from a role and is gone was most likely renamed: the new name must not lie open."""
    grant = cell.grant
    if resource is None or not grant.fields or "*" in grant.resource:
        return None
    kept = _kept_from(grant.fields, grant.default_access, cell.denies)
    for name in kept:
        if name not in resource.by_name:
            return f"T{_name_of(cell)[1:]} keeps {name} back, but {resource.source}/{resource.name} has no such field."
    return None


def _kept_from(fields: Mapping[str, Any], default: str, denies: bool) -> list[str]:
    lower = ("hidden", "masked")
    return [name for name, access in fields.items() if denies or (access in lower and default not in lower)]


def _name_of(cell: Cell) -> str:
    grant = cell.grant
    return f"the role {cell.role!r} ({grant.action} on {grant.source}/{grant.resource})"
