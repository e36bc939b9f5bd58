"""From a mark to exactly the rows behind it."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nexus_admin.dashboards.drill import address, all_of, behind, link, links
from nexus_admin.domain.expression import And, Comparison, Expression, Not, Or
from nexus_admin.domain.kinds import GRAINS
from nexus_admin.domain.query import Dimension, Measure, Query, ResultColumn
from nexus_admin.domain.row import Masked
from tests.dashboards.memory import STATES, Memory

WORLDS = {zone: Memory(zone) for zone in ("UTC", "America/New_York", "Asia/Kolkata")}
COUNT = Measure("count", "count")
PAID = Comparison(("status",), "eq", "paid")

filters: st.SearchStrategy[Expression | None] = st.one_of(
    st.none(),
    st.builds(Comparison, st.just(("status",)), st.sampled_from(["eq", "ne"]), st.sampled_from(STATES)),
    st.builds(Comparison, st.just(("total",)), st.sampled_from(["gt", "le"]), st.integers(0, 500)),
    st.just(Comparison(("placed_at",), "in_last", "90 days")),
    st.just(Or((PAID, Comparison(("customer", "country"), "eq", "FR")))),
    st.just(Not(Comparison(("customer", "vip"), "eq", True))),
)
PATHS = [("status",), ("customer", "country"), ("customer", "vip"), ("total",), ("discount",), ("shipped_on",)]
dimensions = st.one_of(
    st.sampled_from(PATHS).map(lambda path: Dimension(path, "_".join(path))),
    st.sampled_from(GRAINS).map(lambda grain: Dimension(("placed_at",), "step", grain)),
    st.sampled_from(GRAINS[:-1]).map(lambda grain: Dimension(("shipped_on",), "shipped", grain)),
)  # fmt: skip


@pytest.mark.req("S003-WIDG-02")
@settings(max_examples=40)
@given(
    zone=st.sampled_from(list(WORLDS)),
    where=filters,
    grouped=st.lists(dimensions, max_size=2, unique_by=lambda one: one.name),
)
def test_the_list_behind_every_mark_has_as_many_rows_as_the_mark_counts(
    zone: str, where: Expression | None, grouped: list[Dimension]
) -> None:
    world = WORLDS[zone]
    query = Query("shop", "orders", where, tuple(grouped), (COUNT,), limit=2000)
    result = world.run(query)
    total = 0
    for row, there in zip(result.rows[:25], links(query, result, world.schema), strict=False):
        assert there is not None
        found = world.behind(there)
        assert len(found) == row[-1], f"{row} behind {there}"
        total += len(found)
    if len(result.rows) <= 25:
        assert total == len(world.rows_where("orders", where)), "every row is behind exactly one mark"


def test_a_measures_own_condition_goes_along() -> None:
    world = WORLDS["UTC"]
    paid = Measure("count", "paid", None, PAID)
    query = Query("shop", "orders", dimensions=(Dimension(("customer", "country"), "country"),), measures=(paid,))
    result = world.run(query)
    for row, there in zip(result.rows, links(query, result, world.schema), strict=True):
        assert len(world.behind(there or "")) == row[1]


def test_a_measure_without_a_condition_shows_the_whole_group() -> None:
    column = ResultColumn("status", "enum")
    query = Query(
        "shop",
        "orders",
        dimensions=(Dimension(("status",), "status"),),
        measures=(COUNT, Measure("count", "p", None, PAID)),
    )
    assert behind(query, [column], ("open", 4, 0)) == Comparison(("status",), "eq", "open")


def test_what_is_masked_or_cannot_be_compared_has_no_way_down() -> None:
    query = Query("shop", "customers", dimensions=(Dimension(("email",), "email"),))
    column = ResultColumn("email", "email")
    assert link(query, [column], (Masked("a•••"),), WORLDS["UTC"].schema) is None
    assert link(query, [column], (b"x",), WORLDS["UTC"].schema) is None
    assert link(query, [column], (Decimal("nan"),), WORLDS["UTC"].schema) is None


def test_no_condition_is_the_plain_list() -> None:
    assert address("shop", "Order Details", None, WORLDS["UTC"].schema) == "/s/shop/Order~20Details"


def test_conditions_are_joined_flat_and_each_once() -> None:
    other = Comparison(("total",), "gt", 1)
    assert all_of([PAID, None, And((PAID, other))]) == And((PAID, other))
    assert all_of([None, PAID]) == PAID
    assert all_of([]) is None
