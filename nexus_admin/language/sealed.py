"""Values of an encrypted column that are not as they are wanted: which rows have one, and one written anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from nexus_admin.domain.encryption import MARK
from nexus_admin.domain.resource import Field, Resource
from nexus_admin.language.dialects import Condition
from nexus_admin.language.keys import key_condition


def unwanted(table: sa.Table, field: Field, newest: str) -> Condition:
    """Return the condition that a value is not as it is wanted: not under the newest key, or encrypted at all.

    Args:
        table: Of the field.
        field: Where it is not encrypted any more, its values are wanted in the clear.
        newest: What a value begins with that the newest key sealed; no letter of it means anything to LIKE.
    """
    column = table.c[field.name]
    if not field.encrypted:
        return column.like(sa.literal(f"{MARK}%", sa.String))
    return sa.and_(column.is_not(None), sa.not_(column.like(sa.literal(f"{newest}%", sa.String))))


def page(
    table: sa.Table, resource: Resource, field: Field, newest: str, after: Mapping[str, Any] | None, limit: int
) -> sa.Select[Any]:
    """Select the keys and values of the next rows with such a value, beyond the key *after*."""
    key = [table.c[one] for one in resource.key]
    found = sa.select(*key, table.c[field.name]).where(unwanted(table, field, newest)).order_by(*key).limit(limit)
    if after is None:
        return found
    bound = [sa.bindparam(None, after[one.name], type_=one.type) for one in key]
    return found.where(key[0] > bound[0] if len(key) == 1 else sa.tuple_(*key) > sa.tuple_(*bound))


def count(table: sa.Table, field: Field, newest: str, cap: int) -> sa.Select[Any]:
    """Count such values, up to *cap*."""
    one: sa.ColumnElement[int] = sa.literal_column("1")
    some = sa.select(one.label("one")).select_from(table).where(unwanted(table, field, newest)).limit(cap)
    return sa.select(sa.func.count()).select_from(some.subquery())


def rewritten(
    table: sa.Table, resource: Resource, key: Mapping[str, Any], was: Mapping[str, Any], values: Mapping[str, Any]
) -> sa.Update:
    """Write *values* by column into the row with *key*, if its column still holds what was read: *was*."""
    same = sa.and_(key_condition(table, resource, key), *(table.c[name] == raw for name, raw in was.items()))
    return sa.update(table).where(same).values({table.c[name]: value for name, value in values.items()})
