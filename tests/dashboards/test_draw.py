"""Drawing a dashboard, widget by widget."""

import logging
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from typing import Any
from urllib.parse import unquote

import pytest

from nexus_admin.dashboards.draw import Painter
from nexus_admin.dashboards.drawn import DrawnWidget
from nexus_admin.dashboards.generate import for_source, for_table
from nexus_admin.domain.errors import NotFound, SourceTimeout
from nexus_admin.domain.expression import And, Comparison
from nexus_admin.domain.field_kind import Locale
from nexus_admin.domain.query import Query, Result
from nexus_admin.domain.widget import Dashboard, Placement, SharedFilter, Widget
from nexus_admin.testing.widgets import Inspection
from tests.dashboards.memory import NOW, Memory
from tests.dashboards.worlds import WIDGETS, rendered

BY_STATUS = Placement(widget="bar", title="By status", options={"resource": "orders", "by": "status"})
BY_COUNTRY = Placement(widget="bar", options={"resource": "customers", "by": "country"})
NEWEST = Placement(
    widget="table",
    options={
        "resource": "orders",
        "columns": ["number", "customer_id", "placed_at"],
        "sort": ["-placed_at"],
        "limit": 3,
    },
)
REVENUE = Placement(
    widget="metric_card",
    title="Revenue",
    options={"resource": "orders", "fn": "sum", "field": "total", "time": "placed_at", "period": "30 days"},
)
COURSE = Placement(widget="time_series", options={"resource": "orders", "time": "placed_at", "grain": "month"})


def painter(world: Memory, widgets: Mapping[str, Widget] = WIDGETS, **more: Any) -> Painter:
    return Painter(
        widgets,
        lambda _: world.schema,
        more.pop("run", world.run),
        world.listing,
        rendered,
        Locale(zone=world.zone, **more),
    )


def dashboard(*placed: Placement, filters: tuple[SharedFilter, ...] = ()) -> Dashboard:
    return Dashboard(name="test", title="Test", source="shop", widgets=placed, filters=filters)


def text(one: DrawnWidget) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", str(one.html)))


def test_every_widget_is_drawn_with_its_rows_behind_it() -> None:
    world = Memory()
    drawn = painter(world).draw(dashboard(BY_STATUS, NEWEST, REVENUE, COURSE))
    bars, newest, revenue, course = drawn.widgets
    assert [one.error for one in drawn.widgets] == [""] * 4
    for link in re.findall(r'href="(/s/[^"]+)"', str(bars.html)):
        assert 0 < len(world.behind(link)) < 300
    assert "/s/shop/orders/" in str(newest.html)
    assert "Customer " in text(newest), "a foreign key shows the far row's title"
    assert revenue.frame == "bare"
    assert "against" in text(revenue)
    assert course.chart
    assert course.table is not None
    assert course.summary.startswith("Orders by month from")
    assert drawn.charts
    assert drawn.took_ms > 0


def test_one_failing_widget_shows_its_own_sentence_and_takes_nothing_down(caplog: pytest.LogCaptureFixture) -> None:
    def broken(options: Any, results: Any) -> Any:
        raise KeyError("secret detail")

    widgets = {**WIDGETS, "broken": replace(WIDGETS["bar"], name="broken", draw=broken)}
    with caplog.at_level(logging.CRITICAL, "nexus_admin.dashboards"):
        drawn = painter(Memory(), widgets).draw(
            dashboard(
                BY_STATUS.model_copy(update={"widget": "broken"}),
                BY_STATUS.model_copy(update={"widget": "bars"}),
                Placement(widget="bar", options={"resource": "orders", "bye": "status"}),
                Placement(widget="bar", options={"resource": "orders", "by": "statsu"}),
                Placement(widget="bar", options={"resource": "orders", "by": "status", "filter": "stats:paid"}),
                BY_STATUS,
            )
        )
    broke, unknown, option, field, filtered, good = drawn.widgets
    assert broke.error == "The widget 'broken' failed while it was drawn. The log has the details."
    assert unknown.error == "There is no widget called 'bars'. Did you mean 'bar'?"
    assert "bye: there is no such key. Did you mean 'by'?" in option.error
    assert field.error == "orders has no field called 'statsu'. Did you mean 'status'?"
    assert "stats" in filtered.error
    assert good.error == ""
    assert good.html is not None


def test_a_slow_source_is_one_widgets_own_matter() -> None:
    world = Memory()

    def run(query: Query) -> Result:
        if query.resource == "customers":
            raise SourceTimeout("shop took longer than 30 s.")
        return world.run(query)

    slow, good = painter(world, run=run).draw(dashboard(BY_COUNTRY, BY_STATUS)).widgets
    assert slow.error == "shop took longer than 30 s."
    assert not good.error


