"""Why: every grant that had a say, and the one that decided."""

from nexus_admin.access.book import RoleBook
from nexus_admin.access.explain import Explanation
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.role import Grant, Role
from tests.access.world import ORDERS, World, me, rule


def why(world: World, actor: Actor, action: str = "row.list", **more: object) -> Explanation:
    return world.access.explain.why(actor, action, "shop", ORDERS, **more)  # type: ignore[arg-type]


def test_a_yes_names_the_role_and_the_grant_that_gave_it(world: World) -> None:
    explained = why(world, world.person("viewer"))
    assert explained.allowed
    assert explained.deciding is not None
    assert explained.deciding.role == "viewer"
    assert explained.deciding.grant == Grant(action="row.list")
    assert explained.deciding.sentence == "'Viewer' gives row.list on shop/orders on every row."


def test_a_no_without_any_grant_says_what_was_looked_at(world: World) -> None:
    world.role("r", Grant(action="row.list", resource="customers"))
    explained = why(world, world.person("r"))
    assert not explained.allowed
    assert [(step.role, step.matched) for step in explained.steps] == [("r", False), ("everyone", False), ("", True)]
    assert explained.steps[0].sentence == ("'r' gives row.list on */customers, which is not row.list on shop/orders.")
    assert explained.sentence == "No role that counts here gives row.list on shop/orders."


def test_a_denial_is_the_one_that_decided(world: World) -> None:
    world.role("no", Grant(action="row.*", effect="deny"))
    explained = why(world, world.person("viewer", "no"))
    assert not explained.allowed
    assert explained.deciding is not None
    assert (explained.deciding.role, explained.deciding.effect) == ("no", "deny")


def test_of_a_row_it_says_which_rule_lets_it_through_or_which_one_takes_it_away(world: World) -> None:
    world.role("local", Grant(action="row.list", rows=rule("region", "eq", me("region"))))
    world.role("no-big", Grant(action="row.list", effect="deny", rows=rule("total", "gt", 100)))
    actor = world.person("local", "no-big", region="EU")
    small = {"id": 1, "region": "EU", "total": 5}
    explained = why(world, actor, row=small)
    assert explained.allowed
    assert explained.deciding is not None
    assert explained.deciding.sentence == "'local' gives row.list on shop/orders on this row."
    explained = why(world, actor, row=small | {"total": 500})
    assert not explained.allowed
    assert explained.deciding is not None
    assert explained.deciding.sentence == "'no-big' denies row.list on shop/orders on this row."
    explained = why(world, actor, row=small | {"region": "US"})
    assert not explained.allowed
    assert explained.deciding is not None
    assert explained.deciding.role == ""
    assert "not among those" in explained.sentence


def test_of_a_field_it_says_who_masks_it_and_who_opens_it(world: World) -> None:
    world.role("masks", Grant(action="row.list", fields={"email": "masked"}))
    explained = why(world, world.person("masks"), field="email")
    assert not explained.allowed
    assert explained.sentence.startswith("email is masked.")
    world.role("opens", Grant(action="row.list", default_access="read"))
    explained = why(world, world.person("masks", "opens"), field="email")
    assert explained.allowed
    assert explained.deciding is not None
    assert explained.deciding.role == "opens"
    world.role("hides", Grant(action="row.list", effect="deny", fields={"email": "hidden"}))
    explained = why(world, world.person("masks", "opens", "hides"), field="email")
    assert not explained.allowed
    assert explained.deciding is not None
    assert explained.deciding.role == "hides"


def test_a_rule_that_cannot_be_used_says_why(world: World) -> None:
    world.role("local", Grant(action="row.list", rows=rule("region", "eq", me("region"))))
    explained = why(world, world.person("local"))
    assert "needs me.region, which User 1 has not" in explained.steps[0].sentence


def test_what_another_right_takes_away_is_among_the_steps(world: World) -> None:
    world.role("writes", Grant(action="row.update"), Grant(action="row.read"))
    explained = why(world, world.person("writes"), "row.update")
    assert not explained.allowed
    assert explained.sentence.startswith("row.update needs row.list too.")


def test_it_answers_for_somebody_who_does_not_exist_and_for_roles_that_are_not_saved(world: World) -> None:
    book = RoleBook([Role(name="draft", grants=(Grant(action="row.list"),))])
    nobody = Actor("user:hypothetical", roles=("draft",))
    assert why(world, nobody, book=book).allowed
    assert not why(world, nobody).allowed


def test_tokens_nobody_and_the_system_are_explained_too(world: World) -> None:
    bearer, _token = world.access.tokens.create(world.owner.id, "x", scopes=["row.read"])
    token = world.access.actor_of_token(bearer)
    assert token is not None
    assert "not for row.list" in why(world, token).sentence
    assert why(world, Actor.anonymous()).sentence == "Nobody is signed in."
    assert why(world, Actor.system("nightly-sync")).allowed


def test_it_says_what_decide_says(world: World) -> None:
    world.access.policies.replace([("p", lambda *_asked: Decision(True, "", None, {"email": "masked"}))])
    for actor in (world.ana, world.person("viewer"), world.person()):
        for action in ("row.list", "row.update", "query.run"):
            assert why(world, actor, action).decision == world.decide(actor, action)
