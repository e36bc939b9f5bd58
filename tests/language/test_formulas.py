"""Formulas: what they may say, and that SQL on three engines computes the very values that Python does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nexus_admin.data.overlays.computed import finished
from nexus_admin.data.tables import Tables
from nexus_admin.data.values.decode import decoder
from nexus_admin.domain.errors import BadExpression
from nexus_admin.domain.formula import Number, Operation, Source, Text
from nexus_admin.domain.resource import Field, Relation, Resource, Schema
from nexus_admin.language.formula_columns import Computed
from nexus_admin.language.formula_values import formula_value
from nexus_admin.language.formulas import read_formula, settle, sources
from nexus_admin.language.paths import Sight

FIELDS = (
    Field("id", "Id", "integer", native="INTEGER", nullable=False, key=True),
    Field("first", "First", "text", native="VARCHAR(200)"),
    Field("last", "Last", "long_text", native="TEXT"),
    Field("amount", "Amount", "integer", native="INTEGER"),
    Field("odd name", "Odd", "integer", native="INTEGER"),
    Field("price", "Price", "money", native="DECIMAL(10, 2)", unit="EUR", precision=10, scale=2),
    Field("rate", "Rate", "decimal", native="DECIMAL(8, 3)", precision=8, scale=3),
    Field("born", "Born", "date", native="DATE"),
)
RELATIONS = (Relation("items", "Items", "things", True, (("id", "amount"),)),)
THINGS = Resource(
    "shop", "things", "formula_things", "Things", "Thing", key=("id",), fields=FIELDS, relations=RELATIONS
)  # fmt: skip
TEXTS = st.one_of(st.none(), st.text("aB é'\\%_{}:;\"日", max_size=8), st.sampled_from(["", " ", "  x ", "O'Neil"]))
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "first": TEXTS, "last": TEXTS,
            "amount": st.none() | st.integers(-2_000_000_000, 2_000_000_000),
            "odd name": st.none() | st.integers(-9, 9),
            "price": st.none() | st.decimals(-99_999, 99_999, places=2),
            "rate": st.none() | st.decimals(-999, 999, places=3),
        }
    ),
    min_size=1, max_size=6,
)  # fmt: skip
LETTERS = st.text("aé '\\%:;\"日-", min_size=1, max_size=4)
PLACES = st.sampled_from(["{first}", "{last}", "{amount}", "{`odd name`}"])
TEMPLATES = st.lists(st.one_of(LETTERS, PLACES), min_size=1, max_size=5).map("".join).filter(lambda text: "{" in text)
LEAVES = st.sampled_from(["amount", "`odd name`", "price", "rate", "3", "0.5", "10"])
SUMS = st.recursive(
    LEAVES,
    lambda inner: st.builds(lambda a, sign, b: f"({a} {sign} {b})", inner, st.sampled_from("+-*"), inner),
    max_leaves=3,
).filter(lambda text: any(name in text for name in ("amount", "odd", "price", "rate")))
FORMULAS = st.one_of(TEMPLATES.filter(str.strip), SUMS.filter(lambda text: "(" in text))


def computed(formula: str, dialect: str) -> tuple[Field, Schema]:
    """Return the field that *formula* makes, and the schema that has it."""
    schema = Schema("shop", dialect, {"things": THINGS})
    field = finished(Field("made", "Made", "", computed=formula), THINGS, schema)
    made = replace(THINGS, fields=(*FIELDS, field))
    return field, Schema("shop", dialect, {"things": made})


def agreement(url: str) -> Callable[[], None]:
    engine = sa.create_engine(url)
    dialect = {"mariadb": "mysql"}.get(engine.dialect.name, engine.dialect.name)
    quote = engine.dialect.identifier_preparer.quote_identifier
    columns = ", ".join(f"{quote(one.name)} {one.native}" for one in FIELDS)

    @settings(max_examples=max(150, settings().max_examples), suppress_health_check=list(HealthCheck), deadline=None)
    @given(FORMULAS, ROWS)
    def agree(text: str, rows: list[dict[str, Any]]) -> None:
        field, schema = computed(text, dialect)
        assert field.askable
        table = Tables(schema, dialect)["things"]
        way = decoder(field, dialect)
        with engine.connect() as connection:
            connection.exec_driver_sql(f"delete from {quote('formula_things')}")
            for at, row in enumerate(rows):
                connection.execute(
                    sa.insert(table).values({table.c[name]: value for name, value in row.items()} | {table.c.id: at})
                )
            found = connection.execute(sa.select(table.c.made).order_by(table.c.id)).scalars().all()
            connection.rollback()
        formula = read_formula(text)
        for raw, row in zip(found, rows, strict=True):
            values = {one: row[one.path[0]] for one in sources(formula)}
            assert way.one(raw) == formula_value(formula, values, field), (text, row)

    def run() -> None:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"create table {quote('formula_things')} ({columns})")
        try:
            agree()
        finally:
            with engine.begin() as connection:
                connection.exec_driver_sql(f"drop table {quote('formula_things')}")
            engine.dispose()

    return run


@pytest.mark.req("S003-CRUD-03")
def test_sqlite_computes_what_python_does(tmp_path: Path) -> None:
    agreement(f"sqlite:///{tmp_path / 'formulas.db'}")()


@pytest.mark.req("S003-CRUD-03")
def test_postgresql_computes_what_python_does(postgres_url: str) -> None:
    agreement(postgres_url)()


@pytest.mark.req("S003-CRUD-03")
def test_mariadb_computes_what_python_does(mariadb_url: str) -> None:
    agreement(mariadb_url)()


def test_a_formula_is_read_into_texts_and_sums() -> None:
    assert read_formula("{first} of {items.count}!") == Text(
        (Source(("first",)), " of ", Source(("items", "count")), "!")
    )
    assert read_formula("amount - 2 * price") == Operation(
        "-", Source(("amount",)), Operation("*", Number(Decimal(2)), Source(("price",)))
    )
    assert read_formula("items.sum(price)") == Source(("items", "sum"), ("price",))
    assert read_formula("{{{amount}}}") == Text(("{", Source(("amount",)), "}"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "one line of 1 to 500"),
        ("plain {", "has no other"),
        ("amount +", "a field or a number"),
        ("(amount", "a closing bracket"),
        ("amount price", "an end or a sign"),
        ("1 + 2", "uses no field"),
        ("{first}\n", "one line"),
        ("(" * 30 + "amount" + ")" * 30, "nested more than"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(text: str, said: str) -> None:
    with pytest.raises(BadExpression, match=said):
        read_formula(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("amuont * 2", "Did you mean 'amount'"),
        ("first * 2", r"First \(text\) is no number"),
        ("items.first", "items.count"),
        ("items.sum", r"items.sum\(<field>\)"),
        ("items.sum(first)", "there is no sum of First"),
        ("items.count(price)", "Say items.count"),
        ("price(amount)", "leads to one row"),
    ],
)
def test_what_does_not_fit_the_tables_is_said(text: str, said: str) -> None:
    with pytest.raises(BadExpression, match=said):
        computed(text, "sqlite")


@pytest.mark.parametrize(
    ("text", "kind", "askable"),
    [
        ("{first} {last}", "text", True),
        ("{first}, born {born}", "text", False),
        ("amount + 1", "integer", True),
        ("amount / 2", "decimal", False),
        ("amount * price", "money", True),
        ("items.count", "integer", False),
        ("items.max(price)", "money", False),
        ("{items.count} items", "text", False),
    ],
)
def test_the_kind_and_whether_it_can_be_asked_for_follow_from_the_formula(text: str, kind: str, askable: bool) -> None:
    field, _ = computed(text, "sqlite")
    assert (field.kind, field.askable, field.writable) == (kind, askable, False)


def test_a_missing_number_or_a_division_by_nothing_is_no_value() -> None:
    formula = read_formula("amount / price")
    field, _ = computed("amount / price", "sqlite")
    amount, price = (one for one in sources(formula))
    assert formula_value(formula, {amount: 6, price: None}, field) is None
    assert formula_value(formula, {amount: 6, price: Decimal(0)}, field) is None
    assert formula_value(formula, {amount: 6, price: Decimal(4)}, field) == Decimal("1.5")


def test_a_name_of_the_table_has_the_column_too_and_a_subquery_has_its_value() -> None:
    _, schema = computed("amount + 1", "sqlite")
    table = Tables(schema, "sqlite")["things"]
    other = table.alias("t2")
    assert 't2."amount"' in str(sa.select(other.c.made))
    inner = sa.select(table.c.made).subquery("s")
    assert isinstance(table.c.made, Computed)
    assert str(sa.select(inner.c.made)).startswith('SELECT s."made"')
    assert settle(Source(("amount",)), Sight(schema), schema.resource("things")).own