STATUS = SharedFilter(field="status", default="paid")
PERIOD = SharedFilter(field="placed_at", kind="period")
COUNTRY = SharedFilter(field="customer.country", title="Country")


def test_a_shared_filter_reaches_only_widgets_whose_table_has_the_field() -> None:
    world = Memory()
    drawn = painter(world).draw(dashboard(BY_STATUS, BY_COUNTRY, filters=(STATUS,)))
    asked = [one for one in world.asked if one.dimensions]
    assert asked[0].where == Comparison(("status",), "eq", "paid")
    assert asked[1].where is None
    assert [one.filters for one in drawn.widgets] == [("status",), ()]


def test_the_address_wins_over_the_default_and_an_empty_value_means_all() -> None:
    world = Memory()
    board = dashboard(BY_STATUS, filters=(STATUS,))
    painter(world).draw(board, {"f.status": ["open", "shipped"]})
    painter(world).draw(board, {"f.status": ""})
    assert [one.where for one in world.asked] == [Comparison(("status",), "in", ("open", "shipped")), None]


def test_a_shared_filter_a_widgets_own_filter_and_the_mark_all_go_into_the_link() -> None:
    world = Memory()
    placed = Placement(widget="bar", options={"resource": "orders", "by": "customer.country", "filter": "total:>100"})
    drawn = painter(world).draw(dashboard(placed, filters=(STATUS, PERIOD)), {"f.placed_at": "90 days"})
    (query,) = [one for one in world.asked if one.resource == "orders"]
    assert query.where == And(
        (
            Comparison(("total",), "gt", 100),
            Comparison(("status",), "eq", "paid"),
            Comparison(("placed_at",), "in_last", "90 days"),
        )
    )
    links = re.findall(r'href="(/s/[^"]+)"', str(drawn.widgets[0].html))
    numbers = [int(one) for one in re.findall(r'<data value="(\d+)"', str(drawn.widgets[0].html))]
    assert [len(world.behind(link)) for link in links] == numbers
    assert len(world.behind(drawn.widgets[0].links["open"])) == sum(
        row[1] for row in world.run(replace(query, limit=500)).rows
    )


def test_a_shared_period_takes_the_place_of_a_widgets_own_so_that_it_can_still_compare() -> None:
    world = Memory()
    painter(world).draw(dashboard(REVENUE, filters=(PERIOD,)), {"f.placed_at": "90 days"})
    now, before, _ = world.asked
    assert now.where == Comparison(("placed_at",), "in_last", "90 days")
    assert "-180 days" in str(before.where)


def test_a_value_that_does_not_fit_is_said_where_it_is_used_and_never_widens_the_result() -> None:
    drawn = painter(Memory()).draw(dashboard(BY_STATUS, filters=(STATUS, PERIOD)), {"f.status": "payed"})
    assert "Did you mean 'paid'?" in drawn.widgets[0].error
    drawn = painter(Memory()).draw(dashboard(BY_STATUS, filters=(PERIOD,)), {"f.placed_at": "this_mont"})
    assert "Did you mean 'this_month'?" in drawn.widgets[0].error
    assert "Did you mean 'this_month'?" in drawn.filters[0].error


def test_filters_offer_declared_choices_or_those_of_the_far_table() -> None:
    world = Memory()
    status, period, country = painter(world).outline(dashboard(filters=(STATUS, PERIOD, COUNTRY))).filters
    assert [one.value for one in status.choices or ()] == ["open", "paid", "shipped", "cancelled"]
    assert (status.value, status.shown, status.parameter) == ("paid", "Paid", "f.status")
    assert (period.choices or ())[1].title == "Last 30 days"
    assert "FR" in [one.value for one in country.choices or ()]
    assert world.asked[-1].resource == "customers", "not the large table in between"
    assert (status.title, country.title) == ("Status", "Country")


def test_the_outline_asks_nothing_of_any_widget_and_one_widget_can_be_drawn_alone() -> None:
    world = Memory()
    board = dashboard(BY_STATUS, BY_COUNTRY)
    outline = painter(world).outline(board)
    assert world.asked == []
    assert all(one.waiting for one in outline.widgets)
    one = painter(world).draw_widget(board, 1)
    assert (one.id, one.title, one.waiting) == ("w2", "Bars", False)
    with pytest.raises(NotFound, match="Test has 2 widgets and no number 3"):
        painter(world).draw_widget(board, 2)


