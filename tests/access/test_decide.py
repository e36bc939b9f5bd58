"""What roles come to together, asked through the one door."""

from dataclasses import replace

import pytest

from nexus_admin.access.rules import rule_problems
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.expression import NOTHING, And, Comparison, Not, Or, Variable
from nexus_admin.domain.resource import Resource, Schema
from nexus_admin.domain.role import Grant
from tests.access.world import CUSTOMERS, ORDERS, SHOP, World, me, rule

PAID = Comparison(("status",), "eq", "paid")
BIG = Comparison(("total",), "gt", 100)
MINE = Comparison(("region",), "eq", Variable("me.region"))
ALL = None

allow_paid = Grant(action="row.list", rows=rule("status", "eq", "paid"))
allow_big = Grant(action="row.list", rows=rule("total", "gt", 100))
allow_all = Grant(action="row.list")
deny_all = Grant(action="row.*", effect="deny")
deny_big = Grant(action="row.list", effect="deny", rows=rule("total", "gt", 100))
deny_email = Grant(action="row.*", effect="deny", fields={"email": "hidden"})


@pytest.mark.req("S003-CRUD-06")
@pytest.mark.parametrize(
    ("roles", "allowed", "rows"),
    [
        ([[]], False, ALL),
        ([[allow_all]], True, ALL),
        ([[allow_paid]], True, PAID),
        ([[allow_paid], [allow_big]], True, Or((PAID, BIG))),
        ([[allow_paid], [allow_paid]], True, PAID),
        ([[allow_paid], [allow_all]], True, ALL),
        ([[allow_all], [deny_all]], False, ALL),
        ([[allow_all, deny_all]], False, ALL),
        ([[allow_all], [deny_big]], True, Not(BIG)),
        ([[allow_paid], [deny_big]], True, And((PAID, Not(BIG)))),
        ([[deny_big]], False, ALL),
        ([[allow_all], [deny_email]], True, ALL),
        ([[Grant(action="row.*")]], True, ALL),
        ([[Grant(action="*")]], True, ALL),
        ([[Grant(action="row.lis")]], False, ALL),
        ([[Grant(action="row.read")]], False, ALL),
        ([[Grant(action="row.list", source="sh*")]], True, ALL),
        ([[Grant(action="row.list", source="other")]], False, ALL),
        ([[Grant(action="row.list", resource="ord*")]], True, ALL),
        ([[Grant(action="row.list", resource="orders")]], True, ALL),
        ([[Grant(action="row.list", resource="Orders")]], False, ALL),
        ([[Grant(action="row.list", resource="customers")]], False, ALL),
        ([[Grant(action="row.list", resource="o.ders")]], False, ALL),
        ([[Grant(action="row.list", rows={"or": []})]], True, NOTHING),
    ],
)
def test_roles_add_up_and_a_denial_wins(world: World, roles: list[list[Grant]], allowed: bool, rows: object) -> None:
    names = [f"r{n}" for n in range(len(roles))]
    world.access.permissions.register(["row.lis"])
    for name, grants in zip(names, roles, strict=True):
        world.role(name, *grants)
    decision = world.decide(world.person(*names), "row.list")
    assert decision.allowed is allowed, decision.reason
    if allowed:
        assert decision.rows == rows


@pytest.mark.req("S003-CRUD-06")
@pytest.mark.parametrize(
    ("grants", "access"),
    [
        ([Grant(action="row.list")], {"email": "write", "total": "write", "api_key": "masked"}),
        ([Grant(action="row.list", default_access="read")], {"email": "read", "api_key": "masked"}),
        ([Grant(action="row.list", fields={"email": "masked"})], {"email": "masked", "total": "write"}),
        (
            [Grant(action="row.list", fields={"email": "masked"}), Grant(action="row.list", default_access="read")],
            {"email": "read", "total": "write"},
        ),
        (
            [Grant(action="row.list", default_access="hidden", fields={"email": "read"}), deny_email],
            {"email": "hidden", "total": "hidden", "api_key": "hidden"},
        ),
        ([Grant(action="row.list", fields={"api_key": "write"})], {"api_key": "masked"}),
        ([Grant(action="row.list", fields={"api_key": "hidden"})], {"api_key": "hidden"}),
    ],
)
def test_the_most_generous_field_access_counts_and_secrets_stay_secret(
    world: World, grants: list[Grant], access: dict[str, str]
) -> None:
    for n, grant in enumerate(grants):
        world.role(f"r{n}", grant)
    decision = world.decide(world.person(*(f"r{n}" for n in range(len(grants)))), "row.list")
    assert {name: decision.access(name) for name in access} == access


