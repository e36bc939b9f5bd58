"""Roles: what they inherit, what is refused when they are saved, and every version of them."""

import pytest

from nexus_admin.access import Access
from nexus_admin.access.permissions import Permissions
from nexus_admin.domain.errors import BadExpression, Forbidden, Invalid, NexusError, NotFound, Refused, UnknownAction
from nexus_admin.domain.role import Grant, Role
from tests.access.world import LAPTOP, SYSTEM, World, cheap_passwords, rule


def test_a_role_has_what_it_inherits_over_any_number_of_steps(world: World) -> None:
    world.role("base", Grant(action="row.list"))
    world.role("middle", inherits=("base",))
    world.role("top", Grant(action="row.create"), inherits=("middle", "viewer"))
    actor = world.person("top")
    assert actor.roles == ("top", "middle", "viewer", "base")
    assert world.decide(actor, "row.list").allowed
    assert world.decide(actor, "row.create").allowed
    assert not world.decide(actor, "row.delete").allowed


def test_a_denial_is_inherited_too(world: World) -> None:
    world.role("no", Grant(action="rows.export", effect="deny"))
    world.role("clerk", inherits=("editor", "no"))
    assert not world.decide(world.person("clerk"), "rows.export").allowed
    assert world.decide(world.person("editor"), "rows.export").allowed


def test_a_change_of_what_is_inherited_reaches_every_heir_at_once(world: World) -> None:
    world.role("base", Grant(action="row.list"))
    world.role("top", inherits=("base",))
    user = world.user("top")
    cookie = world.access.sign_in_as(user.id, LAPTOP, via="oidc").cookie
    actor = world.access.actor_of_session(cookie)
    assert actor is not None
    assert world.decide(actor, "row.list").allowed
    world.role("top")
    again = world.access.actor_of_session(cookie)
    assert again is not None
    assert again.roles == ("top",)
    assert not world.decide(again, "row.list").allowed


def test_a_circle_is_refused_and_shown(world: World) -> None:
    world.role("a")
    world.role("b", inherits=("a",))
    world.role("c", inherits=("b",))
    with pytest.raises(Invalid, match="a inherits itself: a → c → b → a"):
        world.role("a", inherits=("c",))
    with pytest.raises(Invalid, match="a inherits itself: a → a"):
        world.role("a", inherits=("a",))
    assert world.access.roles.get("a").inherits == ()


@pytest.mark.parametrize(
    ("role", "error", "sentence"),
    [
        (Role(name="x", inherits=("viwer",)), Invalid, r"inherits 'viwer', which is not there\. Did you mean 'viewer'"),
        (Role(name="x", inherits=("owner",)), Invalid, "cannot inherit 'owner'"),
        (Role(name="everyone"), Invalid, "whoever is signed in"),
        (Role(name="x", grants=(Grant(action="row.lsit"),)), UnknownAction, "Did you mean 'row.list'"),
        (Role(name="x", grants=(Grant(action="nothing.*"),)), UnknownAction, "no action called"),
        (Role(name="x", grants=(Grant(action="row.list", rows={"feild": "a"}),)), BadExpression, "feild"),
        (Role(name="x", grants=(Grant(action="row.list", rows="{"),)), BadExpression, "not a rule in JSON"),
        (Role(name="owner"), Refused, "cannot be edited"),
        (Role(name="owner", grants=(Grant(action="*"),)), Refused, "cannot be edited"),
    ],
)
def test_what_cannot_work_is_refused_when_it_is_saved(
    world: World, role: Role, error: type[NexusError], sentence: str
) -> None:
    before = world.access.roles.all()
    with pytest.raises(error, match=sentence):
        world.access.roles.save(role, by=world.ana)
    assert world.access.roles.all() == before


