"""API tokens: never more than their owner may, and dead as soon as they should be."""

from datetime import timedelta

import pytest

from nexus_admin.domain.errors import Invalid, NotFound, UnknownAction
from nexus_admin.domain.expression import Comparison, Not
from nexus_admin.domain.role import Grant
from tests.access.world import SYSTEM, World, rule


def test_a_token_may_what_its_owner_may_as_far_as_its_scopes_reach(world: World) -> None:
    user = world.user("editor")
    bearer, token = world.access.tokens.create(user.id, "nightly", scopes=["row.list", "rows.*"])
    assert bearer.startswith("nxt_")
    actor = world.access.actor_of_token(bearer)
    assert actor is not None
    assert (actor.kind, actor.id, actor.scopes) == ("token", f"token:{token.id}", ("row.list", "rows.*"))
    assert world.decide(actor, "row.list").allowed
    assert world.decide(actor, "rows.export").allowed
    for action in ("row.read", "row.update", "row.delete"):
        assert "token" in world.decide(actor, action).reason
        assert not world.decide(actor, action).allowed
    assert not world.access.decide(actor, "account.change", "nexus", "account").allowed


def test_a_scope_does_not_give_what_the_roles_do_not_give(world: World) -> None:
    bearer, _token = world.access.tokens.create(world.user("viewer").id, "hopeful", scopes=["*", "access.*"])
    actor = world.access.actor_of_token(bearer)
    assert actor is not None
    assert not world.decide(actor, "row.delete").allowed
    assert not world.access.decide(actor, "access.role.save", "nexus", "roles").allowed


def test_a_wide_scope_does_not_reach_who_may_do_what_even_for_an_owner(world: World) -> None:
    bearer, _token = world.access.tokens.create(world.owner.id, "wide", scopes=["*"])
    actor = world.access.actor_of_token(bearer)
    assert actor is not None
    assert world.decide(actor, "row.delete").allowed
    assert not world.access.decide(actor, "access.role.save", "nexus", "roles").allowed


def test_a_token_narrowed_to_a_role_keeps_the_denials_of_the_others(world: World) -> None:
    world.role("no-big", Grant(action="row.*", effect="deny", rows=rule("total", "gt", 100)))
    world.role("exporter", Grant(action="rows.export"))
    user = world.user("viewer", "no-big", "exporter")
    bearer, _token = world.access.tokens.create(user.id, "narrow", roles=["viewer"])
    actor = world.access.actor_of_token(bearer)
    assert actor is not None
    assert actor.roles == ("viewer",)
    assert world.decide(actor, "row.list").rows == Not(Comparison(("total",), "gt", 100))
    assert not world.decide(actor, "rows.export").allowed


def test_an_owner_may_narrow_a_token_to_any_role_and_then_it_is_no_owner(world: World) -> None:
    bearer, _token = world.access.tokens.create(world.owner.id, "reader", roles=["viewer"])
    actor = world.access.actor_of_token(bearer)
    assert actor is not None
    assert world.decide(actor, "row.list").allowed
    assert not world.decide(actor, "row.delete").allowed


def test_a_token_loses_a_role_together_with_its_owner(world: World) -> None:
    user = world.user("viewer", "editor")
    bearer, _token = world.access.tokens.create(user.id, "narrow", roles=["editor"])
    world.access.users.set_roles(user.id, ["viewer"], by=SYSTEM)
    actor = world.access.actor_of_token(bearer)
    assert actor is not None
    assert actor.roles == ()
    assert not world.decide(actor, "row.list").allowed


def test_a_token_for_what_is_not_there_is_refused_with_the_nearest_name(world: World) -> None:
    user = world.user("viewer")
    with pytest.raises(UnknownAction, match=r"Did you mean 'row\.list'\?"):
        world.access.tokens.create(user.id, "x", scopes=["row.lsit"])
    with pytest.raises(Invalid, match="does not hold the role 'editor'"):
        world.access.tokens.create(user.id, "x", roles=["editor"])
    with pytest.raises(Invalid, match="Say what the token is for"):
        world.access.tokens.create(user.id, "  ")
    with pytest.raises(NotFound):
        world.access.tokens.create("nobody", "x")


def test_a_token_ends_at_its_end_and_when_it_is_revoked(world: World) -> None:
    user = world.user("viewer")
    short, _token = world.access.tokens.create(user.id, "short", lifetime=timedelta(hours=1))
    long, kept = world.access.tokens.create(user.id, "long")
    world.clock.forward(3600)
    assert world.access.actor_of_token(short) is None
    assert world.access.actor_of_token(long) is not None
    assert not world.access.tokens.revoke(world.owner.id, kept.id), "it is not theirs"
    assert world.access.tokens.revoke(user.id, kept.id)
    assert world.access.actor_of_token(long) is None
    assert not world.access.tokens.revoke(user.id, kept.id)


@pytest.mark.parametrize("how", ["password", "shut", "deleted"])
def test_tokens_die_with_the_password_and_with_the_account(world: World, how: str) -> None:
    user = world.user("viewer")
    bearer, _token = world.access.tokens.create(user.id, "script")
    assert world.access.actor_of_token(bearer) is not None
    if how == "password":
        world.access.users.set_password(user.id, "another password", by=SYSTEM)
    elif how == "shut":
        world.access.users.set_active(user.id, False, by=SYSTEM)
        world.access.users.set_active(user.id, True, by=SYSTEM)
    else:
        world.access.users.delete(user.id, by=SYSTEM)
    assert world.access.actor_of_token(bearer) is None


@pytest.mark.parametrize("bearer", ["", "nxt_", "nxt_" + "x" * 100_000, "nxt_\ud800", "xyz_" + "x" * 43])
def test_a_text_that_is_no_token_of_ours_is_nobody(world: World, bearer: str) -> None:
    assert world.access.actor_of_token(bearer) is None
