"""A page of rows as a Result, so that a widget sees rows and groups alike; each row links to its record."""

from __future__ import annotations

from typing import Any

from nexus_admin.domain.address import key_segment
from nexus_admin.domain.query import Listing, Result, ResultColumn
from nexus_admin.domain.resource import Resource, Schema
from nexus_admin.domain.row import Row, RowPage
from nexus_admin.domain.target import Target
from nexus_admin.sdk.paths import field_at, path_of, path_title


def answer(asked: Listing, page: RowPage, schema: Schema, base: str = "") -> Result:
    """Return *page* as the answer to *asked*; a foreign key shows the title of the row that it leads to."""
    resource = schema.resource(asked.resource)
    names = list(asked.request.fields) or list(page.rows[0] if page.rows else resource.list_fields)
    shown = [name for name in names if not page.rows or name in page.rows[0]]
    columns = tuple(_column(name, schema, resource, page) for name in shown)
    rows = tuple(tuple(_value(name, row, resource, page) for name in shown) for row in page.rows)
    links = tuple(base + Target(asked.source, asked.resource, key).path if key else None for key in page.keys)
    return Result(columns, rows, page.took_ms, truncated=page.next is not None, links=links)


def _column(name: str, schema: Schema, resource: Resource, page: RowPage) -> ResultColumn:
    path = (name,) if name in resource.by_name else path_of(name)
    field = field_at(schema, resource.name, path)
    kind = "text" if field.relation is not None and field.relation in page.labels else field.kind
    title, whole = path_title(schema, resource.name, path), bool(field.options.get("whole_days"))
    names = bool(field.key or field.relation)
    return ResultColumn(name, kind, field.unit, path, None, title, field.choices, whole, names)


def _value(name: str, row: Row, resource: Resource, page: RowPage) -> Any:
    value = row.get(name)
    field = resource.by_name.get(name)
    if value is None or field is None or field.relation is None:
        return value
    labels = page.labels.get(field.relation)
    return value if labels is None else labels.get(key_segment((str(value),)), value)