def test_a_widget_says_which_of_the_filters_that_are_set_do_not_reach_it() -> None:
    filters = (STATUS, PERIOD, COUNTRY)
    drawn = painter(Memory()).draw(dashboard(BY_STATUS, BY_COUNTRY, filters=filters), {"f.placed_at": "90 days"})
    assert [one.missed for one in drawn.widgets] == [(), ("Status", "Placed")]
    given = {"f.status": "", "f.placed_at": ""}
    unset = painter(Memory()).draw(dashboard(BY_COUNTRY, REVENUE, filters=filters), given)
    assert [one.missed for one in unset.widgets] == [(), ()]
    alone = painter(Memory()).draw_widget(dashboard(BY_COUNTRY, filters=filters), 0)
    assert alone.missed == ("Status",)
    bar = Placement(widget="filter_bar")
    assert painter(Memory()).draw(dashboard(bar, filters=filters)).widgets[0].missed == (), "it asks nothing"


def test_what_trying_again_cannot_mend_is_told_from_what_it_can() -> None:
    def slow(query: Query) -> Result:
        raise SourceTimeout("too slow")

    gone = Placement(widget="bar", options={"resource": "order_item", "by": "status"})
    wrong = Placement(widget="bar", options={"resource": "orders", "by": "statsu"})
    away, mistaken = painter(Memory()).draw(dashboard(gone, wrong)).widgets
    assert away.error == "You cannot see what this is drawn from, or it is not there any more."
    assert away.lasting
    (told,) = replace(painter(Memory()), mends=True).draw(dashboard(gone)).widgets
    assert "'order_item'. Did you mean 'order_items'?" in told.error
    assert mistaken.lasting
    assert not painter(Memory(), run=slow).draw(dashboard(BY_STATUS)).widgets[0].lasting


def test_links_begin_where_the_app_is_mounted() -> None:
    drawn = painter(Memory("Asia/Kolkata"), base="/admin").draw(dashboard(NEWEST, BY_STATUS))
    for one in drawn.widgets:
        links = re.findall(r'href="([^"]+)"', str(one.html))
        assert links
        assert all(link.startswith("/admin/s/shop/") for link in links)
        assert one.links["open"].startswith("/admin/s/shop/orders")


def test_moments_of_rows_are_the_readers_and_those_without_a_zone_stand_as_in_the_list() -> None:
    def said(zone: str, *, aware: bool) -> str:
        world = Memory(zone)
        for row in world.tables["orders"]:
            row["placed_at"] = row["placed_at"].replace(tzinfo=UTC if aware else None)
        return text(painter(world).draw(dashboard(NEWEST)).widgets[0])

    assert said("Asia/Kolkata", aware=True) != said("UTC", aware=True)
    assert said("Asia/Kolkata", aware=False) == said("UTC", aware=False)


def test_a_table_says_keys_of_rows_as_the_list_does() -> None:
    world = Memory()
    world.tables["orders"] = [{**world.tables["orders"][0], "id": 31469}]
    keys = Placement(widget="table", options={"resource": "orders", "columns": ["id", "number"], "limit": 3})
    drawn = text(painter(world).draw(dashboard(keys)).widgets[0])
    assert re.search(r"\b31469\b", drawn)
    assert "31,469" not in drawn


def test_a_filter_bar_shows_the_filters_in_the_pages_place() -> None:
    drawn = painter(Memory()).draw(dashboard(Placement(widget="filter_bar"), filters=(STATUS, PERIOD)))
    html = str(drawn.widgets[0].html)
    assert drawn.own_filter_bar
    assert 'name="f.status"' in html
    assert '<option value="paid" selected>' in html
    alone = painter(Memory()).draw_widget(dashboard(Placement(widget="filter_bar"), filters=(COUNTRY,)), 0)
    assert '<option value="FR"' in str(alone.html)


@pytest.mark.parametrize("which", ["source", "customers", "orders"])
def test_generated_dashboards_draw_whole(which: str) -> None:
    world = Memory()
    made = for_source(world.schema, world.run, today=NOW.date()) if which == "source" else for_table(
        world.schema, which, world.run, today=NOW.date()
    )  # fmt: skip
    kept = made.model_copy(
        update={"widgets": tuple(one for one in made.widgets if one.options["resource"] in world.tables)}
    )
    drawn = painter(world).draw(kept)
    assert [one.error for one in drawn.widgets] == [""] * len(kept.widgets)
    for one in drawn.widgets:
        assert Inspection.of(str(one.html)).wrong == []


def test_the_link_of_a_mark_reads_as_a_person_would_write_it() -> None:
    drawn = painter(Memory()).draw(dashboard(BY_STATUS))
    links = [unquote(one) for one in re.findall(r'href="(/s/[^"]+)"', str(drawn.widgets[0].html))]
    assert "/s/shop/orders?filter=status:paid" in links
