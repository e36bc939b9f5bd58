"""Drawing: a dashboard's widgets ask, are answered and become HTML, each on its own.

One widget that fails shows its own sentence and takes nothing else down. Rows and numbers come
from two callables that go through actions, so every widget is bound by its reader's rights.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup
from pydantic import BaseModel, ValidationError

from nexus_admin.dashboards import drill, filters, listings
from nexus_admin.dashboards.drawn import DrawnDashboard, DrawnWidget
from nexus_admin.dashboards.filters import Given
from nexus_admin.dashboards.mistakes import mistakes
from nexus_admin.dashboards.places import Place
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Forbidden, NexusError, NotFound, Refused, SettingError
from nexus_admin.domain.expression import Expression
from nexus_admin.domain.field_kind import Locale
from nexus_admin.domain.kinds import GRAINS
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.domain.query import Asked, Entry, EntryForm, FunctionCall, Listing, Query, Result
from nexus_admin.domain.resource import Schema
from nexus_admin.domain.row import RowPage
from nexus_admin.domain.widget import Dashboard, Placement, Widget, no_assets
from nexus_admin.language.json_form import from_json
from nexus_admin.language.text import parse
from nexus_admin.sdk.figures import bucket, compact, figure

log = logging.getLogger("nexus_admin.dashboards")

GRAIN = "grain"
"""Its name in the address."""

UNSEEN = "You cannot see what this is drawn from, or it is not there any more."
"""Said alike of what is hidden and of what is gone, to readers who cannot mend it; no neighbour is named."""

MAX_LINKED = 5000
"""Rows of one answer that get an address each; a chart of more marks has none."""


def no_entry(_entry: Entry, _place: str) -> EntryForm:
    """Answer a form where nothing can be written."""
    raise Refused("Nothing can be entered here.")


def no_function(call: FunctionCall) -> Result:
    """Answer a call where no function can be asked."""
    raise Refused(f"{call.action} cannot be asked here.")


@dataclass(frozen=True)
class Painter:
    """Draws dashboards for one reader.

    Args:
        widgets: By name.
        schema_of: The schema of the source of that name, as that reader sees it (`narrowed`).
        run: Answers a question, as that reader.
        rows: Answers a listing with one page of rows, as that reader.
        enter: `enter(entry, place) -> form` for that reader; *place* tells it from other forms of the page.
        call: Answers a call of a function, as that reader.
        here: The dashboard's own address, without a query string.
        render: `render(widget, context) -> HTML` of the widget's own template.
        locale: Where the reader is.
        fault: Told of a widget whose code raised.
        tell: What that reader may be told of an error.
        mends: Whether that reader may change dashboards, and so is told what is gone and what was meant.
    """

    widgets: Mapping[str, Widget]
    schema_of: Callable[[str], Schema]
    run: Callable[[Query], Result]
    rows: Callable[[Listing], RowPage]
    render: Callable[[Widget, Mapping[str, Any]], str]
    locale: Locale = field(default_factory=Locale)
    fault: Callable[[Widget, Exception], None] = lambda _widget, _error: None
    tell: Callable[[NexusError], object] = str
    enter: Callable[[Entry, str], EntryForm] = no_entry
    here: str = ""
    mends: bool = False
    call: Callable[[FunctionCall], Result] = no_function

    def draw(self, dashboard: Dashboard, given: Given | None = None) -> DrawnDashboard:
        """Draw all of *dashboard*; *given* is the address's query string."""
        outline = self.outline(dashboard, given)
        drawn = tuple(self._widget(dashboard, at, given or {}, outline) for at in range(len(dashboard.widgets)))
        return replace(outline, widgets=drawn)

    def draw_widget(
        self, dashboard: Dashboard, at: int, given: Given | None = None, outline: DrawnDashboard | None = None
    ) -> DrawnWidget:
        """Draw the widget at place *at*, counted from 0.

        Args:
            dashboard: What it stands on.
            at: Its place.
            given: The address's query string.
            outline: Of the dashboard, where it is there already.

        Raises:
            NotFound: the dashboard has fewer widgets.
        """
        if not 0 <= at < len(dashboard.widgets):
            raise NotFound(f"{dashboard.title} has {len(dashboard.widgets)} widgets and no number {at + 1}.")
        if outline is not None:
            return self._widget(dashboard, at, given or {}, outline)
        widget = self.widgets.get(dashboard.widgets[at].widget)
        shows_filters = widget is not None and widget.queries is None
        return self._widget(dashboard, at, given or {}, self.outline(dashboard, given, choices=shows_filters))

    def asked(self, dashboard: Dashboard, at: int, given: Given | None = None) -> list[Asked]:
        """Return what the widget at place *at* asks, with all filters in it; nothing is answered.

        Raises:
            NotFound: the dashboard has fewer widgets.
            SettingError: its options do not fit.
        """
        if not 0 <= at < len(dashboard.widgets):
            raise NotFound(f"{dashboard.title} has {len(dashboard.widgets)} widgets and no number {at + 1}.")
        return _Drawing.of(self, dashboard, at, given or {}).asked()

    def outline(self, dashboard: Dashboard, given: Given | None = None, choices: bool = True) -> DrawnDashboard:
        """Return *dashboard* with its filters and with widgets that are still waiting: no widget has asked anything.

        Args:
            dashboard: What to outline.
            given: The address's query string.
            choices: Whether filters whose choices are not declared may ask for them.
        """
        values = filters.values_of(dashboard, given or {})
        schema = self.schema_of(dashboard.source)
        return DrawnDashboard(
            dashboard.name,
            dashboard.title,
            dashboard.description,
            dashboard.note,
            dashboard.source,
            dashboard.generated,
            tuple(filters.drawn(dashboard, values, schema, self.run if choices else None)),
            tuple(self._frame(one, at) for at, one in enumerate(dashboard.widgets)),
            grain_of(given or {}),
            any(self._takes_grain(one) for one in dashboard.widgets),
        )

    def _takes_grain(self, one: Placement) -> bool:
        widget = self.widgets.get(one.widget)
        return widget is not None and widget.chart and {"grain", "time"} <= widget.options.model_fields.keys()

    def _frame(self, one: Placement, at: int) -> DrawnWidget:
        widget = self.widgets.get(one.widget)
        width, height = (widget.width, widget.height) if widget else (4, 4)
        return DrawnWidget(
            f"w{at + 1}",
            one.widget,
            one.title or (widget.title if widget else one.widget),
            one.width or width,
            one.height or height,
            frame=widget.frame if widget else "card",
            chart=widget.chart if widget else False,
            assets=self._assets(widget, one) if widget else (),
        )

    def _assets(self, widget: Widget, one: Placement) -> tuple[str, ...]:
        if widget.assets is no_assets:
            return ()
        try:
            return tuple(widget.assets(widget.options.model_validate(dict(one.options))))
        except ValidationError:
            return ()  # the widget says what is wrong when it is drawn
        except Exception as error:
            self.fault(widget, error)
            return ()

    def _widget(self, dashboard: Dashboard, at: int, given: Given, outline: DrawnDashboard) -> DrawnWidget:
        frame = outline.widgets[at]
        placed = dashboard.widgets[at]
        try:
            return _Drawing.of(self, dashboard, at, given).draw(frame, outline)
        except (Forbidden, NotFound) as error:
            told = str(self.tell(error)) if self.mends and isinstance(error, NotFound) else UNSEEN
            return _failed(frame, told, lasting=True)
        except NexusError as error:
            return _failed(frame, str(self.tell(error)), lasting=error.status < 500 and error.status != 429)
        except Exception as error:
            log.exception("The widget %s of %s failed.", frame.name, dashboard.name)
            if placed.widget in self.widgets:
                self.fault(self.widgets[placed.widget], error)
            return _failed(frame, f"The widget {placed.widget!r} failed while it was drawn. The log has the details.")


