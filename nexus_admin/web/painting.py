"""A painter for one visit: widgets ask through actions as the reader, and draw with their own templates."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from time import perf_counter
from typing import TYPE_CHECKING, Any

from nexus_admin.actions.admitting import HOUSE
from nexus_admin.actions.hints import told_to
from nexus_admin.actions.rows.query import write_query
from nexus_admin.dashboards.answers import result_of
from nexus_admin.dashboards.draw import Painter
from nexus_admin.dashboards.narrowed import narrowed
from nexus_admin.domain.errors import Refused
from nexus_admin.domain.query import Entry, EntryForm, FunctionCall, Listing, Query, Result
from nexus_admin.domain.resource import Schema
from nexus_admin.domain.row import RowPage
from nexus_admin.domain.target import Target
from nexus_admin.domain.widget import Dashboard, Widget
from nexus_admin.language.json_form import to_json
from nexus_admin.screens.lists.columns import listed
from nexus_admin.web.entering import Entering

if TYPE_CHECKING:
    from nexus_admin.web.visit import Visit


class Painting:
    """What drawing needs of one visit.

    Args:
        visit: Whose rights and place count.
        remembering: How old remembered answers may be, as `query.run` takes it; none asks anew.
        back: The page's address, where a form on it comes back to.
    """

    def __init__(self, visit: Visit, remembering: Mapping[str, Any], back: str = "/dashboards") -> None:
        self._visit, self._remembering, self._back = visit, remembering, back
        self._schemas: dict[str, Schema] = {}

    @cached_property
    def painter(self) -> Painter:
        """The painter."""
        visit = self._visit
        return Painter(
            visit.kernel.declared.widgets,
            self.schema_of,
            self._run,
            self._rows,
            lambda widget, context: visit.pages.parts.draw(widget.owner, widget.template, visit, context),
            visit.locale,
            self._fault,
            lambda error: told_to(visit.actor, error, visit.kernel.access, visit.kernel.sources),
            self._enter,
            visit.locale.base + self._back.partition("?")[0],
            visit.kernel.access.decide(visit.actor, "dashboard.save", "nexus", None).allowed,
            self._call,
        )

    def schema_of(self, source: str) -> Schema:
        """Return the schema of a source as the reader sees it.

        Raises:
            UnknownSource: names the nearest neighbour.
        """
        if source not in self._schemas:
            schema, access = self._visit.kernel.sources.get(source).schema, self._visit.kernel.access
            self._schemas[source] = narrowed(
                schema, lambda name: access.decide(self._visit.actor, "row.list", source, schema.resource(name))
            )
        return self._schemas[source]

    def part(self, dashboard: Dashboard) -> list[str]:
        """Return the titles of the tables of *dashboard* of which the reader sees some rows only."""
        access, found = self._visit.kernel.access, {}
        for placed in dashboard.widgets:
            source = str(placed.options.get("source") or dashboard.source)
            schema = self._visit.kernel.schema_of(source)
            table = schema.resources.get(str(placed.options.get("resource"))) if schema else None
            if table is not None:
                decision = access.decide(self._visit.actor, "row.list", source, table)
                if decision.allowed and decision.rows is not None:
                    found[table.title] = True
        return list(found)

    def _run(self, query: Query) -> Result:
        told = write_query(query) | dict(self._remembering)
        found: Result = self._visit.perform("query.run", Target(query.source, query.resource), told)
        return found

    def _rows(self, asked: Listing) -> RowPage:
        request = asked.request
        told = {
            "filter": None if request.where is None else to_json(request.where),
            "sort": ",".join(_sorted_by(name) for name in request.sort),
            "fields": listed(request.fields),
            "limit": request.limit,
            "after": request.cursor,
            "offset": request.offset,
        }
        page: RowPage = self._visit.perform("row.list", Target(asked.source, asked.resource), told).page
        return page

    def _enter(self, entry: Entry, place: str) -> EntryForm:
        return Entering(self._visit, entry, place, f"{self._back}#{place}").form()

    def _call(self, call: FunctionCall) -> Result:
        """Ask a function of an extension; it has its own permission, and looking at a dashboard changes nothing."""
        action = self._visit.kernel.actions.get(call.action)
        if action.writes or action.on != "house" or action.owner == HOUSE:
            raise Refused(f"{call.action} is no function of an extension that reads and is about no row.")
        began = perf_counter()
        found = self._visit.perform(call.action, Target(HOUSE), dict(call.data))
        return result_of(found, took_ms=(perf_counter() - began) * 1000)

    def _fault(self, widget: Widget, error: Exception) -> None:
        hooks = self._visit.kernel.hooks
        if widget.owner in hooks.statuses:
            hooks.fault(widget.owner, error)


def _sorted_by(name: str) -> str:
    """One name of a sort as an address has it; `-` stays in front."""
    plain = name.removeprefix("-")
    return name[: len(name) - len(plain)] + listed((plain,))
