"""What a table asks: one page of rows, or one question."""

from __future__ import annotations

from nexus_admin.sdk import (
    Dimension,
    Expression,
    Listing,
    ListRequest,
    Measure,
    Query,
    Schema,
    field_at,
    path_of,
    path_title,
    within,
)

from .options import Number, TableOptions

WORDS = {"count_distinct": "Different", "sum": "Sum of", "avg": "Average", "min": "Least", "max": "Most"}


def queries(options: TableOptions, schema: Schema) -> list[Query | Listing]:
    """Return one query or one listing."""
    where: Expression | None = None
    if options.time is not None and options.period is not None:
        path = path_of(options.time)
        where = within(path, field_at(schema, options.resource, path).kind, options.period)
    if not options.grouped:
        fields = options.columns or schema.resource(options.resource).list_fields
        request = ListRequest(where, "", options.sort, fields, options.page)
        return [Listing(options.source, options.resource, request, paged=options.rows == "all")]
    dimensions = tuple(Dimension(path_of(one.field), one.field, one.grain) for one in options.by)
    numbers = options.numbers or (Number(),)
    measures = tuple(
        Measure(one.fn, one.name or _name(one, options, schema), path_of(one.field) if one.field else None)
        for one in numbers
    )
    sort = options.sort or (f"-{measures[0].name}",)
    return [Query(options.source, options.resource, where, dimensions, measures, sort=sort, limit=options.limit)]


def _name(one: Number, options: TableOptions, schema: Schema) -> str:
    if one.field is None:
        return schema.resource(options.resource).title
    return f"{WORDS.get(one.fn, 'Median')} {path_title(schema, options.resource, path_of(one.field))}"
