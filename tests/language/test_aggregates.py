"""Questions give the groups that Python gives, on three engines."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from statistics import median
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nexus_admin.domain.decision import Decision, denied
from nexus_admin.domain.errors import UnknownField
from nexus_admin.domain.expression import Comparison, Expression
from nexus_admin.domain.kinds import GRAINS
from nexus_admin.domain.query import Dimension, Measure, Query
from nexus_admin.domain.resource import Field, Relation, Resource, Schema
from nexus_admin.domain.row import Row
from nexus_admin.language import moments
from nexus_admin.language.aggregates import aggregate_statement
from nexus_admin.language.evaluate import evaluate
from nexus_admin.language.paths import Decide, Sight
from nexus_admin.language.text import parse
from tests.language.world import World, schema_for, variables

SCHEMA = schema_for("sqlite")
FILTERS = (
    "",
    "total:>2",
    "customer.country:FR",
    "items.any(quantity:>2)",
    "not status:paid",
    "placed_at:last-9-months",
)
DIMENSIONS = (("status",), ("customer", "country"), ("customer", "region", "name"), ("customer_id",), ("Ship To",),
              ("customer", "active"))  # fmt: skip
NUMBERS = (("total",), ("customer", "age"), ("id",))
FUNCTIONS = ("count", "count_distinct", "sum", "avg", "min", "max", "median")

dimensions = st.one_of(
    st.builds(Dimension, st.sampled_from(DIMENSIONS), st.just("")),
    st.builds(
        Dimension, st.sampled_from([("placed_at",), ("customer", "seen_at")]), st.just(""), st.sampled_from(GRAINS)
    ),
    st.builds(Dimension, st.just(("customer", "born")), st.just(""), st.sampled_from(GRAINS[:-1])),
)


def filtered(text: str) -> Expression | None:
    return parse(text, SCHEMA, "orders") if text else None


measures = st.builds(
    Measure, st.sampled_from(FUNCTIONS), st.just(""), st.sampled_from(NUMBERS),
    st.sampled_from(["", "total:>2", "customer.age:>1"]).map(lambda text: filtered(text)),
) | st.just(Measure("count", ""))  # fmt: skip


@st.composite
def queries(draw: st.DrawFn) -> Query:
    dims = [replace(one, name=f"by {at}") for at, one in enumerate(draw(st.lists(dimensions, max_size=2)))]
    figures = [replace(one, name=f"figure-{at}") for at, one in enumerate(draw(st.lists(measures, max_size=3)))]
    where = draw(st.sampled_from(FILTERS))
    return Query(
        "shop", "orders", filtered(where), tuple(dims), tuple(figures)
    )  # fmt: skip


def ask(world: World, query: Query, decide: Decide | None = None) -> list[tuple[Any, ...]]:
    prepared = aggregate_statement(query, Sight(world.schema, decide), world.tables, variables())
    with world.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(prepared.statement, dict(prepared.params))]


def follow(world: World, row: Row | None, resource: str, path: tuple[str, ...]) -> Any:
    for name in path[:-1]:
        relation = world.schema.resource(resource).relation(name)
        row = next(iter(world.related(relation, row)), None) if row is not None else None
        resource = relation.to
    return None if row is None else row[path[-1]]


def step(value: Any, grain: str | None) -> Any:
    if value is None or grain is None:
        return value
    if grain == "hour":
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:00:00")
    day = value.astimezone(UTC).date() if isinstance(value, datetime) else value
    return moments.grain_start(day, grain).isoformat()


def figure(fn: str, values: list[Any]) -> Any:
    values = [value for value in values if value is not None]
    if fn in ("count", "count_distinct"):
        return len(values) if fn == "count" else len(set(values))
    if not values:
        return None
    functions: dict[str, Callable[[list[Any]], Any]] = {
        "sum": sum, "avg": lambda all: sum(all) / len(all), "min": min, "max": max, "median": median,
    }  # fmt: skip
    return functions[fn](values)


def expected(world: World, query: Query) -> list[tuple[Any, ...]]:
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in world.rows["orders"]:
        if query.where is None or evaluate(query.where, row, world.schema, "orders", variables(), world.related):
            groups[tuple(step(follow(world, row, "orders", one.path), one.grain) for one in query.dimensions)].append(
                row
            )
    if not query.dimensions and not groups:
        groups[()] = []
    asked = query.measures or (() if query.dimensions else (Measure("count", "count"),))
    found = []
    for key, rows in groups.items():
        figures = []
        for one in asked:
            kept = [
                row for row in rows
                if one.where is None or evaluate(one.where, row, world.schema, "orders", variables(), world.related)
            ]  # fmt: skip
            figures.append(figure(one.fn, [follow(world, row, "orders", one.path) if one.path else 1 for row in kept]))
        found.append((*key, *figures))
    return found


def by_group(query: Query, rows: list[tuple[Any, ...]], near: bool = False) -> dict[tuple[Any, ...], list[Any]]:
    """The figures by group, as floats; where *near*, close enough: engines round averages at the fourth digit."""
    width = len(query.dimensions)
    assert len({row[:width] for row in rows}) == len(rows)

    def figure(value: Any) -> Any:
        if not isinstance(value, (int, float, Decimal)):
            return value
        return pytest.approx(float(value), abs=1e-3) if near else float(value)

    return {row[:width]: [figure(one) for one in row[width:]] for row in rows}


def agreement(world: World) -> Callable[[], None]:
    @settings(max_examples=150, suppress_health_check=list(HealthCheck))
    @given(queries())
    def agree(query: Query) -> None:
        assert by_group(query, ask(world, query)) == by_group(query, expected(world, query), near=True)

    return agree


@pytest.mark.parametrize("engine", ["sqlite", "postgres", "mariadb"])
def test_groups_and_figures_are_those_of_python(engine: str, request: pytest.FixtureRequest) -> None:
    agreement(request.getfixturevalue(engine))()


@pytest.mark.parametrize("engine", ["sqlite", "postgres", "mariadb"])
def test_groups_are_narrowed_sorted_with_nulls_last_and_cut(engine: str, request: pytest.FixtureRequest) -> None:
    world = request.getfixturevalue(engine)
    query = Query(
        "shop", "orders",
        dimensions=(Dimension(("customer", "country"), "country"), Dimension(("placed_at",), "month", "month")),
        measures=(Measure("count", "orders"), Measure("sum", "revenue", ("total",))),
        sort=("-country", "month"),
    )  # fmt: skip
    rows = ask(world, query)
    countries = [row[0] for row in rows]
    assert countries == sorted((one for one in countries if one), reverse=True) + [None] * countries.count(None)
    months = [row[1] for row in rows if row[0] is None]
    assert months == [*sorted(one for one in months if one), *[None] * months.count(None)]
    having = Comparison(("month",), "between", ("2026-01-01", "2026-03-01"))
    kept = ask(world, replace(query, having=having))
    assert [row for row in rows if row[1] and "2026-01-01" <= row[1] <= "2026-03-01"] == kept
    assert kept
    revenue = Comparison(("revenue",), "gt", "4.5")
    kept = ask(world, replace(query, having=revenue))
    assert kept == [row for row in rows if row[3] is not None and row[3] > 4.5]
    assert ask(world, replace(query, limit=3)) == rows[:3]


def test_a_row_rule_hides_the_far_values_of_a_dimension_and_the_rows_of_the_question(sqlite: World) -> None:
    french = Comparison(("country",), "eq", "FR")
    dear = Comparison(("total",), "gt", 2)

    def decide(resource: str) -> Decision:
        rules = {"customers": french, "orders": dear}
        return Decision(True, "test", rows=rules.get(resource))

    query = Query("shop", "orders", dimensions=(Dimension(("customer", "country"), "country"),),
                  measures=(Measure("count", "n"), Measure("sum", "total", ("total",))))  # fmt: skip
    seen = {row[0]: row[1:] for row in ask(sqlite, query, decide)}
    assert set(seen) == {"FR", None}
    dear_rows = [row for row in sqlite.rows["orders"] if row["total"] is not None and row["total"] > 2]
    assert sum(number for number, _ in seen.values()) == len(dear_rows)


@pytest.mark.parametrize("part", ["dimension", "measure", "filter"])
def test_a_question_that_touches_a_hidden_field_is_refused_as_if_it_were_not_there(sqlite: World, part: str) -> None:
    def decide(resource: str) -> Decision:
        return Decision(True, "test", fields={"age": "hidden", "born": "masked"})

    query = {
        "dimension": Query("shop", "orders", dimensions=(Dimension(("customer", "born"), "x", "month"),)),
        "measure": Query("shop", "orders", measures=(Measure("sum", "x", ("customer", "age")),)),
        "filter": Query(
            "shop", "orders", measures=(Measure("count", "x", where=Comparison(("customer", "age"), "gt", 1)),)
        ),
    }[part]
    with pytest.raises(UnknownField, match="customers has no field called"):
        ask(sqlite, query, decide)


def test_a_denied_table_is_as_good_as_none(sqlite: World) -> None:
    query = Query("shop", "orders", dimensions=(Dimension(("customer", "country"), "x"),))
    with pytest.raises(UnknownField, match="orders has no field called 'customer'"):
        ask(sqlite, query, lambda name: denied("no") if name == "customers" else Decision(True, "yes"))


def test_a_guessed_relation_to_many_rows_counts_no_row_twice() -> None:
    rates = Resource("shop", "rates", "rates", "Rates", "Rate", key=("id",),
                     fields=(Field("id", "Id", "integer", nullable=False), Field("code", "Code", "text"),
                             Field("value", "Value", "integer")))  # fmt: skip
    sales = Resource("shop", "sales", "sales", "Sales", "Sale", key=("id",),
                     fields=(Field("id", "Id", "integer", nullable=False), Field("code", "Code", "text")),
                     relations=(Relation("rate", "Rate", "rates", False, (("code", "code"),)),))  # fmt: skip
    schema = Schema("shop", "sqlite", {"rates": rates, "sales": sales})
    metadata = sa.MetaData()
    tables = {
        "rates": sa.Table("rates", metadata, *(sa.Column(one, kind) for one, kind in
                          (("id", sa.Integer), ("code", sa.String), ("value", sa.Integer)))),
        "sales": sa.Table("sales", metadata, sa.Column("id", sa.Integer), sa.Column("code", sa.String)),
    }  # fmt: skip
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(tables["rates"].insert(), [{"id": at, "code": "a", "value": at} for at in (1, 2, 3)])
        connection.execute(tables["sales"].insert(), [{"id": 1, "code": "a"}, {"id": 2, "code": "b"}])
        query = Query(
            "shop", "sales", dimensions=(Dimension(("rate", "value"), "rate"),), measures=(Measure("count", "n"),)
        )
        prepared = aggregate_statement(query, Sight(schema), tables, variables())
        assert connection.execute(prepared.statement, dict(prepared.params)).all() == [(1, 1), (None, 1)]
    engine.dispose()


def test_the_same_question_with_other_values_is_compiled_once(sqlite: World) -> None:
    kept: dict[Any, Any] = {}
    made = []

    def once(key: Any, make: Callable[[], Any]) -> Any:
        if key not in kept:
            made.append(key)
            kept[key] = make()
        return kept[key]

    def prepared(text: str) -> Any:
        query = Query("shop", "orders", parse(text, SCHEMA, "orders"), (Dimension(("status",), "s"),))
        return aggregate_statement(query, Sight(sqlite.schema), sqlite.tables, variables(), once)

    first, second, third = prepared("total:>2"), prepared("total:>5"), prepared("total:<5")
    assert first.statement is second.statement
    assert first.params != second.params
    assert third.statement is not first.statement
    assert len(made) == 2
