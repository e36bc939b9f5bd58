"""What makes a question valid, and what a bad one is told."""

from dataclasses import replace

import pytest

from nexus_admin.analytics.check import check_query
from nexus_admin.domain.decision import Decision, denied
from nexus_admin.domain.errors import BadExpression, BadRequest, UnknownField, UnknownResource
from nexus_admin.domain.expression import And, Comparison, Expression, Quantified
from nexus_admin.domain.query import Dimension, Measure, Query
from nexus_admin.testing.schemas import shop

SHOP = shop()
MONTH = Dimension(("placed_at",), "month", "month")
REVENUE = Measure("sum", "revenue", ("total",))


def ask(*dimensions: Dimension, measures: tuple[Measure, ...] = (), **more: object) -> Query:
    return Query("shop", "orders", dimensions=dimensions, measures=measures, **more)  # type: ignore[arg-type]


def test_the_columns_of_the_answer_have_kinds_units_and_titles() -> None:
    query = ask(Dimension(("customer", "country"), "country"), MONTH, measures=(REVENUE, Measure("count", "count")))
    columns = check_query(query, SHOP)
    assert [(one.name, one.kind, one.unit, one.title) for one in columns] == [
        ("country", "text", None, "Customer › Country"),
        ("month", "date", None, "Placed"),
        ("revenue", "money", "EUR", "Revenue"),
        ("count", "integer", None, "Count"),
    ]


def test_a_question_without_parts_counts() -> None:
    assert [one.name for one in check_query(ask(), SHOP)] == ["count"]


@pytest.mark.parametrize(
    ("query", "error", "sentence"),
    [
        (ask(Dimension(("statsu",), "s")), UnknownField, "orders has no field called 'statsu'. Did you mean 'status'?"),
        (ask(Dimension(("custmer", "country"), "c")), UnknownField, "Did you mean 'customer'?"),
        (ask(Dimension(("items", "price"), "p")), BadExpression, "leads to many rows"),
        (ask(Dimension(("status",), "s", "month")), BadRequest, "status (enum) is no date and cannot be cut by month."),
        (ask(Dimension(("placed_at",), "m", "mont")), BadRequest, "Did you mean 'month'?"),
        (ask(Dimension(("shipped_on",), "h", "hour")), BadRequest, "Cut it by day."),
        (ask(measures=(Measure("sum", "s", ("status",)),)), BadRequest, "status (enum) has no sum."),
        (ask(measures=(Measure("avg", "a"),)), BadRequest, "a: avg needs a field."),
        (ask(MONTH, measures=(Measure("count", "month"),)), BadRequest, "Two columns of the query are called 'month'."),
        (ask(MONTH, measures=(REVENUE,), sort=("-revenu",)), UnknownField, "Did you mean 'revenue'?"),
        (ask(MONTH, limit=0), BadRequest, "between 1 and 50,000"),
        (ask(MONTH, limit=50_001), BadRequest, "between 1 and 50,000"),
        (Query("shop", "order"), UnknownResource, "shop has no table called 'order'. Did you mean 'orders'?"),
    ],
)
def test_a_wrong_part_is_named_with_its_nearest_neighbour(query: Query, error: type[Exception], sentence: str) -> None:
    with pytest.raises(error) as caught:
        check_query(query, SHOP)
    assert sentence in str(caught.value)


def test_a_condition_on_the_result_knows_the_results_columns_only() -> None:
    good: Expression = Comparison(("revenue",), "gt", 1000)
    assert check_query(ask(MONTH, measures=(REVENUE,), having=good), SHOP)
    with pytest.raises(UnknownField, match="The query's result has no field called 'total'"):
        check_query(ask(MONTH, measures=(REVENUE,), having=And((good, Comparison(("total",), "gt", 1)))), SHOP)
    with pytest.raises(BadRequest, match="cannot walk relations"):
        check_query(ask(MONTH, measures=(REVENUE,), having=Quantified("any", ("items",))), SHOP)


def test_filters_of_the_question_and_of_its_measures_are_checked() -> None:
    with pytest.raises(UnknownField, match="Did you mean 'status'"):
        check_query(ask(MONTH, where=Comparison(("stats",), "eq", "paid")), SHOP)
    wrong = Measure("count", "paid", None, Comparison(("status",), "eq", "payed"))
    with pytest.raises(BadExpression, match="Did you mean 'paid'"):
        check_query(ask(MONTH, measures=(wrong,)), SHOP)


def test_a_field_that_may_not_be_read_is_answered_like_one_that_is_not_there() -> None:
    def decide(resource: str) -> Decision:
        return Decision(True, "test", fields={"total": "masked"} if resource == "orders" else {})

    with pytest.raises(UnknownField) as hidden:
        check_query(ask(measures=(REVENUE,)), SHOP, decide)
    orders = SHOP.resource("orders")
    without = replace(orders, fields=tuple(one for one in orders.fields if one.name != "total"))
    smaller = replace(SHOP, resources={**SHOP.resources, "orders": without})
    with pytest.raises(UnknownField) as absent:
        check_query(ask(measures=(REVENUE,)), smaller)
    assert str(hidden.value) == str(absent.value)


def test_a_relation_to_rows_that_may_not_be_listed_does_not_exist() -> None:
    def decide(resource: str) -> Decision:
        return denied("test") if resource == "customers" else Decision(True, "test")

    with pytest.raises(UnknownField, match="orders has no field called 'customer'"):
        check_query(ask(Dimension(("customer", "country"), "c")), SHOP, decide)
