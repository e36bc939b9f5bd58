"""Text, JSON, URL, SQL on three engines and Python say the same about the same rows."""

import json
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from nexus_admin.domain.expression import Expression
from nexus_admin.language import url
from nexus_admin.language.evaluate import evaluate
from nexus_admin.language.json_form import from_json, to_json
from nexus_admin.language.normal import normal
from nexus_admin.language.text import parse, print_text
from tests.language.trees import trees
from tests.language.world import World, schema_for, variables

SCHEMA = schema_for("sqlite")
NAMES = ("customers", "orders", "items", "products", "tags", "regions")
TREES = {name: trees(SCHEMA, name) for name in NAMES}
ZONES = ("UTC", "Asia/Tokyo", "America/New_York")
asked = st.sampled_from(NAMES).flatmap(lambda name: st.tuples(st.just(name), TREES[name], st.sampled_from(ZONES)))
many = settings(
    max_examples=max(600, settings().max_examples),
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
Asked = tuple[str, Expression, str]


@pytest.mark.req("S003-CRUD-09")
@many
@given(asked)
def test_every_expression_prints_to_text_and_json_that_read_back_as_an_equal_tree(asked: Asked) -> None:
    name, expr, _ = asked
    plain = normal(expr, SCHEMA, name)
    text = print_text(expr, SCHEMA, name)
    assert parse(text, SCHEMA, name) == plain
    assert print_text(parse(text, SCHEMA, name), SCHEMA, name) == text
    assert from_json(json.loads(json.dumps(to_json(expr)))) == expr
    assert url.read({"filter": json.dumps(to_json(plain))}, SCHEMA, name) == plain
    assert (url.read({"filter": url.write(expr, SCHEMA, name)}, SCHEMA, name) or normal(expr, SCHEMA, name)) == plain


def _agree(world: World, asked: Asked) -> None:
    name, expr, zone = asked
    given = variables(zone)
    held = [
        tuple(row[one] for one in world.schema.resource(name).key)
        for row in world.rows[name]
        if evaluate(expr, row, world.schema, name, given, world.related)
    ]
    assert world.keys(name, expr, given) == sorted(held)
    assert world.keys(name, normal(expr, world.schema, name), given) == sorted(held)


def agreement(world: World) -> Callable[[], None]:
    @many
    @given(asked)
    def agree(asked: Asked) -> None:
        _agree(world, asked)

    return agree


@pytest.mark.req("S003-CRUD-09", "S003-SEC-10")
def test_sql_on_sqlite_selects_the_rows_that_python_holds_for(sqlite: World) -> None:
    agreement(sqlite)()


@pytest.mark.req("S003-CRUD-09", "S003-SEC-10")
def test_sql_on_postgresql_selects_the_rows_that_python_holds_for(postgres: World) -> None:
    agreement(postgres)()


@pytest.mark.req("S003-CRUD-09", "S003-SEC-10")
def test_sql_on_mariadb_selects_the_rows_that_python_holds_for(mariadb: World) -> None:
    agreement(mariadb)()
