"""Every bundled widget keeps the contract that authors of widgets are held to."""

from pathlib import Path
from typing import ClassVar

import pytest

from nexus_admin.sdk import Widget
from nexus_admin.testing.widgets import WidgetContract
from widgets import bar, filter_bar, form, function, live_chart, markdown, metric_card, table, time_series

FOLDER = Path(__file__).parent.parent.parent / "widgets"


def only(found: list[Widget]) -> Widget:
    (widget,) = found
    return widget


@pytest.mark.req("S003-WIDG-03")
class TestMetricCard(WidgetContract):
    widget = only(metric_card.nexus_widgets())
    folder = FOLDER / "metric_card"
    options: ClassVar = {"resource": "orders", "fn": "sum", "field": "total", "time": "placed_at", "period": "30 days"}


class TestMetricCardOfAll(WidgetContract):
    widget = only(metric_card.nexus_widgets())
    folder = FOLDER / "metric_card"
    options: ClassVar = {"resource": "orders", "target": 5000}


class TestTimeSeries(WidgetContract):
    widget = only(time_series.nexus_widgets())
    folder = FOLDER / "time_series"
    options: ClassVar = {
        "resource": "orders",
        "time": "placed_at",
        "period": "90 days",
        "numbers": [{"fn": "sum", "field": "total"}, {"fn": "avg", "field": "total", "name": "Each"}],
        "compare": True,
    }


class TestTimeSeriesByGroup(WidgetContract):
    widget = only(time_series.nexus_widgets())
    folder = FOLDER / "time_series"
    options: ClassVar = {"resource": "orders", "time": "placed_at", "by": "customer.country", "kind": "area"}


class TestTimeSeriesByHour(WidgetContract):
    widget = only(time_series.nexus_widgets())
    folder = FOLDER / "time_series"
    options: ClassVar = {"resource": "orders", "time": "placed_at", "period": "24 hours", "kind": "bar"}


class TestBars(WidgetContract):
    widget = only(bar.nexus_widgets())
    folder = FOLDER / "bar"
    options: ClassVar = {"resource": "orders", "by": "customer.country", "fn": "sum", "field": "total"}


class TestBarsByMonth(WidgetContract):
    widget = only(bar.nexus_widgets())
    folder = FOLDER / "bar"
    options: ClassVar = {"resource": "orders", "by": "placed_at", "grain": "month", "order": "value"}


class TestDonut(WidgetContract):
    widget = only(bar.nexus_widgets())
    folder = FOLDER / "bar"
    options: ClassVar = {"resource": "orders", "by": "status", "fn": "sum", "field": "total", "shape": "donut"}


@pytest.mark.req("S003-WIDG-04")
class TestTableOfAllRows(WidgetContract):
    widget = only(table.nexus_widgets())
    folder = FOLDER / "table"
    options: ClassVar = {"resource": "orders", "rows": "all", "limit": 20}


class TestTable(WidgetContract):
    widget = only(table.nexus_widgets())
    folder = FOLDER / "table"
    options: ClassVar = {"resource": "orders", "columns": ["number", "customer.name", "total"], "sort": ["-placed_at"]}


class TestTableOfGroups(WidgetContract):
    widget = only(table.nexus_widgets())
    folder = FOLDER / "table"
    options: ClassVar = {
        "resource": "orders",
        "by": [{"field": "status"}, {"field": "placed_at", "grain": "month"}],
        "numbers": [{"fn": "count"}, {"fn": "sum", "field": "total", "name": "Revenue"}],
        "sort": ["-Revenue"],
    }


@pytest.mark.req("S003-WIDG-05")
class TestForm(WidgetContract):
    widget = only(form.nexus_widgets())
    folder = FOLDER / "form"
    options: ClassVar = {"resource": "orders", "fields": ["number", "total"], "presets": {"status": "open"}}


class TestFormOfARow(WidgetContract):
    widget = only(form.nexus_widgets())
    folder = FOLDER / "form"
    options: ClassVar = {"resource": "orders", "action": "update", "key": "7"}


@pytest.mark.req("S003-WIDG-07")
class TestFunction(WidgetContract):
    widget = only(function.nexus_widgets())
    folder = FOLDER / "function"
    options: ClassVar = {"action": "reports.margins", "parameters": {"year": 2026, "countries": ["DE", "FR"]}}


class TestText(WidgetContract):
    widget = only(markdown.nexus_widgets())
    folder = FOLDER / "markdown"
    options: ClassVar = {"text": "# Hello\n\n<script>alert(1)</script> [bad](javascript:alert(1)) **good**"}


class TestFilterBar(WidgetContract):
    widget = only(filter_bar.nexus_widgets())
    folder = FOLDER / "filter_bar"


class TestLiveChart(WidgetContract):
    widget = only(live_chart.nexus_widgets())
    folder = FOLDER / "live_chart"
    options: ClassVar = {
        "topic": "app/prices/acme",
        "lines": [{"number": "bid", "name": "Bid"}, {"number": "ask.price"}],
    }
