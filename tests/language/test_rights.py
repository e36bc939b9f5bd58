"""What an actor may not read is never asked, matched, counted or named; row rules hold on every table touched."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from nexus_admin.domain.actor import Actor
from nexus_admin.domain.decision import Decision, denied
from nexus_admin.domain.errors import BadExpression, UnknownField, UnknownOperator
from nexus_admin.domain.expression import Comparison, Count, Expression, Not, Quantified, Search, Variable
from nexus_admin.language.check import check
from nexus_admin.language.evaluate import evaluate
from nexus_admin.language.lower import Lowering
from nexus_admin.language.paths import Decide, Sight
from nexus_admin.language.shape import FALSE
from nexus_admin.language.text import parse
from tests.language.world import World, schema_for, variables

SCHEMA = schema_for("sqlite")
FRENCH = Comparison(("country",), "eq", "FR")


def decisions(**given: Decision) -> Decide:
    return lambda name: given.get(name, Decision(True, "test"))


def rules(**given: Expression) -> Decide:
    return decisions(**{name: Decision(True, "test", rows=rule) for name, rule in given.items()})


def where(field: str, op: str, value: object = None) -> Comparison:
    return Comparison(tuple(field.split(".")), op, value)


@pytest.mark.parametrize(
    "text",
    [
        "customer.age:1", "customer.name:x", "customer.age:null", "not customer.age:1", "items.any(quantity:1)",
        "items.count:>1", "items.none()", "items.any(product.name:x)",
    ],
)  # fmt: skip
def test_every_way_to_a_hidden_field_or_denied_table_is_refused_as_unknown(text: str) -> None:
    decide = decisions(
        customers=Decision(True, "test", fields={"age": "hidden", "name": "masked"}), items=denied("No.")
    )
    expr = parse(text, SCHEMA, "orders")
    with pytest.raises(UnknownField, match=r"has no field called '(age|name|items)'"):
        check(expr, SCHEMA, "orders", decide)
    with pytest.raises(UnknownField):
        Lowering(Sight(SCHEMA, decide), variables()).condition(expr, SCHEMA.resource("orders"))
    check(expr, SCHEMA, "orders")
    check(expr, SCHEMA, "orders", decisions())


def test_no_neighbour_is_offered_that_may_not_be_read() -> None:
    decide = decisions(orders=Decision(True, "test", fields={"total": "hidden"}), customers=denied("No."))
    for name in ("totla", "custmer", "customer_i"):
        with pytest.raises(UnknownField) as refused:
            check(where(name, "eq", 1), SCHEMA, "orders", decide)
        assert "total" not in str(refused.value)
        assert "'customer'" not in str(refused.value)


def test_a_relation_cannot_be_walked_over_a_reference_that_may_not_be_read() -> None:
    one = decisions(orders=Decision(True, "test", fields={"customer_id": "masked"}))
    with pytest.raises(UnknownField, match="'customer'"):
        check(where("customer.country", "eq", "FR"), SCHEMA, "orders", one)
    with pytest.raises(UnknownField, match="'orders'"):
        check(Quantified("any", ("orders",)), SCHEMA, "customers", one)
    join = decisions(product_tags=denied("No."))
    with pytest.raises(UnknownField, match="'tags'"):
        check(Quantified("any", ("tags",)), SCHEMA, "products", join)


def test_checking_needs_no_values_of_variables_but_their_names() -> None:
    check(where("status", "eq", Variable("me.anything")), SCHEMA, "orders")
    check(where("status", "in", Variable("me.anything")), SCHEMA, "orders")
    check(where("placed_at", "between", (Variable("now", "-7 days"), Variable("today"))), SCHEMA, "orders")
    check(Count(("items",), "gt", Variable("record.total")), SCHEMA, "orders")
    check(Count(("customer", "orders"), "gt", Variable("record.total")), SCHEMA, "orders")
    check(where("placed_at", "in_last", "3 days"), SCHEMA, "orders")
    for wrong, error in (
        (where("status", "eq", Variable("mee")), BadExpression),
        (where("placed_at", "in_last", Variable("now")), BadExpression),
        (where("placed_at", "in_last", "soon"), BadExpression),
        (where("total", "eq", "abc"), BadExpression),
        (where("total", "contains", "1"), UnknownOperator),
        (Search(" ".join("abcdefghijklmnopqrstuvwxyz")), BadExpression),
    ):
        with pytest.raises(error):
            check(wrong, SCHEMA, "orders")


@pytest.mark.parametrize("engine", ["sqlite", "postgres", "mariadb"])
@pytest.mark.parametrize(
    ("resource", "expr"),
    [
        ("orders", where("customer.name", "not_null")),
        ("regions", Quantified("any", ("customers",))),
        ("regions", Not(Quantified("any", ("customers",)))),
        ("regions", Quantified("all", ("customers",), where("age", "gt", 1))),
        ("regions", Count(("customers",), "ge", 2)),
        ("items", where("order.customer.country", "ne", "DE")),
    ],
)
def test_far_rows_that_a_rule_hides_are_as_good_as_none(
    engine: str, resource: str, expr: Expression, request: pytest.FixtureRequest
) -> None:
    world: World = request.getfixturevalue(engine)
    french = {row["id"] for row in world.rows["customers"] if row["country"] == "FR"}

    def related(relation: Any, row: Mapping[str, Any]) -> list[Any]:
        rows = world.related(relation, dict(row))
        return [one for one in rows if relation.to != "customers" or one["id"] in french]

    key = world.schema.resource(resource).key
    held = [
        tuple(row[one] for one in key)
        for row in world.rows[resource]
        if evaluate(expr, row, world.schema, resource, variables(), related)
    ]
    assert world.keys(resource, expr, variables(), rules(customers=FRENCH)) == sorted(held)
    assert world.keys(resource, expr, variables()) != sorted(held)


def test_the_rule_of_a_join_table_holds_too(sqlite: World) -> None:
    expr = Quantified("any", ("tags",))
    first = min(row["tag_id"] for row in sqlite.rows["product_tags"])
    found = sqlite.keys("products", expr, variables(), rules(product_tags=where("tag_id", "eq", first)))
    assert found == sorted({(row["product_id"],) for row in sqlite.rows["product_tags"] if row["tag_id"] == first})


def test_the_rule_of_the_table_itself_is_in_its_conditions(sqlite: World) -> None:
    decide = rules(customers=where("country", "eq", Variable("me.country")))
    french = sorted((row["id"],) for row in sqlite.rows["customers"] if row["country"] == "FR")
    assert sqlite.keys("customers", parse("", SCHEMA, "customers"), variables(), decide) == french
    assert sqlite.keys("customers", where("age", "gt", 99), variables(), decide) == []


def test_a_rule_sees_what_the_actor_may_not_and_is_not_narrowed_by_other_rules(sqlite: World) -> None:
    decide = decisions(
        orders=Decision(True, "test", rows=where("customer.country", "eq", "FR")),
        customers=Decision(True, "test", rows=where("age", "gt", 99), default_access="hidden"),
    )
    french = {row["id"] for row in sqlite.rows["customers"] if row["country"] == "FR"}
    found = sqlite.keys("orders", parse("", SCHEMA, "orders"), variables(), decide)
    assert found == sorted((row["id"],) for row in sqlite.rows["orders"] if row["customer_id"] in french)


def test_rules_that_point_at_each_other_end(sqlite: World) -> None:
    decide = rules(
        customers=Quantified("any", ("orders",), where("total", "gt", 1)), orders=where("customer.country", "eq", "FR")
    )
    found = sqlite.keys("orders", where("customer.name", "not_null"), variables(), decide)
    assert found
    assert sqlite.keys("orders", where("customer.name", "is_null"), variables(), decide) != found


@pytest.mark.parametrize(
    "rule",
    [
        where("vanished", "eq", 1),
        Not(where("vanished", "eq", 1)),
        Not(where("country", "eq", Variable("me.team"))),
        where("country", "ne", Variable("me.team")),
        where("country", "not_in", (Variable("me.team"),)),
        where("age", "eq", "abc"),
        where("age", "sounds_like", 5),
        Not(Quantified("any", ("vanished",))),
        Not(where("age", "eq", Variable("me.country"))),
    ],
    ids=repr,
)
def test_a_rule_that_cannot_be_applied_lets_no_row_through_and_is_reported(sqlite: World, rule: Expression) -> None:
    said: list[tuple[str, str]] = []
    customers = SCHEMA.resource("customers")
    lowering = Lowering(Sight(SCHEMA, rules(customers=rule)), variables(), lambda *told: said.append(told))
    assert lowering.rule(customers) == ("false",)
    assert [resource for resource, _ in said] == ["customers"]
    assert said[0][1].startswith("A row rule of customers cannot be applied: ")
    assert sqlite.keys("customers", parse("", SCHEMA, "customers"), variables(), rules(customers=rule)) == []
    assert sqlite.keys("orders", where("customer.id", "not_null"), variables(), rules(customers=rule)) == []


def test_an_empty_list_in_a_rule_matches_nothing(sqlite: World) -> None:
    nobody = Actor("user:x", attributes={"countries": []})
    rule = where("country", "in", Variable("me.countries"))
    found = sqlite.keys("customers", parse("", SCHEMA, "customers"), variables(actor=nobody), rules(customers=rule))
    assert found == []
    assert sqlite.keys("customers", where("country", "in", ()), variables()) == []
    assert len(sqlite.keys("customers", where("country", "not_in", ()), variables())) == len(sqlite.rows["customers"])


def test_nobody_moves_the_days_of_a_rule_by_changing_their_zone() -> None:
    rule = where("placed_at", "in_period", "today")
    found = []
    for zone in ("UTC", "Pacific/Kiritimati", "Etc/GMT+12"):
        lowering = Lowering(Sight(SCHEMA, rules(orders=rule)), variables(zone))
        lowering.rule(SCHEMA.resource("orders"))
        found.append(lowering.values)
    assert found[0] == found[1] == found[2]


def test_a_search_looks_only_where_the_actor_may_read(sqlite: World) -> None:
    hidden = decisions(customers=Decision(True, "test", fields={"email": "masked", "id": "hidden"}))
    found = sqlite.keys("customers", Search("a"), variables(), hidden)
    assert found == sorted((row["id"],) for row in sqlite.rows["customers"] if "a" in row["name"].lower())
    all_hidden = decisions(customers=Decision(True, "test", default_access="masked"))
    assert sqlite.keys("customers", Search("a"), variables(), all_hidden) == []


def test_every_word_of_a_search_is_found_and_a_number_may_be_the_key(sqlite: World) -> None:
    def held(words: str) -> list[tuple[int]]:
        def found(row: Mapping[str, Any], word: str) -> bool:
            texts = (row["name"], row["email"] or "")
            return any(word in text.lower() for text in texts) or str(row["id"]) == word

        return sorted((row["id"],) for row in sqlite.rows["customers"] if all(found(row, one) for one in words.split()))

    for words in ("a", "a b", "b a", "10", "7", "a %"):
        assert sqlite.keys("customers", Search(words), variables()) == held(words)
    assert held("7")


def test_a_relation_to_a_table_that_is_gone_is_unknown() -> None:
    left = {name: one for name, one in SCHEMA.resources.items() if name != "customers"}
    with pytest.raises(UnknownField, match="'customer'"):
        check(where("customer.name", "eq", "x"), replace(SCHEMA, resources=left), "orders")


@pytest.mark.parametrize(
    ("text", "varies"),
    [
        ("status:paid total:>100", False), ("customer.country:FR", False), ("items.any(quantity:>1)", False),
        ("placed_at:>2026-01-01", False), ("customer_id:@me.customer", True), ("placed_at:last-30-days", True),
        ("not placed_at:>@now", True), ("items.any(order.placed_at:>@now)", True),
    ],
)  # fmt: skip
def test_a_rule_says_whether_it_hangs_on_who_asks_or_when(text: str, varies: bool) -> None:
    orders = SCHEMA.resource("orders")
    ann = replace(variables().actor, attributes={"customer": 3})
    lowering = Lowering(Sight(SCHEMA, rules(orders=parse(text, SCHEMA, "orders"))), variables(actor=ann))
    assert lowering.rule(orders) not in (None, FALSE)
    assert lowering.varies is varies
