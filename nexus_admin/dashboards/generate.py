"""Dashboards that nobody wrote: for a whole source, and for one table.

They are guesses over the schema and at most two cheap questions (the greatest key, the span of time).
A table of more than `LARGE` rows is looked at through its newest `SAMPLE` rows only, by a condition on
its key that every database answers from an index; the dashboard's note says so, and its links
lead to those same rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from nexus_admin.dashboards.narrowed import narrowed
from nexus_admin.dashboards.telling import Table, tables, told
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import NexusError
from nexus_admin.domain.query import Measure, Query, Result
from nexus_admin.domain.resource import Resource, Schema
from nexus_admin.domain.widget import Dashboard, Placement, SharedFilter
from nexus_admin.language.paths import Decide
from nexus_admin.sdk.figures import compact
from nexus_admin.sdk.paths import path_text, path_title

LARGE = 500_000
SAMPLE = 200_000
RECENT_DAYS = 45
Probe = Callable[[Query], Result]


def for_source(
    schema: Schema, probe: Probe | None = None, decide: Decide | None = None, today: date | None = None
) -> Dashboard:
    """Return a first dashboard for all of *schema*.

    Args:
        schema: Of the source.
        probe: Answers two kinds of cheap question; None: nothing is asked, and large tables are left out of charts.
        decide: The decision on a resource's rows; fields and tables that may not be read are left out.
        today: For tests; None for the real one.
    """
    schema = schema if decide is None else narrowed(schema, decide)
    sketch = _Sketch(schema, probe, today or date.today())
    found = tables(schema, decide)
    sketch.row(sketch.card(one) for one in found[:4])
    dated = [one for one in found if sketch.runs(one)]
    bars = [(one, one.categories[0]) for one in found if one.grouped][:3]
    if dated:
        sketch.course_and_bars(dated[0], bars)
    else:
        sketch.place(*(sketch.bars(one, path) for one, path in bars))
    if found:
        sketch.newest(dated[0] if dated else found[0])
    title = f"Overview of {schema.source}"
    return sketch.dashboard(_slug(f"overview-{schema.source}"), title, ())


def for_table(
    schema: Schema, name: str, probe: Probe | None = None, decide: Decide | None = None, today: date | None = None
) -> Dashboard:
    """Return a dashboard for the table called *name*: counts by category, the course over time, sums, the newest rows.

    Args:
        schema: Of the source.
        name: Of the table.
        probe: As for `for_source`.
        decide: As for `for_source`.
        today: As for `for_source`.

    Raises:
        UnknownResource: there is none of that name.
    """
    schema = schema if decide is None else narrowed(schema, decide)
    sketch = _Sketch(schema, probe, today or date.today())
    table = told(schema, name, decide)
    sketch.row(sketch.cards(table))
    bars = [(table, path) for path in table.categories[:4]]
    if sketch.runs(table):
        sketch.course_and_bars(table, bars)
    else:
        sketch.place(*(sketch.bars(one, path) for one, path in bars[:3]))
    if table.money and len(bars) > 1:
        sketch.place(sketch.bars(table, bars[1][1], money=True))
    sketch.newest(table, to_the_last=True)
    return sketch.dashboard(
        _slug(f"{schema.source}-{name}"), f"{table.resource.title} at a glance", _filters(schema, table)
    )


def _filters(schema: Schema, table: Table) -> tuple[SharedFilter, ...]:
    found = []
    if table.time:
        found.append(SharedFilter(field=path_text((table.time.name,)), title=table.time.title, kind="period"))
    for path in table.categories[:3]:
        found.append(SharedFilter(field=path_text(path), title=_group_title(schema, table.resource, path)))
    return tuple(found)


@dataclass(frozen=True)
class _Span:
    """From when to when a table's rows are; `recent`: they reach to these days, `flat`: all bear the same moment."""

    days: int
    recent: bool
    flat: bool = False

    @property
    def grain(self) -> str:
        for most, grain in ((3, "hour"), (120, "day"), (730, "week"), (7300, "month")):
            if self.days <= most:
                return grain
        return "year"


