"""What a metric card asks: the number now, the number before, and its course, as far as they are wanted."""

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
    within,
)

from .options import MetricOptions

STEPS = 400


def queries(options: MetricOptions, schema: Schema) -> list[Query]:
    """Return the number's query, then the one of the period before, then the course; see `parts`."""
    measure = Measure(options.fn, "value", path_of(options.field) if options.field else None)
    now: Expression | None = None
    earlier: Expression | None = None
    if options.time is not None and options.period is not None:
        path = path_of(options.time)
        kind = field_at(schema, options.resource, path).kind
        now = within(path, kind, options.period)
        earlier = before(path, kind, options.period)
    asked = [Query(options.source, options.resource, where=now, measures=(measure,), limit=1)]
    if "before" in parts(options) and earlier is not None:
        asked.append(Query(options.source, options.resource, where=earlier, measures=(measure,), limit=1))
    if "course" in parts(options) and options.time is not None:
        step = Dimension(path_of(options.time), "step", options.grain or grain_for(options.period))
        asked.append(
            Query(options.source, options.resource, now, (step,), (measure,), sort=("-step",), limit=STEPS),
        )
    return asked


def parts(options: MetricOptions) -> tuple[str, ...]:
    """Return which results there are, in order: `now`, then `before` and `course` where they are asked for."""
    found = ["now"]
    if options.compare and options.time and options.period and _comparable(options):
        found.append("before")
    if options.spark and options.time:
        found.append("course")
    return tuple(found)


def _comparable(options: MetricOptions) -> bool:
    return before((options.time or "",), "datetime", options.period or "") is not None
