"""What engines do not agree about comes out alike: orders that go on, indexes that are used, JSON and arrays."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql

from nexus_admin.domain.errors import BadExpression
from nexus_admin.domain.expression import And, Comparison, Count, Expression, Not, Or, Quantified
from nexus_admin.domain.resource import Field, Resource, Schema
from nexus_admin.domain.row import Masked, Row, Unreadable
from nexus_admin.language.compile import Compiler, where
from nexus_admin.language.dialects import ordered
from nexus_admin.language.evaluate import evaluate
from nexus_admin.language.keys import key_condition
from nexus_admin.language.lower import Lowering
from nexus_admin.language.paths import Sight
from nexus_admin.language.text import parse, print_text
from tests.language.world import World, schema_for, variables


@pytest.mark.parametrize(
    ("engine", "kind", "native", "values"),
    [
        ("postgres", sa.REAL(), "REAL", [0.1, 1 / 3, 2.5, -0.7]),
        ("mariadb", mysql.FLOAT(), "FLOAT", [0.1, 1 / 3, 2.5, -0.7]),
        ("mariadb", mysql.ENUM("z", "b", "A", "é"), "ENUM('z','b','A','é')", ["z", "b", "A", "é"]),
        ("mariadb", mysql.VARCHAR(5), "VARCHAR(5)", ["z", "b", "A", "é"]),
        ("sqlite", sa.REAL(), "REAL", [0.1, 1 / 3, 2.5, -0.7]),
    ],
)
def test_going_on_after_a_value_neither_repeats_nor_loses_one(
    engine: str, kind: Any, native: str, values: list[Any], request: pytest.FixtureRequest
) -> None:
    world: World = request.getfixturevalue(engine)
    field = Field("x", "X", "decimal", native=native)
    table = sa.Table("going_on", sa.MetaData(), sa.Column("x", kind))
    column = ordered(field, table.c.x, world.schema.dialect)
    with world.engine.begin() as connection:
        table.create(connection)
        connection.execute(table.insert(), [{"x": value} for value in values])
        try:
            whole = connection.scalars(sa.select(column).order_by(column)).all()
            read = [connection.scalars(sa.select(column).order_by(column).limit(1)).one()]
            while len(read) < 10:
                after = connection.scalars(
                    sa.select(column).where(column > read[-1]).order_by(column).limit(1)
                ).one_or_none()
                if after is None:
                    break
                assert connection.scalar(sa.select(sa.func.count()).select_from(table).where(column == after)) == 1
                read.append(after)
            assert read == list(whole)
            assert len(read) == len(values)
        finally:
            table.drop(connection)


def plan(world: World, expr: Expression, resource: str = "orders") -> str:
    seen: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        seen.append((statement, parameters))

    sa.event.listen(world.engine, "before_cursor_execute", note)
    world.keys(resource, expr, variables())
    sa.event.remove(world.engine, "before_cursor_execute", note)
    with world.engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {seen[0][0]}", seen[0][1]).all()
    return "\n".join(row[3] for row in rows).replace("COVERING ", "")


INDEXES = {
    "ix_status": "t1(status)", "ix_customer": "t1(customer_id)", "ix_placed": "t1(placed_at)", "ix_total": "t1(total)",
    "ix_binary": 't1("Ship To" COLLATE BINARY)', "ix_email": "customers(email)",
}  # fmt: skip


@pytest.fixture
def indexed(sqlite: World) -> Any:
    with sqlite.engine.begin() as connection:
        for name, columns in INDEXES.items():
            connection.exec_driver_sql(f"CREATE INDEX {name} ON {columns}")
    yield sqlite
    with sqlite.engine.begin() as connection:
        for name in INDEXES:
            connection.exec_driver_sql(f"DROP INDEX {name}")


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("status:paid", "USING INDEX ix_status (status=?)"),
        ("status:(paid, packed)", "USING INDEX ix_status (status=?)"),
        ("`Ship To`:x", "USING INDEX ix_binary (Ship To=?)"),
        ("total:5", "USING INDEX ix_total (total=?)"),
        ("total:5..6", "USING INDEX ix_total (total>? AND total<?)"),
        ("total:null", "USING INDEX ix_total (total=?)"),
        ("placed_at:last-3-days", "USING INDEX ix_placed (placed_at>? AND placed_at<?)"),
        ("placed_at:2026-03-01", "USING INDEX ix_placed (placed_at>? AND placed_at<?)"),
        ("customer_id:5", "USING INDEX ix_customer (customer_id=?)"),
        ("customer.id:5", "USING INDEX ix_customer (customer_id=?)"),
        ("customer.email:x", "SEARCH n1 USING INTEGER PRIMARY KEY"),
        ("items.any(quantity:>3)", "(order_id=?)"),
        ("items.count:>3", "(order_id=?)"),
    ],
)
def test_a_condition_can_be_answered_by_an_index(indexed: World, text: str, step: str) -> None:
    assert step in plan(indexed, parse(text, indexed.schema, "orders"))


def test_what_is_tied_to_one_row_through_a_join_table_is_found_from_that_row(sqlite: World) -> None:
    steps = plan(sqlite, parse("tags.any(id:2)", sqlite.schema, "products"), "products")
    assert "SEARCH products USING INTEGER PRIMARY KEY (rowid=?)" in steps
    assert "SCAN products" not in steps


ARRAYS: tuple[tuple[str, Expression], ...] = (
    ("tags:red", Comparison(("tags",), "has", "red")),
    ("not tags:red", Not(Comparison(("tags",), "has", "red"))),
    ("tags:(red, blue)", Comparison(("tags",), "has_any", ("red", "blue"))),
    ("tags:&(red, blue)", Comparison(("tags",), "has_all", ("red", "blue"))),
    ("not tags:&(red, blue)", Not(Comparison(("tags",), "has_all", ("red", "blue")))),
    ("tags:empty", Comparison(("tags",), "is_empty")),
    ("tags:!empty", Comparison(("tags",), "not_empty")),
    ("not tags:!empty", Not(Comparison(("tags",), "not_empty"))),
    ("tags:null", Comparison(("tags",), "is_null")),
    ("tags:()", Comparison(("tags",), "has_any", ())),
)


@pytest.mark.parametrize("engine", ["sqlite", "postgres", "mariadb"])
def test_arrays_have_members_on_every_engine(engine: str, request: pytest.FixtureRequest) -> None:
    world: World = request.getfixturevalue(engine)
    kind = postgresql.ARRAY(sa.Text) if engine == "postgres" else sa.JSON(none_as_null=True)
    fields = (Field("id", "Id", "integer", nullable=False), Field("tags", "Tags", "array"))
    resource = Resource("shop", "bags", "bags", "Bags", "Bag", key=("id",), fields=fields)
    schema = Schema("shop", world.schema.dialect, {"bags": resource})
    table = sa.Table("bags", sa.MetaData(), sa.Column("id", sa.Integer), sa.Column("tags", kind))
    members: list[list[str | None] | None] = [
        None,
        [],
        ["red"],
        ["red", "blue"],
        ["blue", None],
        ["Red", "green"],
        [None],
    ]
    rows: list[Row] = [{"id": at, "tags": tags} for at, tags in enumerate(members)]
    with world.engine.connect() as connection:
        table.create(connection)
        connection.commit()
        try:
            connection.execute(table.insert(), rows)
            for text, expr in ARRAYS:
                assert parse(text, schema, "bags") == expr
                assert print_text(expr, schema, "bags") == text
                select = sa.select(table.c.id).where(
                    where(expr, resource, table, Sight(schema), {"bags": table}, variables())
                )
                held = [row["id"] for row in rows if evaluate(expr, row, schema, "bags", variables())]
                assert sorted(connection.scalars(select)) == held, text
        finally:
            connection.rollback()
            table.drop(connection)
            connection.commit()


def test_a_condition_may_be_made_with_its_values_in_it_for_one_use(sqlite: World) -> None:
    orders, table = sqlite.schema.resource("orders"), sqlite.tables["orders"]
    expr = parse("status:(paid, packed) total:>1", sqlite.schema, "orders")
    condition = where(expr, orders, table, Sight(sqlite.schema), sqlite.tables, variables())
    both = sa.or_(condition, where(expr, orders, table, Sight(sqlite.schema), sqlite.tables, variables()))
    with sqlite.engine.connect() as connection:
        found = sorted(map(tuple, connection.execute(sa.select(table.c.id).where(both))))
    assert found == sqlite.keys("orders", expr, variables())
    assert found
    one = sa.select(table.c.total).where(key_condition(table, orders, {"id": 3}))
    with sqlite.engine.connect() as connection:
        assert len(connection.execute(one).all()) == 1


def test_conditions_can_change_rows_too(sqlite: World) -> None:
    orders, table = sqlite.schema.resource("orders"), sqlite.tables["orders"]
    expr = parse("customer.country:FR", sqlite.schema, "orders")
    condition = where(expr, orders, table, Sight(sqlite.schema), sqlite.tables, variables())
    with sqlite.engine.connect() as connection:
        changed = connection.execute(table.update().where(condition).values(status="seen")).rowcount
        connection.rollback()
    assert changed == len(sqlite.keys("orders", expr, variables()))


def test_equal_shapes_make_the_same_statement_whatever_the_values(sqlite: World) -> None:
    def made(text: str) -> tuple[Any, str]:
        lowering = Lowering(Sight(sqlite.schema), variables())
        orders = sqlite.schema.resource("orders")
        shape = lowering.condition(parse(text, sqlite.schema, "orders"), orders)
        return shape, str(Compiler(sqlite.schema, sqlite.tables, "sqlite").of(shape, orders, sqlite.tables["orders"]))

    assert made("status:paid total:>1 customer.country:(FR)") == made("status:new total:>99 customer.country:(DE, IT)")
    assert made("placed_at:today") == made("placed_at:last-quarter") == made("placed_at:2026-03-01")
    assert made("status:paid") != made("status:!paid")


def test_what_cannot_be_read_decides_nothing_in_python(sqlite: World) -> None:
    for value in (Masked(), Unreadable("0000-00-00")):
        for expr in (Comparison(("total",), "gt", 1), Not(Comparison(("total",), "gt", 1)),
                     Comparison(("total",), "is_null")):  # fmt: skip
            with pytest.raises(BadExpression, match="total cannot be read here"):
                evaluate(expr, {"total": value}, sqlite.schema, "orders", variables())
    for expr in (
        Quantified("none", ("items",)),
        Count(("items",), "eq", 0),
        Comparison(("customer", "age"), "is_null"),
    ):
        with pytest.raises(BadExpression, match="only the row itself is known here"):
            evaluate(expr, {"id": 1}, sqlite.schema, "orders", variables())
    assert evaluate(Or((And(()), Quantified("any", ("items",)))), {"id": 1}, sqlite.schema, "orders", variables())


@pytest.mark.parametrize(("dialect", "held"), [("sqlite", [True, False, True]), ("postgresql", [True, True, True])])
def test_python_folds_case_as_the_engine_does(dialect: str, held: list[bool]) -> None:
    schema = schema_for(dialect)
    rows = [{"status": text} for text in ("ÉCOLE a", "école A", "ÉCOLE A")]
    expr = Comparison(("status",), "contains", "ÉCOLE A")
    assert [evaluate(expr, row, schema, "orders", variables()) for row in rows] == held
