"""Dashboards that nobody wrote."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from nexus_admin.analytics.check import check_query
from nexus_admin.dashboards.check import problems
from nexus_admin.dashboards.files import read, write
from nexus_admin.dashboards.generate import LARGE, SAMPLE, for_source, for_table
from nexus_admin.domain.decision import Decision, denied
from nexus_admin.domain.query import Query, Result
from nexus_admin.domain.resource import Field, Relation, Resource, Schema
from nexus_admin.domain.widget import Dashboard
from nexus_admin.testing.schemas import shop
from tests.dashboards.worlds import WIDGETS

SHOP = shop()
TODAY = date(2026, 3, 31)
ODD = Resource(
    "odd",
    "Order Details",
    "Order Details",
    "Order details",
    "Order detail",
    key=("a.b", "select"),
    fields=(
        Field("a.b", "A.b", "integer", key=True),
        Field("select", "Select", "text", key=True),
        Field("Unit Price", "Unit price", "money"),
        Field("Größe", "Größe", "decimal"),
        Field("password", "Password", "secret", secret=True),
    ),
    list_fields=("a.b", "select", "Unit Price"),
)
BARE = Resource("odd", "log", "log", "Log", "Log", fields=(Field("line", "Line", "text"),), list_fields=("line",))


def schema(*resources: Resource) -> Schema:
    return Schema("odd", "sqlite", {one.name: one for one in resources})


def valid(dashboard: Dashboard, over: Schema) -> None:
    """Every option, question and filter of it holds, and as a file it reads back the same."""
    assert problems(dashboard, WIDGETS, lambda _: over, check_query) == []
    assert read(write(dashboard), "x.toml", "", WIDGETS) == dashboard


def answering(first: Any, last: Any, top: int = 0) -> Any:
    def probe(query: Query) -> Result:
        columns = check_query(query, SHOP)
        value = {"first": first, "last": last, "top": top}[query.measures[0].name]
        return Result(columns, ((value,),), 1.0)

    return probe


RECENT = answering(datetime(2025, 12, 20), datetime(2026, 3, 30, 12))


def told(dashboard: Dashboard) -> list[tuple[str, str]]:
    return [(one.widget, one.title) for one in dashboard.widgets]


def test_a_source_gets_numbers_a_course_top_groups_and_the_newest_rows() -> None:
    dashboard = for_source(SHOP, RECENT, today=TODAY)
    assert told(dashboard) == [
        ("metric_card", "Orders, last 30 days"),
        ("metric_card", "Customers, last 30 days"),
        ("metric_card", "Order items"),
        ("metric_card", "Products"),
        ("time_series", "Orders over time"),
        ("bar", "Orders by status"),
        ("bar", "Order items by product"),
        ("bar", "Products by category"),
        ("table", "Newest orders"),
    ]
    assert dashboard.generated
    assert dashboard.note == ""
    valid(dashboard, SHOP)


def test_a_table_gets_counts_by_status_and_relation_its_money_and_filters() -> None:
    dashboard = for_table(SHOP, "orders", RECENT, today=TODAY)
    assert told(dashboard) == [
        ("metric_card", "Orders, last 30 days"),
        ("metric_card", "Total in all, last 30 days"),
        ("metric_card", "Average total"),
        ("metric_card", "Average discount"),
        ("time_series", "Orders over time"),
        ("bar", "Orders by status"),
        ("bar", "Orders by customer"),
        ("bar", "Total by customer"),
        ("table", "Newest orders"),
    ]
    assert [(one.field, one.kind) for one in dashboard.filters] == [
        ("placed_at", "period"),
        ("status", "choice"),
        ("customer.name", "choice"),
    ]
    valid(dashboard, SHOP)


def test_old_data_is_not_shown_through_the_last_30_days() -> None:
    dashboard = for_table(SHOP, "orders", answering(datetime(2009, 1, 1), datetime(2013, 12, 22)), today=TODAY)
    assert dashboard.widgets[0].title == "Orders"
    assert dashboard.widgets[0].options["grain"] == "month"
    valid(dashboard, SHOP)


@pytest.mark.parametrize("name", list(SHOP.resources))
def test_every_table_has_a_valid_dashboard_without_asking_anything(name: str) -> None:
    dashboard = for_table(SHOP, name)
    assert dashboard.widgets
    valid(dashboard, SHOP)


@pytest.mark.parametrize("resource", [ODD, BARE], ids=["odd names", "no key, one text"])
def test_odd_tables_have_one_too(resource: Resource) -> None:
    over = schema(resource)
    valid(for_table(over, resource.name), over)
    valid(for_source(over), over)
    assert "password" not in write(for_table(over, resource.name))


def test_an_empty_source_has_an_empty_dashboard() -> None:
    assert for_source(schema()).widgets == ()


def test_a_large_table_is_looked_at_through_its_newest_rows_and_the_note_says_so() -> None:
    orders = replace(SHOP.resource("orders"), estimated_rows=10_000_000)
    over = replace(SHOP, resources={**SHOP.resources, "orders": orders})
    dashboard = for_table(over, "orders", answering(None, None, top=10_400_000), today=TODAY)
    sample = {"field": "id", "op": "gt", "value": 10_400_000 - SAMPLE}
    assert dashboard.note == (
        "Figures about orders are from the newest 200,000 of about 10.0M rows; totals are left out."
    )
    for one in dashboard.widgets:
        assert one.widget == "table" or one.options["filter"] == sample
        assert one.options.get("fn") in (None, "avg") or one.widget == "bar"
        assert one.widget != "metric_card" or one.options["fn"] == "avg"
    assert dashboard.widgets[-1].options["sort"] == ["-id"]
    valid(dashboard, over)


def test_a_large_table_that_cannot_be_sampled_is_left_out_of_the_charts_and_said() -> None:
    items = replace(SHOP.resource("order_items"), estimated_rows=LARGE + 1, key=("note",))
    over = replace(SHOP, resources={**SHOP.resources, "order_items": items})
    dashboard = for_table(over, "order_items", RECENT, today=TODAY)
    assert [one.widget for one in dashboard.widgets] == ["table"]
    assert "has about 500k rows and no number as its key" in dashboard.note


def test_join_tables_and_views_are_not_what_a_source_is_about() -> None:
    tucked = replace(SHOP.resource("order_items"), tucked=True)
    view = replace(SHOP.resource("products"), type="view")
    over = replace(SHOP, resources={**SHOP.resources, "order_items": tucked, "products": view})
    asked = {one.options["resource"] for one in for_source(over).widgets}
    assert asked == {"orders", "customers"}


def test_what_its_reader_may_not_see_is_not_in_it() -> None:
    def decide(name: str) -> Decision:
        if name == "customers":
            return denied("test")
        return Decision(True, "test", fields={"total": "hidden", "status": "hidden"} if name == "orders" else {})

    text = write(for_source(SHOP, None, decide)) + write(for_table(SHOP, "orders", None, decide))
    assert "customer." not in text
    assert "customers" not in text
    assert '"total"' not in text
    assert '"status"' not in text


def test_a_date_that_says_when_a_row_came_is_found_among_others() -> None:
    rentals = Resource(
        "s", "rental", "rental", "Rentals", "Rental", key=("id",),
        fields=(
            Field("id", "Id", "integer", key=True),
            Field("last_update", "Last update", "datetime", nullable=False),
            Field("return_date", "Return date", "datetime"),
            Field("rental_date", "Rental date", "datetime", nullable=False),
        ),
        relations=(Relation("self", "Self", "rental", False, (("id", "id"),)),),
    )  # fmt: skip
    (course,) = [
        one for one in for_table(Schema("s", "", {"rental": rentals}), "rental").widgets if one.widget == "time_series"
    ]
    assert course.options["time"] == "rental_date"
