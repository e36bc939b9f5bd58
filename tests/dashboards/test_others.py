"""What a question leaves over is one number, and the list behind it has exactly those rows, on three engines."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from nexus_admin.analytics.query_json import write_query, write_result
from nexus_admin.dashboards.drill import others
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import BadRequest
from nexus_admin.domain.query import Dimension, Measure, Query, Result
from nexus_admin.domain.target import Target
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Options
from tests.dashboards.test_drill_rows import Reader

OWNER = Actor("user:owner", name="owner", roles=("owner",))
STATES = ["open"] * 9 + ["paid"] * 7 + [None] * 6 + ["Open", "it's", 'a "b"', "sent, late", "null", "`x`"] * 2 + ["one"]
COUNTRIES = ("FR", None, "DE", "fr", "PT")


@pytest.fixture(params=["sqlite", "postgres", "mariadb"], scope="module")
def reader(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    folder = tmp_path_factory.mktemp("others")
    url = f"sqlite:///{folder}/shop.db"
    if request.param != "sqlite":
        url = request.getfixturevalue(f"module_{request.param}_url")
    engine = sa.create_engine(url)
    with engine.begin() as there:
        there.execute(sa.text("create table customers (id integer primary key, name varchar(40), country varchar(2))"))
        there.execute(
            sa.text(
                "create table orders (id integer primary key, customer_id integer references customers (id),"
                " status varchar(20), total decimal(10, 2), placed_on date, rush boolean)"
            )
        )
        people = [{"id": at, "country": one} for at, one in enumerate(COUNTRIES, 1)]
        there.execute(sa.text("insert into customers values (:id, 'x', :country)"), people)
        there.execute(
            sa.text("insert into orders values (:id, :customer, :status, :total, :placed, :rush)"),
            [_order(at, status) for at, status in enumerate(STATES, 1)],
        )
    engine.dispose()
    kernel = Kernel(Options(urls=(("shop", url),), state=str(folder / "n.db"), environ={})).start()
    yield Reader(kernel, OWNER, "UTC")
    kernel.stop()


def _order(at: int, status: str | None) -> dict[str, Any]:
    total = None if at % 7 == 0 or status == "one" else f"{at}.37"
    placed = None if at % 11 == 0 else f"2026-{at % 9 + 1:02}-03"
    rush = (True, False, None)[at % 3]
    return {"id": at, "customer": at % 5 + 1, "status": status, "total": total, "placed": placed, "rush": rush}


BY = (
    Dimension(("status",), "name"),
    Dimension(("customer", "country"), "name"),
    Dimension(("placed_on",), "name", "month"),
    Dimension(("placed_on",), "name"),
    Dimension(("rush",), "name"),
)
SORTS = (("-value", "name"), ("value", "name"), ("-name",))


@pytest.mark.req("S003-WIDG-02")
@pytest.mark.parametrize(("dimension", "limit", "sort"), tuple(itertools.product(BY, (1, 3), SORTS)))
def test_what_is_left_over_is_what_its_list_has(
    reader: Reader, dimension: Dimension, limit: int, sort: tuple[str, ...]
) -> None:
    measures = (Measure("count", "value"), Measure("sum", "money", ("total",)))
    query = Query("shop", "orders", dimensions=(dimension,), measures=measures, sort=sort, limit=limit, others=True)
    result = reader.run(query)
    whole = reader.run(Query("shop", "orders", dimensions=(dimension,), measures=measures, sort=sort))
    left = whole.rows[limit:]
    assert result.rows == whole.rows[:limit]
    if not left:
        assert result.others is None
        return
    assert result.others is not None
    money = [row[2] for row in left if row[2] is not None]
    assert result.others.groups == len(left)
    assert result.others.values == (sum(row[1] for row in left), sum(money, Decimal(0)) if money else None)
    link = others(query, result, reader.schema)
    assert link is not None
    assert reader.behind(link) == result.others.values[0], link


def test_the_others_are_asked_for_in_the_one_question(reader: Reader) -> None:
    told = {"dimensions": [{"field": "status"}], "measures": [{"fn": "count"}], "sort": ["-count"], "limit": 2}
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        answer: Result = reader.perform("query.run", Target("shop", "orders"), told | {"others": True})
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    assert len([one for one in asked if "group by" in one.lower()]) == 1
    assert write_result(answer)["others"] == {"groups": 8, "values": [len(STATES) - 16]}
    # What satisfies the condition on groups is all that is left over.
    few = reader.perform(
        "query.run",
        Target("shop", "orders"),
        told | {"others": True, "having": {"field": "count", "op": "lt", "value": 8}},
    )
    assert write_result(few)["others"] == {"groups": 7, "values": [len(STATES) - 9 - 7 - 6]}


@pytest.mark.parametrize("fn", ["avg", "min", "max", "median", "count_distinct"])
def test_what_does_not_add_up_has_no_others(reader: Reader, fn: str) -> None:
    told = {"dimensions": [{"field": "status"}], "measures": [{"fn": fn, "field": "total"}], "others": True}
    with pytest.raises(BadRequest, match="Only count and sum add up"):
        reader.perform("query.run", Target("shop", "orders"), told)


def test_a_group_that_no_condition_can_leave_out_leads_nowhere(reader: Reader) -> None:
    """A list of very long values makes no address that a browser would refuse."""
    query = Query("shop", "orders", dimensions=BY[:1], measures=(Measure("count", "value"),), limit=1, others=True)
    result = reader.run(query)
    long = Result(result.columns, (("x" * 7000, 1),), 0.0, truncated=True)
    assert others(query, long, reader.schema) is None
    assert write_query(query)["others"] is True
