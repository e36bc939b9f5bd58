"""`rows.export`: every row that a list would show, a page at a time, in the memory that one page needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import field, replace

from pydantic import Field

from nexus_admin.access.masks import mask
from nexus_admin.actions.exports.formats import RAW_CSV, Exporters
from nexus_admin.actions.rows.listing import ListInput, list_request
from nexus_admin.actions.unit import Unit
from nexus_admin.data.virtual_rows import rows_of
from nexus_admin.domain.action import Action
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadRequest
from nexus_admin.domain.resource import Field as Column
from nexus_admin.domain.resource import Resource, Schema
from nexus_admin.domain.row import ListRequest, Row, RowPage
from nexus_admin.language.names import split_path
from nexus_admin.sdk.declarations import Exporter

PAGE = 1000
"""Rows that are read at a time."""


class ExportInput(ListInput):
    """Which rows, and how they are written; `limit` and `after` of a list are not for an export."""

    format: str = Field("csv", max_length=40, description="`csv`, `json`, `ndjson`, or what an extension brought.")
    safe: bool = Field(True, description="In CSV: an apostrophe before what a spreadsheet would run as a formula.")
    most: int | None = Field(None, ge=1, description="Rows at most; all where none is given.")


@dataclass
class Tally:
    """How many rows were written.

    Args:
        rows: So far.
        heard: Told so after each page; what it raises ends the export.
    """

    rows: int = 0
    heard: Callable[[int], object] = lambda _rows: None

    def add(self, rows: int) -> None:
        """Count some more."""
        self.rows += rows
        self.heard(self.rows)


@dataclass(frozen=True, slots=True)
class Exported:
    """A file on its way.

    Args:
        name: What the file is called.
        content_type: For HTTP.
        chunks: Its bytes, made as they are taken.
        title: Of the format.
        columns: Their names.
        size: Bytes, where that is known before.
        tally: Counts the rows as they are written.
    """

    name: str
    content_type: str
    chunks: Iterator[bytes]
    title: str = ""
    columns: tuple[str, ...] = ()
    size: int | None = None
    tally: Tally = field(default_factory=Tally)


def export_rows(unit: Unit, data: ExportInput) -> Exported:
    """Begin to write the rows; the first page is read at once, so that what is wrong is said in time.

    Raises:
        BadRequest: there is no such format, or a page of the list was asked for.
        UnknownField, BadExpression: as for a list.
    """
    exporter = exporter_of(unit, data)
    assert unit.source is not None
    resource = unit.source.schema.resource(unit.target.resource or "")
    request = replace(list_request(unit, resource.name, data), limit=min(PAGE, data.most or PAGE))
    first = unit.all_rows.list(resource.name, request)
    columns = columns_of(unit, resource, unit.source.schema, request)
    unit.detail = f"As {exporter.title}."
    tally = Tally()
    chunks = iter(exporter.write(columns, _rows(unit, resource.name, request, first, data.most, tally)))
    names = tuple(one.name for one in columns)
    file = f"{resource.name}.{exporter.ending}"
    return Exported(file, exporter.content_type, chunks, exporter.title, names, tally=tally)


def exporter_of(unit: Unit, data: ExportInput) -> Exporter:
    """Return what writes the format that is asked for.

    Raises:
        BadRequest: there is no such format, or a page of the list was asked for.
    """
    if data.after or data.offset:
        raise BadRequest("An export begins with the first row. Narrow it by `filter`, and end it by `most`.")
    exporter = unit.service(Exporters).get(data.format)
    if exporter.ending == RAW_CSV.ending and exporter.owner == "nexus" and not data.safe:
        return RAW_CSV
    return exporter


def columns_of(unit: Unit, resource: Resource, schema: Schema, request: ListRequest) -> Sequence[Column]:
    """Return the columns of an export: those that were asked for, or all that a list may show."""
    if not request.fields:
        return [one for one in resource.fields if unit.decision.shows(one.name) and not one.tucked]
    return [replace(_field_at(schema, resource, path), name=path) for path in dict.fromkeys(request.fields)]


def _field_at(schema: Schema, resource: Resource, path: str) -> Column:
    if path in resource.by_name:
        return resource.by_name[path]
    *steps, last = split_path(path)
    for step in steps:
        resource = schema.resource(resource.relation(step).to)
    return resource.field(last)


def _rows(
    unit: Unit, resource: str, request: ListRequest, page: RowPage, most: int | None, tally: Tally
) -> Iterator[Row]:
    """Yield rows page by page. No connection is held between pages: whoever reads slowly is in nobody's way."""
    source = unit.source
    assert source is not None
    left = most
    while True:
        rows = page.rows if left is None else page.rows[:left]
        yield from rows
        tally.add(len(rows))
        left = None if left is None else left - len(rows)
        if page.next is None or left == 0:
            return
        request = replace(request, cursor=page.next)
        with source.read() as connection:
            page = rows_of(source, connection, unit.decide, unit.variables, mask).list(resource, request)


ACTIONS = (
    Action("rows.export", ExportInput, export_rows, "Export", on="resource", writes=False, kept=True, icon="download"),
)
