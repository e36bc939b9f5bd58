"""The JSON form of questions and answers."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_admin.analytics.query_json import FUNCTIONS, read_query, write_query, write_result
from nexus_admin.domain.errors import BadExpression, BadRequest, UnknownField, UnknownResource, UnknownSource
from nexus_admin.domain.expression import And, Comparison
from nexus_admin.domain.kinds import GRAINS
from nexus_admin.domain.query import Dimension, Measure, Query, Result, ResultColumn
from nexus_admin.domain.resource import Schema
from nexus_admin.domain.row import Masked
from nexus_admin.testing.schemas import shop

SHOP = shop()


def schema_of(name: str) -> Schema:
    if name != "shop":
        raise UnknownSource(name, ["shop"])
    return SHOP


def read(**parts: Any) -> Query:
    return read_query({"source": "shop", "resource": "orders", **parts}, schema_of)


def test_the_whole_form_is_read() -> None:
    query = read(
        filter={"field": "status", "op": "eq", "value": "paid"},
        dimensions=[{"field": "customer.country"}, {"field": "placed_at", "grain": "month", "as": "month"}],
        measures=[
            {"fn": "count", "field": None},
            {"fn": "sum", "field": "total", "filter": {"field": "total", "op": "gt", "value": 5}, "as": "revenue"},
        ],
        having={"field": "revenue", "op": "gt", "value": 1000},
        sort=["-revenue", "month"],
        limit=100,
    )
    assert query == Query(
        "shop",
        "orders",
        Comparison(("status",), "eq", "paid"),
        (Dimension(("customer", "country"), "customer.country"), Dimension(("placed_at",), "month", "month")),
        (
            Measure("count", "count"),
            Measure("sum", "revenue", ("total",), Comparison(("total",), "gt", 5)),
        ),
        Comparison(("revenue",), "gt", 1000),
        ("-revenue", "month"),
        100,
    )


def test_filters_may_be_text() -> None:
    query = read(
        filter="status:paid total:>100",
        measures=[{"fn": "sum", "field": "total", "as": "revenue", "filter": "status:paid"}],
        dimensions=["status"],
        having="revenue:>1000",
    )
    assert query.where == And((Comparison(("status",), "eq", "paid"), Comparison(("total",), "gt", 100)))
    assert query.measures[0].where == Comparison(("status",), "eq", "paid")
    assert query.having == Comparison(("revenue",), "gt", 1000)


def test_names_are_made_where_none_are_given() -> None:
    query = read(
        dimensions=[{"field": "placed_at", "grain": "month"}],
        measures=[{"fn": "count"}, {"fn": "avg", "field": "total"}],
    )
    assert [one.name for one in query.dimensions + query.measures] == ["placed_at_month", "count", "avg_total"]


@pytest.mark.parametrize(
    ("body", "error", "sentence"),
    [
        ([], BadRequest, "The query must be a JSON object, not a list."),
        ({"resource": "orders"}, BadRequest, "'source' is missing"),
        ({"source": "shop", "resource": 3}, BadRequest, "'resource' must be a text, not a number"),
        ({"source": "shopp", "resource": "orders"}, UnknownSource, "Did you mean 'shop'?"),
        ({"source": "shop", "resource": "oders"}, UnknownResource, "Did you mean 'orders'?"),
    ],
)
def test_what_the_query_is_about_must_be_there(body: Any, error: type[Exception], sentence: str) -> None:
    with pytest.raises(error) as caught:
        read_query(body, schema_of)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("parts", "error", "sentence"),
    [
        ({"dimension": []}, BadRequest, "no part called 'dimension'. Did you mean 'dimensions'?"),
        ({"dimensions": {}}, BadRequest, "'dimensions' must be a list, not an object."),
        ({"dimensions": [{"feld": "x"}]}, BadRequest, "Dimension 1 of the query has no part called 'feld'."),
        ({"dimensions": [{"field": "a..b"}]}, BadExpression, "is not a path"),
        ({"measures": [{"fn": "summ", "field": "total"}]}, BadRequest, "Did you mean 'sum'?"),
        ({"measures": [{}]}, BadRequest, "Measure 1 of the query: 'fn' is missing."),
        ({"measures": ["count"]}, BadRequest, "Measure 1 of the query must be a JSON object, not a text."),
        ({"filter": {"feild": "x"}}, BadExpression, "'feild'"),
        ({"filter": "stat:paid"}, UnknownField, "stat"),
        ({"sort": [3]}, BadRequest, "'sort' holds a number where a name is needed."),
        ({"limit": 0}, BadRequest, "'limit' must be a whole number between 1 and 50,000."),
        ({"limit": True}, BadRequest, "'limit'"),
        ({"limit": 50_001}, BadRequest, "'limit'"),
    ],
)
def test_a_wrong_part_is_named(parts: dict[str, Any], error: type[Exception], sentence: str) -> None:
    with pytest.raises(error) as caught:
        read(**parts)
    assert sentence in str(caught.value)


names = st.text(min_size=1, max_size=12)
paths = st.lists(names, min_size=1, max_size=3).map(tuple)
values = st.one_of(st.integers(), st.text(), st.booleans())
comparisons = st.builds(Comparison, paths, st.sampled_from(["eq", "ne", "gt"]), values)
dimensions = st.builds(Dimension, paths, names, st.one_of(st.none(), st.sampled_from(GRAINS)))
measures = st.builds(Measure, st.sampled_from(FUNCTIONS), names, paths, st.one_of(st.none(), comparisons))
queries = st.builds(
    Query,
    st.just("shop"),
    st.just("orders"),
    st.one_of(st.none(), comparisons),
    st.lists(dimensions, max_size=3).map(tuple),
    st.lists(measures, max_size=3).map(tuple),
    st.one_of(st.none(), comparisons),
    st.lists(names, max_size=3).map(tuple),
    st.integers(1, 50_000),
)


@given(queries)
def test_what_is_written_is_read_back_the_same(query: Query) -> None:
    assert read_query(json.loads(json.dumps(write_query(query))), schema_of) == query


def test_an_answer_is_written_exactly() -> None:
    result = Result(
        (ResultColumn("month", "date", grain="month", title="Placed"), ResultColumn("revenue", "money", "EUR")),
        (
            (date(2026, 3, 1), Decimal("1234567890123456.10")),
            (datetime(2026, 3, 1, 5, tzinfo=UTC), float("nan")),
            (None, Masked("•••")),
        ),
        12.34567,
        truncated=True,
    )
    assert write_result(result) == {
        "columns": [
            {"name": "month", "kind": "date", "title": "Placed", "grain": "month"},
            {"name": "revenue", "kind": "money", "title": "revenue", "unit": "EUR"},
        ],
        "rows": [
            ["2026-03-01", "1234567890123456.10"],
            ["2026-03-01T05:00:00+00:00", None],
            [None, {"masked": "•••"}],
        ],
        "took_ms": 12.346,
        "truncated": True,
    }