def grain_of(given: Given) -> str:
    """Return the step of time that the address asks for, empty for none that there is."""
    told = given.get(GRAIN, "")
    return told if isinstance(told, str) and told in GRAINS else ""


def _failed(frame: DrawnWidget, sentence: str, *, lasting: bool = False) -> DrawnWidget:
    said = sentence or "This widget failed."
    return replace(frame, html=None, error=said, lasting=lasting, frame="card", chart=False)


@dataclass
class _Drawing:
    """One widget while it is drawn."""

    painter: Painter
    dashboard: Dashboard
    placed: Placement
    values: Mapping[str, tuple[str, ...]]
    place: Place
    grain: str = ""
    reached: list[str] = field(default_factory=list)
    period_of: str = ""
    took_ms: float = 0.0
    age: float = 0.0

    @classmethod
    def of(cls, painter: Painter, dashboard: Dashboard, at: int, given: Given) -> _Drawing:
        """Begin with the widget at place *at*."""
        values, place = filters.values_of(dashboard, given), Place.of(given, at, painter.here)
        return cls(painter, dashboard, dashboard.widgets[at], values, place, grain_of(given))

    def asked(self) -> list[Asked]:
        """Return what the widget asks."""
        widget = self._widget()
        return self._asked(widget, self._options(widget))

    def _widget(self) -> Widget:
        widget = self.painter.widgets.get(self.placed.widget)
        if widget is None:
            hint = did_you_mean(self.placed.widget, self.painter.widgets)
            raise SettingError(f"There is no widget called {self.placed.widget!r}.{hint}")
        return widget

    def draw(self, frame: DrawnWidget, outline: DrawnDashboard) -> DrawnWidget:
        """Ask, draw and render."""
        widget = self._widget()
        options = self._options(widget)
        asked = self._asked(widget, options)
        results = [self._answer(one, frame.id) for one in asked]
        drawing = widget.draw(options, results)
        base = self.painter.locale.base
        read = [one for one in asked if not isinstance(one, Entry)]
        rows = [one for one in read if not isinstance(one, FunctionCall)]
        links = {"open": base + self._open(rows[0])} if rows else {}
        context = {
            "title": frame.title,
            "id": frame.id,
            "summary": drawing.summary,
            "filters": outline.filters,
            "open": links.get("open"),
            "sprite": self.painter.locale.sprite,
            "figure": figure,
            "compact": compact,
            "bucket": bucket,
            **drawing.context,
        }
        html = Markup(self.painter.render(widget, context))
        return replace(
            frame,
            html=html,
            summary=drawing.summary,
            table=drawing.table if widget.chart else None,
            took_ms=self.took_ms,
            links=links,
            filters=tuple(self.reached),
            missed=self._missed(outline) if read else (),
            over=tuple(dict.fromkeys(f"{one.source}/{one.resource}" for one in rows)),
            age=self.age,
        )

    def _options(self, widget: Widget) -> BaseModel:
        told = dict(self.placed.options)
        known = widget.options.model_fields
        if "source" in known and not told.get("source"):
            told["source"] = self.dashboard.source
        if {"time", "period"} <= known.keys() and told.get("time"):
            self._take_period(told)
        if self.grain and widget.chart and {"grain", "time"} <= known.keys():
            told["grain"] = self.grain
        try:
            return widget.options.model_validate(told)
        except ValidationError as error:
            raise SettingError("\n".join(mistakes(error, widget.options))) from None

    def _take_period(self, told: dict[str, Any]) -> None:
        """A shared period on the widget's own time takes the place of the widget's period."""
        for one in self.dashboard.filters:
            if one.kind == "period" and one.field == told["time"]:
                self.period_of = one.field
                self.reached.append(one.field)
                if self.values[one.field]:
                    told["period"] = self.values[one.field][0]

    def _asked(self, widget: Widget, options: BaseModel) -> list[Asked]:
        if widget.queries is None:
            return []
        schema = self.painter.schema_of(getattr(options, "source", "") or self.dashboard.source)
        own = getattr(options, "filter", None)
        asked = widget.queries(options, schema)
        return [one if isinstance(one, Entry | FunctionCall) else self._narrowed(one, own) for one in asked]

    def _narrowed(self, one: Query | Listing, own: Any) -> Query | Listing:
        schema = self.painter.schema_of(one.source)
        parts: list[Expression | None] = [one.where if isinstance(one, Query) else one.request.where]
        if own:
            parts.append(parse(own, schema, one.resource) if isinstance(own, str) else from_json(own))
        parts += self._shared(schema, one.resource)
        where = drill.all_of(parts)
        if isinstance(one, Query):
            return replace(one, where=where)
        return replace(one, request=replace(one.request, where=where))

    def _shared(self, schema: Schema, resource: str) -> list[Expression | None]:
        found: list[Expression | None] = []
        for one in self.dashboard.filters:
            there = filters.reaches(one, schema, resource) if one.field != self.period_of else None
            if there is not None:
                found.append(filters.condition(one, self.values[one.field], there))
                if one.field not in self.reached:
                    self.reached.append(one.field)
        return found

    def _missed(self, outline: DrawnDashboard) -> tuple[str, ...]:
        """Return the titles of the filters that are set and reached none of what was asked."""
        return tuple(one.title for one in outline.filters if self.values[one.field] and one.field not in self.reached)

    def _answer(self, asked: Asked, place: str) -> Result | EntryForm:
        if isinstance(asked, Entry):
            return self.painter.enter(asked, place)
        if isinstance(asked, FunctionCall):
            result = self.painter.call(asked)
            self.took_ms += result.took_ms
            return self._at_home(result, as_listed=True)
        return self._result(asked)

    def _result(self, asked: Query | Listing) -> Result:
        schema = self.painter.schema_of(asked.source)
        base = self.painter.locale.base
        if isinstance(asked, Listing):
            page = self.painter.rows(self.place.asked(asked))
            result = listings.answer(asked, page, schema, base)
            if asked.paged:
                result = replace(result, stretch=self.place.stretch(page, base + self._open(asked)))
        else:
            result = self.painter.run(asked)
            if len(result.rows) <= MAX_LINKED:
                links = drill.links(asked, result, schema)
                result = replace(result, links=tuple(link and base + link for link in links))
            if result.others is not None:
                link = drill.others(asked, result, schema)
                result = replace(result, others=replace(result.others, link=link and base + link))
        self.took_ms += result.took_ms
        self.age = max(self.age, result.age)
        return self._at_home(result, as_listed=isinstance(asked, Listing))

    def _at_home(self, result: Result, *, as_listed: bool) -> Result:
        """Times in the reader's zone; those without an offset stand as they are in rows, and else are meant in UTC."""
        zone = self.painter.locale.zone
        if not any(isinstance(value, datetime) for row in result.rows for value in row):
            return result

        def moved(value: Any) -> Any:
            if not isinstance(value, datetime) or (as_listed and value.tzinfo is None):
                return value
            return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(zone)

        return replace(result, rows=tuple(tuple(moved(value) for value in row) for row in result.rows))

    def _open(self, asked: Query | Listing) -> str:
        where = asked.where if isinstance(asked, Query) else asked.request.where
        return drill.address(asked.source, asked.resource, where, self.painter.schema_of(asked.source))
