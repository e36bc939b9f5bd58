"""Checking an expression before it is stored or run: names, operators, values, rights and caps."""

from __future__ import annotations

from nexus_admin.domain.expression import Expression
from nexus_admin.domain.resource import Schema
from nexus_admin.language.lower import Lowering
from nexus_admin.language.paths import Decide, Sight


def check(expr: Expression, schema: Schema, resource: str, decide: Decide | None = None) -> None:
    """Refuse *expr* if it could not be run over *resource*.

    Args:
        expr: What was asked for.
        schema: Where names are looked up, exactly as they are spelled.
        resource: Whose rows it is asked of.
        decide: The decision on listing each resource; a field that the actor may not read is answered exactly like
            one that does not exist. None checks a row rule, which sees everything.

    Raises:
        UnknownField, UnknownOperator: names the nearest neighbour.
        BadExpression: a value does not fit its field, there is no such variable, or a cap is passed.
    """
    Lowering(Sight(schema, decide), None).condition(expr, schema.resource(resource))
