"""What a time series asks: the numbers by step, and those of the period before where it compares."""

from __future__ import annotations

from nexus_admin.sdk import (
    Dimension,
    Expression,
    Measure,
    Query,
    Schema,
    before,
    field_at,
    grain_for,
    path_of,
    path_title,
    within,
)

from .options import Number, TimeSeriesOptions

STEPS = 1000
SPLIT_ROWS = 10_000
WORDS = {"count_distinct": "Different", "sum": "Sum of", "avg": "Average", "min": "Least", "max": "Most"}


def queries(options: TimeSeriesOptions, schema: Schema) -> list[Query]:
    """Return one query of (step, numbers…) or (step, group, number), newest first; then the period before."""
    path = path_of(options.time)
    now: Expression | None = None
    earlier: Expression | None = None
    if options.period is not None:
        kind = field_at(schema, options.resource, path).kind
        now = within(path, kind, options.period)
        earlier = before(path, kind, options.period) if options.compare else None
    dimensions = [Dimension(path, "step", options.grain or grain_for(options.period))]
    if options.by is not None:
        dimensions.append(Dimension(path_of(options.by), "group"))
    measures = tuple(
        Measure(one.fn, name, path_of(one.field) if one.field else None)
        for one, name in zip(options.numbers, names(options, schema), strict=True)
    )
    limit = STEPS if options.by is None else SPLIT_ROWS
    return [
        Query(options.source, options.resource, where, tuple(dimensions), measures, sort=("-step",), limit=limit)
        for where in ((now,) if earlier is None else (now, earlier))
    ]


def names(options: TimeSeriesOptions, schema: Schema) -> list[str]:
    """Return what the numbers are called: unique, and neither `step` nor `group`."""
    found: list[str] = []
    for one in options.numbers:
        name = plain = one.name or _name(one, options, schema)
        again = 2
        while name in (*found, "step", "group"):
            name = f"{plain} ({again})"
            again += 1
        found.append(name)
    return found


def _name(one: Number, options: TimeSeriesOptions, schema: Schema) -> str:
    if one.field is None:
        return schema.resource(options.resource).title
    return f"{WORDS.get(one.fn, 'Median')} {path_title(schema, options.resource, path_of(one.field))}"
