"""Names and values of others never become SQL: names are looked up, values are bound, aliases are ours."""

import contextlib
import random

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.dialects import sqlite as sqlite_dialect

from nexus_admin.domain.errors import BadExpression
from nexus_admin.domain.expression import And, Comparison, Quantified, Search
from nexus_admin.domain.query import Dimension, Measure, Query
from nexus_admin.domain.resource import Field, Relation, Resource, Schema
from nexus_admin.language.aggregates import aggregate_statement
from nexus_admin.language.compile import Compiler
from nexus_admin.language.lower import Lowering
from nexus_admin.language.paths import Sight
from nexus_admin.language.text import parse, print_text
from tests.language.world import World, schema_for, variables

SCHEMA = schema_for("sqlite")
PIECES = ("'", '"', "`", ";", "--", "/*", "*/", ")", "(", "%", "%s", "%(v0)s", ":v0", "?", "\\", "\n", "\x00", "\ud800",
          " or 1=1", "drop table t1", "union select", "${x}", "{{x}}", "@me", "..", ":", "null", "名", "\u202e",
          "x" * 50)  # fmt: skip
DIALECTS = (sqlite_dialect.dialect(), postgresql.psycopg.dialect(), mysql.pymysql.dialect())


def hostile(count: int) -> list[str]:
    dice = random.Random(39)
    return ["".join(dice.choices(PIECES, k=dice.randrange(1, 6))) for _ in range(count)]


def test_a_thousand_hostile_names_are_unknown_fields_and_nothing_else() -> None:
    for name in hostile(1000):
        for expr in (Comparison((name,), "eq", 1), Comparison(("customer", name), "eq", 1), Quantified("any", (name,))):
            with pytest.raises(BadExpression):
                Lowering(Sight(SCHEMA), variables()).condition(expr, SCHEMA.resource("orders"))
        for op in ("eq", "in", "contains"):
            with pytest.raises(BadExpression):
                Lowering(Sight(SCHEMA), variables()).condition(
                    Comparison(("status",), f"{op}{name}", "x"), SCHEMA.resource("orders")
                )


def test_a_thousand_hostile_values_never_alter_the_statement(sqlite: World) -> None:
    def statements(value: str) -> list[str]:
        expr = And((
            Comparison(("status",), "eq", value), Comparison(("status",), "contains", value),
            Comparison(("customer", "name"), "in", (value, value)), Comparison(("Ship To",), "ge", value),
            Quantified("any", ("items",), Comparison(("note",), "starts_with", value)),
        ))  # fmt: skip
        lowering = Lowering(Sight(SCHEMA), variables())
        shape = lowering.condition(expr, SCHEMA.resource("orders"))
        condition = Compiler(SCHEMA, sqlite.tables, "sqlite").of(
            shape, SCHEMA.resource("orders"), sqlite.tables["orders"]
        )
        with sqlite.engine.connect() as connection:
            select = sa.select(sqlite.tables["orders"].c.id).where(condition)
            connection.execute(select, {f"v{at}": one for at, one in enumerate(lowering.values)}).all()
        return [str(condition.compile(dialect=one)) for one in DIALECTS]

    plain = statements("plain")
    for value in hostile(1000):
        if "\x00" in value or "\ud800" in value:
            with pytest.raises(BadExpression):
                statements(value)
        else:
            assert statements(value) == plain


def test_a_thousand_hostile_texts_are_read_or_refused_with_a_sentence_and_print_back() -> None:
    read = 0
    for text in hostile(1000):
        for whole in (text, f"status:{text}", f'status:"{text}"', f"`{text}`:1", f"items.any({text})"):
            with contextlib.suppress(BadExpression):
                expr = parse(whole, SCHEMA, "orders")
                assert parse(print_text(expr, SCHEMA, "orders"), SCHEMA, "orders") == expr
                read += 1
    assert read > 300


NAMES = ("select", "a b", 'a"b', "a`b", "a'b", "a%b", "a%sb", "a:b", "a.b", "a\\b", "(", "n1", "v0", "limit", "d0",
         "名", "and", "A", "x" * 60, "?", "%(x)s", "{", "a--b", "a;b")  # fmt: skip


@pytest.mark.parametrize("engine", ["sqlite", "postgres", "mariadb"])
def test_tables_and_columns_of_any_name_are_filtered_and_grouped(engine: str, request: pytest.FixtureRequest) -> None:
    world: World = request.getfixturevalue(engine)
    dialect = world.schema.dialect
    fields = (Field("id", "Id", "integer", nullable=False), *(Field(name, name, "text") for name in NAMES))
    metadata = sa.MetaData()
    tables, resources = {}, {}
    for table in ("n1", "odd %s `\"'", "v0"):
        relations = (Relation("same one", "Same", table, False, (("id", "id"),)),
                     Relation("same.many", "Same", table, True, (("id", "id"),)))  # fmt: skip
        resources[table] = Resource("odd", table, table, "T", "T", key=("id",), fields=fields, relations=relations,
                                    search_fields=NAMES)  # fmt: skip
        columns = (sa.Column(sa.sql.quoted_name(name, True), sa.String(40)) for name in NAMES)
        key = sa.Column("id", sa.Integer, autoincrement=False, primary_key=True)
        tables[table] = sa.Table(sa.sql.quoted_name(table, True), metadata, key, *columns)
    schema = Schema("odd", dialect, resources)
    metadata.create_all(world.engine)
    try:
        with world.engine.connect() as connection:
            for table in tables:
                connection.execute(tables[table].insert(), {"id": 1, **dict.fromkeys(NAMES, "x")})
                for name in NAMES:
                    _ask(connection, schema, tables, table, name)
            connection.rollback()
    finally:
        metadata.drop_all(world.engine)


def _ask(connection: sa.Connection, schema: Schema, tables: dict[str, sa.Table], table: str, name: str) -> None:
    resource = schema.resource(table)
    expr = And((
        Comparison((name,), "eq", "x"), Comparison(("same one", name), "contains", "X"), Search("x"),
        Quantified("any", ("same.many",), Comparison(("same one", name), "ne", "y")),
    ))  # fmt: skip
    assert parse(print_text(expr, schema, table), schema, table) == expr
    lowering = Lowering(Sight(schema), variables())
    shape = lowering.condition(expr, resource)
    condition = Compiler(schema, tables, schema.dialect).of(shape, resource, tables[table])
    values = {f"v{at}": value for at, value in enumerate(lowering.values)}
    assert connection.execute(sa.select(tables[table].c.id).where(condition), values).all() == [(1,)]
    query = Query("odd", table, expr, (Dimension((name,), name),),
                  (Measure("max", f"max {name}", ("same one", name)), Measure("count", "; drop table")),
                  Comparison((f"max {name}",), "eq", "x"), (f"-max {name}",))  # fmt: skip
    prepared = aggregate_statement(query, Sight(schema), tables, variables())
    assert connection.execute(prepared.statement, dict(prepared.params)).all() == [("x", "x", 1)]
