"""What the guide to filters shows can be read, means one thing, and runs."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from nexus_admin.domain.kinds import OPERATORS
from nexus_admin.domain.resource import Field
from nexus_admin.language.check import check
from nexus_admin.language.json_form import from_json
from nexus_admin.language.text import parse, print_text
from tests.language.world import World, schema_for, variables

SCHEMA = schema_for("sqlite")
_ORDERS = SCHEMA.resource("orders")
MORE = (Field("labels", "Labels", "array"), Field("name", "Name", "text"))
GUIDED = replace(SCHEMA, resources={**SCHEMA.resources, "orders": replace(_ORDERS, fields=(*_ORDERS.fields, *MORE))})
TEXT = (Path(__file__).parents[2] / "docs/guides/filters.md").read_text(encoding="utf-8")
SHOWN = [
    *re.findall(r"```filter\n(.+?)\n```", TEXT, re.DOTALL),
    *re.findall(r"^\| `([^`]+)` \|", TEXT, re.MULTILINE),
    *re.findall(r"`` (.+?) ``", TEXT),
    *(
        one
        for one in re.findall(r"(?<!`)`([^`\n]+)`(?!`)", TEXT)
        if re.match(r"(not )?\w+:[^@]*$", one) and one != "!null"
    ),
]


@pytest.mark.req("S003-CRUD-09")
@pytest.mark.parametrize("text", dict.fromkeys(SHOWN))
def test_an_example_of_the_guide_is_read_and_printed(text: str) -> None:
    expr = parse(text, GUIDED, "orders")
    check(expr, GUIDED, "orders")
    assert parse(print_text(expr, GUIDED, "orders"), GUIDED, "orders") == expr


def test_the_examples_of_the_guide_run(sqlite: World) -> None:
    ran = 0
    for text in dict.fromkeys(SHOWN):
        if "labels" not in text and "name:" not in text.replace("region.name", ""):
            sqlite.keys("orders", parse(text, SCHEMA, "orders"), variables(record={"customer_id": 3}))
            ran += 1
    assert ran > 50


def test_the_guide_shows_every_operator() -> None:
    shown = set(re.findall(r"^\| `[^`]+` \| `(\w+)` \|", TEXT, re.MULTILINE))
    dates = {"in_last", "in_next", "in_period"}
    assert shown | dates == {op for operators in OPERATORS.values() for op in operators}
    for text in ("placed_at:last-30-days", "placed_at:next-2-weeks", "placed_at:this-quarter"):
        assert text in SHOWN


@pytest.mark.parametrize(("text", "op"), re.findall(r"^\| `([^`]+)` \| `(\w+)` \|", TEXT, re.MULTILINE))
def test_a_row_of_the_guide_has_the_operator_that_it_says(text: str, op: str) -> None:
    assert parse(text, GUIDED, "orders").op == op  # type: ignore[union-attr]


def test_the_guides_json_is_read() -> None:
    (block,) = re.findall(r"```json\n(.+?)\n```", TEXT, re.DOTALL)
    check(from_json(json.loads(block)), SCHEMA, "orders")
