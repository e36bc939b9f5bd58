"""The JSON form and the URL form, and what they say when they cannot be read."""

import json
from typing import Any

import pytest

from nexus_admin.domain.errors import BadExpression
from nexus_admin.domain.expression import And, Comparison, Count, Expression, Not, Or, Quantified, Search, Variable
from nexus_admin.language import url
from nexus_admin.language.json_form import from_json, to_json
from tests.language.world import schema_for

SCHEMA = schema_for("sqlite")
FORMS: list[tuple[Any, Expression]] = [
    ({"and": []}, And(())),
    ({"or": [{"search": "a"}]}, Or((Search("a"),))),
    ({"not": {"field": "total", "op": "is_null"}}, Not(Comparison(("total",), "is_null"))),
    ({"field": "customer.country", "op": "eq", "value": "FR"}, Comparison(("customer", "country"), "eq", "FR")),
    ({"field": "`Ship To`", "op": "eq", "value": "x"}, Comparison(("Ship To",), "eq", "x")),
    ({"field": "`a.b`.`c``d`", "op": "eq", "value": "x"}, Comparison(("a.b", "c`d"), "eq", "x")),
    ({"field": "total", "op": "in", "value": [1, 2.5]}, Comparison(("total",), "in", (1, 2.5))),
    ({"field": "total", "op": "gt", "value": {"var": "me.limit"}}, Comparison(("total",), "gt", Variable("me.limit"))),
    (
        {"field": "placed_at", "op": "between", "value": [{"var": "now", "offset": "-7 days"}, {"var": "now"}]},
        Comparison(("placed_at",), "between", (Variable("now", "-7 days"), Variable("now"))),
    ),
    ({"any": "items", "where": {"search": "a"}}, Quantified("any", ("items",), Search("a"))),
    ({"none": "items"}, Quantified("none", ("items",))),
    ({"all": "customer.orders"}, Quantified("all", ("customer", "orders"))),
    ({"count": "items", "op": "gt", "value": 3}, Count(("items",), "gt", 3)),
    (
        {"count": "items", "op": "gt", "value": 3, "where": {"search": "a"}},
        Count(("items",), "gt", 3, Search("a")),
    ),
]


@pytest.mark.parametrize(("obj", "expr"), FORMS, ids=lambda one: json.dumps(one) if isinstance(one, dict) else "")
def test_each_shape_reads_as_its_node_and_back(obj: Any, expr: Expression) -> None:
    assert from_json(obj) == expr
    assert to_json(expr) == obj


def test_a_name_with_blanks_needs_no_backquotes_where_no_dot_is_in_it() -> None:
    assert from_json({"field": "customer.Ship To", "op": "is_null"}) == Comparison(("customer", "Ship To"), "is_null")


@pytest.mark.parametrize(
    ("obj", "sentence"),
    [
        ([], "A condition is a JSON object, not '[]'"),
        ({}, "this one holds nothing"),
        ({"filed": "a"}, "this one holds 'filed'"),
        ({"and": {"field": "a"}}, "'and' takes a list of conditions"),
        ({"and": [], "or": []}, "'and' does not go with 'or'"),
        ({"field": "a", "op": "eq", "valeu": 1}, "'field' does not go with 'valeu'. Did you mean 'value'?"),
        ({"field": "a", "value": 1}, "needs an operator in 'op'"),
        ({"field": 5, "op": "eq"}, "'field' takes a text"),
        ({"field": "", "op": "eq"}, "not a path of names"),
        ({"field": "a..b", "op": "eq"}, "not a path of names"),
        ({"field": "a`b`", "op": "eq"}, "not a path of names"),
        ({"field": "a", "op": "eq", "value": {"x": 1}}, "A value is a JSON scalar"),
        ({"field": "a", "op": "eq", "value": [[1]]}, "A value is a JSON scalar"),
        ({"field": "a", "op": "eq", "value": float("inf")}, "must be finite"),
        ({"field": "a", "op": "in", "value": [1] * 1001}, "may have 1,000 values"),
        ({"search": 5}, "'search' takes a text"),
        ({"and": [{"search": "a"}] * 501}, "may have 500 conditions"),
        (json.loads('{"not":' * 25 + '{"and":[]}' + "}" * 25), "nested 20 deep"),
    ],
)
def test_a_wrong_shape_is_named(obj: Any, sentence: str) -> None:
    with pytest.raises(BadExpression, match=sentence.replace("[", r"\[").replace("?", r"\?")):
        from_json(obj)


def test_a_filter_in_an_address_is_text_or_json() -> None:
    paid = Comparison(("status",), "eq", "paid")
    assert url.read({}, SCHEMA, "orders") is None
    assert url.read({"filter": " "}, SCHEMA, "orders") is None
    assert url.read({"filter": "status:paid"}, SCHEMA, "orders") == paid
    assert url.read({"filter": json.dumps(to_json(paid))}, SCHEMA, "orders") == paid
    assert url.read_filter({"field": "status", "op": "eq", "value": "paid"}, SCHEMA, "orders") == paid
    assert url.write(paid, SCHEMA, "orders") == "status:paid"
    assert url.write(None, SCHEMA, "orders") == ""


@pytest.mark.parametrize(
    "text", ["{", '{"and": [}', '{"not":' * 60_00, "{" + " " * 100_001, '{"a": 1' + "0" * 5000 + "}"]
)
def test_broken_json_in_an_address_is_a_sentence_not_a_crash(text: str) -> None:
    with pytest.raises(BadExpression, match=r"\.$"):
        url.read({"filter": text}, SCHEMA, "orders")
