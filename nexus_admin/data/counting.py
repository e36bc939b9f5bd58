"""Counting: exactly, up to a cap, or as the database estimates it; and which values a field has how often."""

from __future__ import annotations

from typing import Any, Literal

import sqlalchemy as sa

from nexus_admin.data import asking
from nexus_admin.data.scope import Scope
from nexus_admin.domain.errors import BadRequest, UnknownField
from nexus_admin.domain.kinds import family
from nexus_admin.domain.resource import Resource
from nexus_admin.domain.row import ListRequest, RowCount

CAP = 10_000
"""A capped count stops here."""

LOOKED_AT = 20_000
"""Rows that facets are counted among."""

_COUNTABLE = frozenset({"text", "choice", "number", "boolean", "date", "typed"})

_ESTIMATES = {
    "postgresql": "SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(:table)",
    "mysql": "SELECT table_rows FROM information_schema.tables "
    "WHERE table_schema = coalesce(:schema, database()) AND table_name = :bare",
}


def count(scope: Scope, name: str, request: ListRequest, how: Literal["estimate", "capped", "exact"]) -> RowCount:
    """Count what a list would show.

    Args:
        scope: Who counts.
        name: The resource.
        request: Its filter and search count; sort, fields and page do not.
        how: `estimate` where the database has one and nothing narrows the list, else as `capped`.

    Returns:
        `how` says what it really is: a capped count below the cap is exact.
    """
    resource = scope.resource(name)
    decision = scope.permitted("row.list", name)
    if how == "estimate" and request.where is None and not request.search and decision.rows is None:
        estimate = _estimate(scope, resource)
        if estimate is not None and estimate > CAP:
            return RowCount(estimate, "estimate")
    cap = None if how == "exact" else CAP
    value = asking.total(scope, resource, request, cap)
    if cap is not None and value > cap:
        return RowCount(cap, "capped")
    return RowCount(value, "exact")


def _estimate(scope: Scope, resource: Resource) -> int | None:
    """Return what the database believes, as fresh as it gets for nothing."""
    sql = _ESTIMATES.get(scope.dialect)
    if sql is None or resource.type == "view":
        return resource.estimated_rows
    quoted = scope.connection.dialect.identifier_preparer.format_table(scope.table(resource.name))
    given = {"table": quoted, "schema": resource.schema, "bare": resource.table}
    wanted = {name: value for name, value in given.items() if f":{name}" in sql}
    found = scope.connection.execute(sa.text(sql), wanted).scalar_one_or_none()
    return int(found) if found is not None and found >= 0 else resource.estimated_rows


def facets(scope: Scope, name: str, field: str, limit: int) -> list[tuple[Any, int]]:
    """Return the most frequent values of a field with their counts, among the first rows that the actor may list.

    Raises:
        UnknownField: it is not there, or may not be read.
    """
    resource = scope.resource(name)
    decision = scope.permitted("row.list", name)
    found = resource.by_name.get(field)
    if found is None or found.secret or not decision.reads(field):
        known = [one.name for one in resource.fields if decision.reads(one.name)]
        raise UnknownField(field, resource.name, known)
    if not found.askable:
        raise BadRequest(f"{found.title} is computed here, so its values cannot be counted.")
    if found.encrypted:
        raise BadRequest(f"{found.title} is encrypted, so its values cannot be counted.")
    if family(found.kind) not in _COUNTABLE:
        raise BadRequest(f"{found.title} has too many different values to be listed.")
    decoder = scope.decoder(name, field)
    counted = asking.frequent(scope, resource, field, LOOKED_AT, limit)
    return [(decoder.one(value), int(times)) for value, times in counted]
