"""What bars ask: one question, the number by the field's values."""

from __future__ import annotations

from nexus_admin.sdk import Dimension, Expression, Measure, Query, Schema, field_at, path_of, within

from .options import ADDITIVE, BarOptions

SORTS = {"largest": ("-value", "name"), "smallest": ("value", "name"), "value": ("name",)}

HUES = 7
"""Colours that are told apart; what is beyond them has one together."""


def queries(options: BarOptions, schema: Schema) -> list[Query]:
    """Return the one query; its columns are `name` and `value`."""
    where: Expression | None = None
    if options.time is not None and options.period is not None:
        path = path_of(options.time)
        where = within(path, field_at(schema, options.resource, path).kind, options.period)
    return [
        Query(
            options.source,
            options.resource,
            where=where,
            dimensions=(Dimension(path_of(options.by), "name", options.grain),),
            measures=(Measure(options.fn, "value", path_of(options.field) if options.field else None),),
            sort=SORTS[options.order],
            limit=min(options.limit, HUES) if options.shape == "donut" else options.limit,
            others=options.fn in ADDITIVE,
        )
    ]