def test_an_owner_may_ask_all_owners_for_a_second_factor_and_nobody_else_may(world: World) -> None:
    strict = world.access.roles.get("owner").model_copy(update={"require_second_factor": True})
    world.role("keys", Grant(action="access.*"))
    with pytest.raises(Forbidden):
        world.access.roles.save(strict, by=world.person("admin", "keys"))
    world.access.roles.save(strict, by=world.ana)
    assert world.access.roles.get("owner").require_second_factor


def test_the_roles_of_the_house_are_there_at_the_first_start_and_deleted_ones_stay_deleted(world: World) -> None:
    assert [role.name for role in world.access.roles.all()] == ["owner", "admin", "editor", "viewer"]
    world.access.roles.delete("editor", by=world.ana)
    again = Access(world.state, passwords=cheap_passwords())
    assert [role.name for role in again.roles.all()] == ["owner", "admin", "viewer"]


def test_a_role_is_deleted_with_its_memberships_unless_it_is_needed(world: World) -> None:
    world.role("base", Grant(action="row.list"))
    world.role("top", inherits=("base",))
    user = world.user("base", "viewer")
    with pytest.raises(Refused, match="top inherits 'base'"):
        world.access.roles.delete("base", by=world.ana)
    with pytest.raises(Refused, match="cannot be deleted"):
        world.access.roles.delete("owner", by=world.ana)
    with pytest.raises(NotFound, match="Did you mean 'base'"):
        world.access.roles.delete("bases", by=world.ana)
    world.access.roles.delete("top", by=world.ana)
    world.access.roles.delete("base", by=world.ana)
    assert world.access.users.get(user.id).roles == ("viewer",)
    assert world.access.roles.member_counts() == {"owner": 1, "viewer": 1}


def test_every_version_of_a_role_is_kept_and_one_can_go_back(world: World) -> None:
    first = world.role("clerk", Grant(action="row.list"))
    world.role("clerk", Grant(action="row.*"))
    world.role("clerk", Grant(action="row.*"))
    world.access.roles.delete("clerk", by=world.ana)
    history = world.access.roles.history("clerk")
    assert [(past.version, past.role is None) for past in history] == [(3, True), (2, False), (1, False)]
    assert history[0].actor == world.ana.id
    actor = world.person()
    assert world.access.roles.revert("clerk", 1, by=world.ana) == first
    assert world.access.roles.get("clerk") == first
    assert [past.version for past in world.access.roles.history("clerk")] == [4, 3, 2, 1]
    with pytest.raises(NotFound):
        world.access.roles.revert("clerk", 3, by=world.ana)
    assert not world.decide(actor, "row.list").allowed


def test_a_rule_is_stored_in_one_form_however_it_was_written(world: World) -> None:
    plain = world.role("plain", Grant(action="row.list", rows=rule("total", "gt", 1)))
    text = world.role("text", Grant(action="row.list", rows='{"op": "gt", "value": 1, "field": "total"}'))
    assert plain.grants == text.grants


def test_a_grant_of_an_extension_that_is_gone_is_reported_and_takes_nothing_down(world: World) -> None:
    world.access.permissions.register(["refunds.issue"], "refunds")
    role = world.role("clerk", Grant(action="refunds.issue"), Grant(action="row.list"))
    assert Permissions().problems([role]) == [
        "The role 'clerk' names an unknown action. There is no action called 'refunds.issue'. "
        "`nexus describe` lists them all."
    ]
    assert world.access.permissions.problems([role]) == []
    assert world.access.permissions.known["refunds.issue"] == "refunds"
    assert world.decide(world.person("clerk"), "row.list").allowed


def test_the_roles_that_come_with_the_house_name_no_unknown_action(world: World) -> None:
    assert world.access.permissions.problems(world.access.roles.all()) == []


def test_the_version_rises_with_every_change_and_only_then(world: World) -> None:
    seen = [world.access.version]
    for change in (
        lambda: world.role("a", Grant(action="row.list")),
        lambda: world.user("a"),
        lambda: world.access.roles.delete("a", by=SYSTEM),
    ):
        change()
        seen.append(world.access.version)
    assert seen == sorted(set(seen))
    assert world.access.version == seen[-1]