def test_whoever_may_do_everything_still_reads_no_secret(world: World) -> None:
    for actor in (world.ana, Actor.system("nightly-sync")):
        decision = world.decide(actor, "row.read")
        assert decision.allowed
        assert not decision.reads("api_key")


def test_nobody_may_nothing(world: World) -> None:
    decision = world.decide(Actor.anonymous(), "row.list")
    assert not decision.allowed
    assert decision.reason == "Nobody is signed in."


def test_an_actor_whose_roles_are_gone_may_nothing(world: World) -> None:
    assert not world.decide(Actor("user:x", roles=("vanished",)), "row.list").allowed


def test_changing_a_row_needs_that_it_may_be_read_and_listed(world: World) -> None:
    world.role("writes", Grant(action="row.update"))
    decision = world.decide(world.person("writes"), "row.update")
    assert not decision.allowed
    assert "row.read" in decision.reason
    world.role(
        "reads",
        Grant(action="row.list", rows=rule("status", "eq", "paid"), fields={"email": "masked", "total": "read"}),
        Grant(action="row.read"),
    )
    decision = world.decide(world.person("writes", "reads"), "row.update")
    assert decision.rows == PAID
    assert decision.access("email") == "masked"
    assert decision.access("total") == "write"


@pytest.mark.parametrize("action", ["rows.export", "query.run", "refunds.issue", "row.delete"])
def test_no_other_action_reaches_rows_that_a_list_does_not_show(world: World, action: str) -> None:
    world.access.permissions.register(["refunds.issue"], "refunds")
    world.role("reads", Grant(action="row.read"), Grant(action="row.list", rows=rule("total", "gt", 100)))
    world.role("acts", Grant(action=action))
    assert world.decide(world.person("reads", "acts"), action).rows == BIG
    assert not world.decide(world.person("acts"), action).allowed


def test_whoever_may_only_add_rows_may_add_rows(world: World) -> None:
    world.role("adds", Grant(action="row.create"))
    adder = world.person("adds")
    assert world.decide(adder, "row.create").allowed
    assert not world.decide(adder, "row.list").allowed


def test_a_rule_asks_for_attributes_of_who_asks(world: World) -> None:
    world.role("local", Grant(action="row.list", rows=rule("region", "eq", me("region"))))
    assert world.decide(world.person("local", region="EU"), "row.list").rows == MINE


@pytest.mark.parametrize("attributes", [{}, {"region": None}, {"Region": "EU"}])
def test_an_attribute_that_is_missing_gives_no_rows_and_says_so(world: World, attributes: dict[str, object]) -> None:
    world.role("local", Grant(action="row.list", rows=rule("region", "ne", me("region"))))
    decision = world.decide(world.person("local", **attributes), "row.list")
    assert decision.rows == NOTHING
    assert "me.region" in decision.reason


def test_a_denial_whose_rule_cannot_be_used_leaves_no_rows(world: World) -> None:
    world.role("all", Grant(action="row.list"))
    world.role("less", Grant(action="row.list", effect="deny", rows=rule("region", "eq", me("region"))))
    decision = world.decide(world.person("all", "less"), "row.list")
    assert decision.rows == NOTHING
    assert "me.region" in decision.reason


def test_a_rule_on_a_column_that_vanished_gives_no_rows_and_other_roles_still_count(world: World) -> None:
    world.role("local", Grant(action="row.list", rows=rule("region", "eq", "EU")))
    smaller = _without(ORDERS, "region")
    world.access.decisions.schema_of = {"shop": Schema("shop", "sqlite", {"orders": smaller}, version="2")}.get
    decision = world.decide(world.person("local"), "row.list", smaller)
    assert decision.rows == NOTHING
    assert "region" in decision.reason
    world.role("paid", Grant(action="row.list", rows=rule("status", "eq", "paid")))
    decision = world.decide(world.person("local", "paid"), "row.list", smaller)
    assert decision.rows == PAID
    assert "region" in decision.reason


