"""Policies of extensions: they narrow, they never widen, and one that fails lets nothing through."""

from collections.abc import Callable

import pytest

from nexus_admin.domain.actor import Actor
from nexus_admin.domain.decision import Decision, denied
from nexus_admin.domain.expression import NOTHING, And, Comparison, Variable
from nexus_admin.domain.resource import Resource
from nexus_admin.domain.role import Grant
from tests.access.world import SHOP, World, rule

Answer = Callable[[], Decision | None]
BIG = Comparison(("total",), "gt", 100)
PAID = Comparison(("status",), "eq", "paid")


def with_policy(world: World, answer: Answer, owner: str = "quota") -> None:
    def policy(actor: Actor, action: str, source: str, resource: Resource | None) -> Decision | None:
        return answer()

    world.access.policies.replace([(owner, policy)])


def fails() -> Decision | None:
    raise RuntimeError("out of order")


def leaves() -> Decision | None:
    raise SystemExit(3)


def test_a_policy_without_an_opinion_changes_nothing(world: World) -> None:
    with_policy(world, lambda: None)
    assert world.decide(world.person("viewer"), "row.list").rows is None


def test_a_policy_that_comes_or_goes_counts_at_once_for_what_was_asked_before(world: World) -> None:
    viewer = world.person("viewer")
    assert world.decide(viewer, "row.list").allowed
    assert world.access.decide_tables(viewer, "row.list", SHOP)["orders"].allowed
    with_policy(world, lambda: denied("Only during the day."))
    assert not world.decide(viewer, "row.list").allowed
    assert not world.access.decide_tables(viewer, "row.list", SHOP)["orders"].allowed
    world.access.policies.replace([])
    assert world.decide(viewer, "row.list").allowed
    assert world.access.decide_tables(viewer, "row.list", SHOP)["orders"].allowed


def test_a_policy_narrows_rows_and_fields(world: World) -> None:
    world.role("r", Grant(action="row.list", rows=rule("status", "eq", "paid"), fields={"total": "read"}))
    with_policy(world, lambda: Decision(True, "", BIG, {"email": "masked", "total": "write"}, "read"))
    decision = world.decide(world.person("r"), "row.list")
    assert decision.rows == And((PAID, BIG))
    assert (decision.access("email"), decision.access("total"), decision.access("id")) == ("masked", "read", "read")


def test_a_policy_gives_nothing_that_the_roles_did_not_give(world: World) -> None:
    with_policy(world, lambda: Decision(True, "Come in.", None, {"email": "write"}, "write"))
    assert not world.decide(world.person(), "row.list").allowed
    world.role("r", Grant(action="row.list", default_access="masked", rows=rule("status", "eq", "paid")))
    decision = world.decide(world.person("r"), "row.list")
    assert (decision.rows, decision.access("email")) == (PAID, "masked")


def test_a_policy_says_no_in_its_own_words_to_owners_too(world: World) -> None:
    with_policy(world, lambda: denied("Only during the day."))
    assert world.decide(world.ana, "row.list").reason == "Only during the day."
    assert not world.decide(world.ana, "row.list").allowed
    assert world.decide(Actor.system("nightly-sync"), "row.list").allowed


@pytest.mark.parametrize("answer", [fails, leaves, lambda: True, lambda: "yes", lambda: Decision(True, "", None, None)])
def test_a_policy_that_fails_lets_nothing_through(world: World, answer: Answer) -> None:
    with_policy(world, answer)
    decision = world.decide(world.person("editor"), "row.list")
    assert not decision.allowed
    assert "quota" in decision.reason


@pytest.mark.parametrize(
    "rows", [Comparison(("vanished",), "eq", 1), Comparison(("region",), "eq", Variable("me.region"))]
)
def test_a_rule_of_a_policy_that_cannot_be_used_leaves_no_rows(world: World, rows: Comparison) -> None:
    with_policy(world, lambda: Decision(True, "", rows))
    assert world.decide(world.person("viewer"), "row.list").rows == NOTHING


def test_what_a_policy_said_is_asked_again_after_two_seconds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def answer() -> Decision | None:
        asked.append(1)
        return None

    with_policy(world, answer)
    actor = world.person("viewer")
    world.decide(actor, "row.list")
    world.decide(actor, "row.list")
    assert len(asked) == 1
    now = __import__("time").monotonic()
    monkeypatch.setattr("nexus_admin.access.decide.time.monotonic", lambda: now + 3)
    world.decide(actor, "row.list")
    assert len(asked) == 2
