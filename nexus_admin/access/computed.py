"""Computed fields within rights: who may not read what one is made of may not know of it, and nobody writes one."""

from __future__ import annotations

from collections.abc import Callable

from nexus_admin.access.algebra import capped
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import BadExpression
from nexus_admin.domain.resource import Field, Resource, Schema
from nexus_admin.language.formulas import read_formula, settle, sources
from nexus_admin.language.paths import Sight


def closed(
    decision: Decision, table: Resource, schema: Schema | None, decide: Callable[[Resource], Decision]
) -> Decision:
    """Return *decision* with the computed fields of *table* as far as their sources may be read.

    Args:
        decision: About *table*, and allowed.
        table: Whose fields are looked at.
        schema: Where far tables are found; without it nothing computed is shown.
        decide: The decision on listing the rows of another table, before its own computed fields are looked at.
    """
    computed = [field for field in table.fields if field.computed]
    if not computed:
        return decision

    def listed(name: str) -> Decision:
        return decision if name == table.name or schema is None else decide(schema.resource(name))

    sight = Sight(schema, listed) if schema is not None else None
    open_ = {field.name for field in computed if sight is not None and _readable(field, table, sight)}
    decision = capped(decision, open_, "read")
    return capped(decision, (field.name for field in computed if field.name not in open_), "hidden")


def _readable(field: Field, table: Resource, sight: Sight) -> bool:
    try:
        return all(settle(source, sight, table) for source in sources(read_formula(field.computed)))
    except BadExpression:
        return False