class _Sketch:
    """Widgets being collected, and what was found out about tables on the way."""

    def __init__(self, schema: Schema, probe: Probe | None, today: date) -> None:
        self.schema = schema
        self.widgets: list[Placement] = []
        self.notes: list[str] = []
        self._probe = probe
        self._today = today
        self._samples: dict[str, dict[str, Any] | None] = {}
        self._spans: dict[str, _Span | None] = {}

    def place(self, *placed: Placement | None) -> None:
        self.widgets += [one for one in placed if one is not None]

    def row(self, placed: Iterable[Placement | None]) -> None:
        """Place up to four widgets so that they fill a row."""
        found = [one for one in placed if one is not None][:4]
        self.place(*(one.model_copy(update={"width": 12 // len(found)}) for one in found))

    def runs(self, table: Table) -> bool:
        """Whether *table* has a course over time: its rows do not all bear the same moment."""
        span = self._span(table) if table.time else None
        return table.time is not None and (span is None or not span.flat)

    def course_and_bars(self, table: Table, bars: Sequence[tuple[Table, tuple[str, ...]]]) -> None:
        """Place the course of *table* with the first of *bars* beside it, and the others below."""
        first = self.bars(*bars[0], height=5) if bars else None
        self.place(self.course(table, width=8 if first else 12), first)
        self.place(*(self.bars(*one) for one in bars[1:]))

    def dashboard(self, name: str, title: str, filters: tuple[SharedFilter, ...]) -> Dashboard:
        return Dashboard(
            name=name,
            title=title,
            source=self.schema.source,
            filters=filters,
            widgets=tuple(self.widgets),
            generated=True,
            note=" ".join(dict.fromkeys(self.notes)),
        )

    def card(self, table: Table) -> Placement | None:
        """One number for *table*: how many rows, or where that is too much to count, what a row is worth."""
        title = table.resource.title
        if not self._large(table.resource):
            return self._metric(table, title, {})
        if table.money:
            return self._metric(table, f"{title}: average {table.money.title.lower()}", _of("avg", table.money.name))
        return None

    def cards(self, table: Table) -> list[Placement]:
        """Up to four numbers for *table*; sums and counts only where all of its rows are looked at."""
        found: list[Placement | None] = []
        money, large = table.money, self._large(table.resource)
        if not large:
            found.append(self._metric(table, table.resource.title, {}))
            if money:
                found.append(self._metric(table, f"{money.title} in all", _of("sum", money.name)))
        for one in ([money] if money else []) + [one for one in table.numbers if one is not money]:
            found.append(self._metric(table, f"Average {_lower(one.title)}", _of("avg", one.name)))
        return [one for one in found if one is not None][:4]

    def course(self, table: Table, width: int) -> Placement | None:
        """Rows of *table* over time."""
        time = table.time
        if time is None or (base := self._base(table.resource)) is None:
            return None
        span = self._span(table)
        options = base | {"time": path_text((time.name,)), "kind": "area"}
        if span is not None:
            options["grain"] = span.grain if time.kind != "date" or span.grain != "hour" else "day"
        title = f"{table.resource.title} over time"
        return Placement(widget="time_series", title=title, width=width, height=5, options=options)

    def bars(self, table: Table, path: tuple[str, ...], height: int = 6, money: bool = False) -> Placement | None:
        """Rows of *table*, or its money, by the field at *path*."""
        base = self._base(table.resource)
        if base is None:
            return None
        what = table.money.title if money and table.money else table.resource.title
        title = f"{what} by {_lower(_group_title(self.schema, table.resource, path))}"
        options = base | {"by": path_text(path), "limit": 6 if height < 6 else 8}
        if money and table.money:
            options |= _of("sum", table.money.name)
        return Placement(widget="bar", title=title, width=4, height=height, options=options)

    def newest(self, table: Table, *, to_the_last: bool = False) -> None:
        """Place the newest rows of *table* where a row has room left; never sampled: ten rows by a key are cheap.

        With *to_the_last*, a table that has the whole width goes on to the last row.
        """
        resource = table.resource
        time = None if self._large(resource) else table.time
        name = time.name if time else resource.key[0] if len(resource.key) == 1 else None
        left = (12 - sum(one.width or 0 for one in self.widgets if one.height == 6)) % 12
        options: dict[str, Any] = {"resource": resource.name, "limit": 8 if left else 10}
        if left:
            options["columns"] = [path_text((one,)) for one in resource.list_fields[: left - 1]]
        elif to_the_last:
            options = {"resource": resource.name, "rows": "all"}
        if name is not None:
            options["sort"] = [f"-{path_text((name,))}"]
        title = f"Newest {_lower(resource.title)}" if name else resource.title
        self.place(Placement(widget="table", title=title, width=left or 12, height=6 if left else 7, options=options))

    def _metric(self, table: Table, title: str, options: dict[str, Any]) -> Placement | None:
        base = self._base(table.resource)
        if base is None:
            return None
        told = base | options
        span = self._span(table) if self.runs(table) else None
        if table.time and span is not None:
            told["time"] = path_text((table.time.name,))
            if span.grain == "hour":
                told["grain"] = "day" if table.time.kind == "date" else "hour"
            else:
                told["grain"] = span.grain
            if span.recent and options.get("fn") != "avg":
                told |= {"period": "30 days", "grain": "day"}
                title = f"{title}, last 30 days"
        return Placement(widget="metric_card", title=title, options=told)

    def _large(self, resource: Resource) -> bool:
        return (resource.estimated_rows or 0) > LARGE

    def _base(self, resource: Resource) -> dict[str, Any] | None:
        """Options that every question about *resource* begins with; None where it is too large to be asked."""
        if not self._large(resource):
            return {"resource": resource.name}
        if resource.name not in self._samples:
            self._samples[resource.name] = self._sample(resource)
        sample = self._samples[resource.name]
        return None if sample is None else {"resource": resource.name, "filter": sample}

    def _sample(self, resource: Resource) -> dict[str, Any] | None:
        rows = compact(resource.estimated_rows, above=10_000)
        key = resource.by_name.get(resource.key[0]) if resource.key else None
        top = self._one(resource, Measure("max", "top", (key.name,))) if key and key.kind == "integer" else None
        if key is None or not isinstance(top, int):
            self.notes.append(
                f"{resource.title} has about {rows} rows and no number as its key, so it is not in the charts."
            )
            return None
        self.notes.append(
            f"Figures about {_lower(resource.title)} are from the newest {SAMPLE:,} of about {rows} rows; "
            "totals are left out."
        )
        return {"field": path_text((key.name,)), "op": "gt", "value": top - SAMPLE}

    def _span(self, table: Table) -> _Span | None:
        """From when to when the rows are; None where it is not known."""
        name = table.resource.name
        if name not in self._spans:
            self._spans[name] = None
            if table.time is not None and not self._large(table.resource):
                first = self._one(table.resource, Measure("min", "first", (table.time.name,)))
                last = self._one(table.resource, Measure("max", "last", (table.time.name,)))
                if isinstance(first, date) and isinstance(last, date):
                    begin, end = _day(first), _day(last)
                    self._spans[name] = _Span(
                        (end - begin).days, 0 <= (self._today - end).days <= RECENT_DAYS, first == last
                    )
        return self._spans[name]

    def _one(self, resource: Resource, measure: Measure) -> Any:
        if self._probe is None:
            return None
        try:
            result = self._probe(Query(self.schema.source, resource.name, measures=(measure,), limit=1))
        except NexusError:
            return None
        return result.rows[0][0] if result.rows else None


def _group_title(schema: Schema, resource: Resource, path: tuple[str, ...]) -> str:
    """A far row's own title stands for the far row: `Customer`, not `Customer › Name`."""
    if len(path) == 2:
        relation = resource.relation(path[0])
        if schema.resource(relation.to).title_fields == (path[1],):
            return relation.title
    return path_title(schema, resource.name, path)


def _of(fn: str, field: str) -> dict[str, Any]:
    return {"fn": fn, "field": path_text((field,))}


def _day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _lower(title: str) -> str:
    """*title* within a sentence: `Order items` -> `order items`, but `VAT rate` stays."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def _slug(text: str) -> str:
    plain = re.sub(r"[^a-z0-9_-]+", "-", text.casefold()).strip("-_")
    return (plain or "overview")[:100]
