"""What is wrong with a dashboard before anybody opens it: unknown widgets, options, fields, filters that do not fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from pydantic import ValidationError

from nexus_admin.dashboards import filters
from nexus_admin.dashboards.mistakes import mistakes
from nexus_admin.domain.errors import NexusError
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.domain.query import Entry, FunctionCall, Listing, Query
from nexus_admin.domain.resource import Schema
from nexus_admin.domain.widget import Dashboard, Placement, Widget
from nexus_admin.language.check import check as check_expression
from nexus_admin.language.json_form import from_json
from nexus_admin.language.text import parse
from nexus_admin.sdk.paths import field_at, path_of


def problems(
    dashboard: Dashboard,
    widgets: Mapping[str, Widget],
    schema_of: Callable[[str], Schema],
    check_query: Callable[[Query, Schema], object],
    tell: Callable[[NexusError], object] = str,
) -> list[str]:
    """Return a sentence for everything that is wrong with *dashboard*; none when all is well.

    Args:
        dashboard: What to look at.
        widgets: By name.
        schema_of: The schema of the source of that name; raises UnknownSource.
        check_query: Raises where a question is not valid.
        tell: What whoever reads the sentences may be told of an error.
    """
    try:
        schema = schema_of(dashboard.source)
    except NexusError as error:
        return [f"source: {tell(error)}"]
    found = [
        f"filters[{at + 1}].field: no table of {dashboard.source} has a field called {one.field!r}."
        for at, one in enumerate(dashboard.filters)
        if filters.home_of(one, schema) is None
    ]
    for at, placed in enumerate(dashboard.widgets):
        found += _placed(placed, f"widgets[{at + 1}]", dashboard, widgets, schema_of, check_query, tell)
    return found


def _placed(
    placed: Placement,
    key: str,
    dashboard: Dashboard,
    widgets: Mapping[str, Widget],
    schema_of: Callable[[str], Schema],
    check_query: Callable[[Query, Schema], object],
    tell: Callable[[NexusError], object],
) -> Iterator[str]:
    widget = widgets.get(placed.widget)
    if widget is None:
        yield f"{key}.widget: there is no widget called {placed.widget!r}.{did_you_mean(placed.widget, widgets)}"
        return
    told = dict(placed.options)
    if "source" in widget.options.model_fields and not told.get("source"):
        told["source"] = dashboard.source
    try:
        options = widget.options.model_validate(told)
        for asked in widget.queries(options, schema_of(told.get("source", dashboard.source))) if widget.queries else ():
            if not isinstance(asked, FunctionCall):  # whether there is one hangs on the extensions that are on
                _asked(asked, getattr(options, "filter", None), schema_of(asked.source), check_query)
    except ValidationError as error:
        yield from mistakes(error, widget.options, f"{key}.options")
    except NexusError as error:
        yield f"{key}.options: {tell(error)}"


def _asked(
    asked: Query | Listing | Entry, own: object, schema: Schema, check_query: Callable[[Query, Schema], object]
) -> None:
    resource = schema.resource(asked.resource)
    if isinstance(asked, Entry):
        for name in (*asked.fields, *asked.presets):
            resource.field(name)
        return
    if own:
        where = parse(own, schema, asked.resource) if isinstance(own, str) else from_json(own)
        check_expression(where, schema, asked.resource)
    if isinstance(asked, Query):
        check_query(asked, schema)
        return
    for name in (*asked.request.fields, *(one.removeprefix("-") for one in asked.request.sort)):
        if name not in resource.by_name:
            field_at(schema, asked.resource, path_of(name))