def test_a_field_that_was_kept_back_and_is_gone_does_not_lie_open_under_a_new_name(world: World) -> None:
    world.role("careful", Grant(action="row.list", resource="orders", fields={"email": "masked"}))
    decision = world.decide(world.person("careful"), "row.list", _without(ORDERS, "email"))
    assert decision.rows == NOTHING
    assert "email" in decision.reason
    world.role("wide", Grant(action="row.list", fields={"email": "masked"}))
    assert world.decide(world.person("wide"), "row.list", CUSTOMERS).rows is None


def test_a_rule_may_walk_relations_where_the_schema_is_known(world: World) -> None:
    world.role("french", Grant(action="row.list", rows=rule("customer.country", "eq", "FR")))
    actor = world.person("french")
    assert world.decide(actor, "row.list").rows == Comparison(("customer", "country"), "eq", "FR")
    world.access.decisions.schema_of = lambda _source: None
    assert world.decide(actor, "row.list").rows == NOTHING


def test_a_rule_where_there_are_no_rows_allows_nothing(world: World) -> None:
    world.role("odd", Grant(action="dashboard.view", rows=rule("total", "gt", 1)))
    assert not world.access.decide(world.person("odd"), "dashboard.view", "nexus", "dashboards").allowed


def test_a_grant_on_one_table_says_nothing_where_no_table_is_asked_about(world: World) -> None:
    world.role("one", Grant(action="query.sql", resource="orders"))
    world.role("any", Grant(action="query.sql"))
    assert not world.decide(world.person("one"), "query.sql", None).allowed
    assert world.decide(world.person("any"), "query.sql", None).allowed


def test_a_wide_grant_does_not_give_the_keys_away(world: World) -> None:
    world.role("wide", Grant(action="*", source="*"))
    world.role("keys", Grant(action="access.*", source="nexus"))
    house = ("access.role.save", "nexus", "roles")
    assert not world.access.decide(world.person("wide"), *house).allowed
    assert not world.access.decide(world.person("admin"), *house).allowed
    assert world.access.decide(world.person("keys"), *house).allowed
    assert world.access.decide(world.ana, *house).allowed


def test_nothing_is_denied_to_an_owner(world: World) -> None:
    world.role("no", Grant(action="*", effect="deny"), Grant(action="access.*", effect="deny"))
    both = world.person("owner", "no")
    assert world.decide(both, "row.delete").allowed
    assert world.access.decide(both, "access.role.save", "nexus", "roles").allowed
    assert not world.decide(world.person("admin", "no"), "row.delete").allowed


def test_whoever_is_signed_in_may_change_their_own_account_unless_that_is_denied(world: World) -> None:
    world.role("kiosk", Grant(action="account.*", effect="deny"))
    house = ("account.change", "nexus", "account")
    assert world.access.decide(world.person(), *house).allowed
    assert not world.access.decide(world.person("kiosk"), *house).allowed
    assert not world.access.decide(Actor.anonymous(), *house).allowed


@pytest.mark.parametrize(
    ("role", "action", "allowed"),
    [
        ("viewer", "row.list", True),
        ("viewer", "query.run", True),
        ("viewer", "row.update", False),
        ("viewer", "rows.export", False),
        ("editor", "row.delete", True),
        ("editor", "query.sql", False),
        ("admin", "query.sql", True),
        ("admin", "row.delete", True),
        ("owner", "query.sql", True),
    ],
)
def test_the_roles_that_come_with_the_house(world: World, role: str, action: str, allowed: bool) -> None:
    assert world.decide(world.person(role), action).allowed is allowed


def test_a_remembered_answer_changes_at_once_after_a_role_was_edited(world: World) -> None:
    world.role("r", Grant(action="row.list", rows=rule("status", "eq", "paid")))
    actor = world.person("r")
    before = world.access.version
    assert world.decide(actor, "row.list").rows == PAID
    assert world.decide(actor, "row.list") is world.decide(actor, "row.list")
    world.role("r", Grant(action="row.list", rows=rule("total", "gt", 100)))
    assert world.access.version > before
    assert world.decide(actor, "row.list").rows == BIG
    world.role("r", Grant(action="row.list", effect="deny"))
    assert not world.decide(actor, "row.list").allowed


def test_a_remembered_answer_is_for_the_rights_of_who_asked_not_for_the_name(world: World) -> None:
    world.role("r", Grant(action="row.list"))
    actor = world.person("r")
    assert world.decide(actor, "row.list").allowed
    assert not world.decide(replace(actor, roles=()), "row.list").allowed
    assert not world.decide(replace(actor, scopes=("row.read",)), "row.list").allowed
    assert world.decide(actor, "row.list").allowed


def test_a_remembered_answer_ends_with_the_schema_that_it_was_checked_against(world: World) -> None:
    world.role("r", Grant(action="row.list", rows=rule("customer.country", "eq", "FR")))
    actor = world.person("r")
    assert world.decide(actor, "row.list").rows != NOTHING
    alone = Schema("shop", "sqlite", {"orders": ORDERS}, version="2")
    world.access.decisions.schema_of = {"shop": alone}.get
    assert world.decide(actor, "row.list").rows == NOTHING


def test_the_answers_about_all_tables_are_those_about_each_and_end_when_they_do(world: World) -> None:
    world.role("r", Grant(resource="orders", action="row.list", rows=rule("status", "eq", "paid")))
    actor = world.person("r")

    def agree(who: Actor, schema: Schema = SHOP) -> dict[str, Decision]:
        answers = dict(world.access.decide_tables(who, "row.list", schema))
        assert answers == {
            name: world.access.decide(who, "row.list", "shop", one) for name, one in schema.resources.items()
        }
        return answers

    assert agree(actor)["orders"].rows == PAID
    assert not agree(actor)["customers"].allowed
    assert not agree(replace(actor, roles=()))["orders"].allowed
    world.role("r", Grant(action="row.list"))
    assert agree(actor)["customers"].allowed
    alone = Schema("shop", "sqlite", {"orders": ORDERS}, version="2")
    assert list(agree(actor, alone)) == ["orders"]


def test_the_answers_about_several_actions_are_those_about_each_and_end_when_they_do(world: World) -> None:
    asked = ("row.list", "access.view", "row.read")
    world.role("r", Grant(source="nexus", action="access.view"))
    actor = world.person("r")

    def allowed(who: Actor) -> list[str]:
        answers = world.access.decide_each(who, asked, "nexus")
        assert dict(answers) == {action: world.access.decide(who, action, "nexus", None) for action in asked}
        return [action for action, one in answers.items() if one.allowed]

    assert allowed(actor) == allowed(actor) == ["access.view"]
    assert allowed(replace(actor, roles=())) == []
    world.role("r", Grant(source="nexus", action="row.read"))
    assert allowed(actor) == ["row.read"]


def test_what_narrows_alike_has_one_fingerprint_and_what_asks_for_me_has_one_each(world: World) -> None:
    world.role("paid", Grant(action="row.list", rows=rule("status", "eq", "paid")))
    world.role("also", Grant(action="row.*", rows=rule("status", "eq", "paid")))
    world.role("local", Grant(action="row.list", rows=rule("region", "eq", me("region"))))

    def fingerprint(*roles: str, **attributes: object) -> str:
        return world.decide(world.person(*roles, **attributes), "row.list").fingerprint

    assert fingerprint("paid") == fingerprint("also")
    assert fingerprint("paid") != fingerprint("viewer")
    assert fingerprint("local", region="EU") != fingerprint("local", region="US")
    assert fingerprint("local", region="EU") == fingerprint("local", region="EU")
    world.role("own", Grant(action="row.list", rows=rule("region", "eq", {"var": "me"})))
    assert fingerprint("own") != fingerprint("own")


def test_rules_that_do_not_fit_their_table_any_more_can_be_asked_for(world: World) -> None:
    known = {"shop": SHOP}.get
    good = world.role("good", Grant(action="row.list", source="shop", resource="orders", rows=rule("total", "gt", 1)))
    wide = world.role("wide", Grant(action="row.list", rows=rule("vanished", "gt", 1)))
    mine = Grant(action="row.list", source="shop", resource="orders", rows=rule("region", "eq", me("region")))
    bad = world.role(
        "bad", mine, Grant(action="row.list", source="shop", resource="orders", rows=rule("totl", "gt", 1))
    )
    problems = rule_problems([good, wide, bad], known)
    assert len(problems) == 1
    assert "'bad'" in problems[0]
    assert "Did you mean 'total'?" in problems[0]


def _without(resource: Resource, name: str) -> Resource:
    return replace(resource, fields=tuple(field for field in resource.fields if field.name != name))
