"""Roles as a file: who gains and who loses is said first, and then all of it happens or none."""

import re
from pathlib import Path

import pytest

from nexus_admin.access.compare import Difference
from nexus_admin.access.text import Format, parse_file, print_file
from nexus_admin.domain.errors import Forbidden, Invalid, Refused, SettingError
from nexus_admin.domain.role import AccessFile, Grant, Role
from tests.access.world import LAPTOP, PASSWORD, SYSTEM, World, me, rule

TABLES = [("shop", "orders"), ("shop", "customers")]

HOSTILE = 'quote " and \\ and \n and \x7f and ü and \u2028'


@pytest.mark.parametrize("form", ["toml", "json"])
def test_a_file_comes_back_as_it_was_written(world: World, form: Format) -> None:
    world.role(
        "clerk",
        Grant(action="row.*", source="shop", rows={"and": [rule("total", "gt", 1), rule("region", "eq", me("x"))]}),
        Grant(action="row.list", effect="deny", rows={"any": "items", "where": None}),
        Grant(action="row.list", rows=rule("region", "in", [HOSTILE, "b"]), fields={HOSTILE: "masked", "b": "hidden"}),
        Grant(action="row.list", default_access="read", fields={}),
        title=HOSTILE,
        description="",
        inherits=("viewer",),
        require_second_factor=True,
    )
    world.user("clerk", "viewer")
    file = world.access.files.export()
    text = print_file(file, form)
    again = parse_file(text, form)
    assert again.members == file.members
    assert world.access.files.plan(again).empty
    assert print_file(world.access.files.export(), form) == text


def test_applying_the_same_file_twice_does_nothing_the_second_time(world: World) -> None:
    user = world.user("viewer")
    file = changed(world, Role(name="clerk", grants=(Grant(action="row.create"),)), {user.email: ("clerk",)})
    assert world.access.files.plan(file).changes == (
        "The role 'clerk' is new.",
        f"{user.email} was Viewer and becomes clerk.",
    )
    assert world.access.users.get(user.id).roles == ("viewer",), "a plan does nothing"
    assert not world.access.files.apply(file, by=world.ana).empty
    assert world.access.users.get(user.id).roles == ("clerk",)
    version = world.access.version
    assert world.access.files.apply(file, by=world.ana).empty
    assert world.access.version == version


def test_it_says_who_gains_and_who_loses_what(world: World) -> None:
    world.role("clerk", Grant(action="row.list"), Grant(action="row.read"))
    one, other = world.user("clerk"), world.user("viewer")
    narrower = Role(
        name="clerk",
        grants=(Grant(action="row.list", rows=rule("total", "gt", 1)), Grant(action="row.create", resource="orders")),
    )
    plan = world.access.files.plan(changed(world, narrower, {}), TABLES)
    assert spoken(plan.differences) == [
        "loses row.list on shop/orders",
        "loses row.list on shop/customers",
        "loses row.read on shop/orders",
        "loses row.read on shop/customers",
        "gains row.create on shop/orders",
    ]
    assert f"{one.email} has row.list on shop/orders on fewer rows or fields." in sentences(plan.differences)
    assert not [difference for difference in plan.differences if difference.email == other.email]


def test_a_role_is_looked_at_before_it_is_saved(world: World) -> None:
    world.role("clerk", Grant(action="row.list"))
    user = world.user("clerk")
    plan = world.access.files.preview(Role(name="clerk"), TABLES)
    assert plan.changes == ("The role 'clerk' changes.",)
    assert sentences(plan.differences) == [
        f"{user.email} loses row.list on shop/orders.",
        f"{user.email} loses row.list on shop/customers.",
    ]
    assert world.decide(world.actor(user), "row.list").allowed


def test_other_rows_are_neither_more_nor_less(world: World) -> None:
    world.role("clerk", Grant(action="row.list", rows=rule("total", "gt", 1)))
    user = world.user("clerk")
    other = Role(name="clerk", grants=(Grant(action="row.list", rows=rule("total", "lt", 1)),))
    plan = world.access.files.plan(changed(world, other, {}), TABLES[:1])
    assert sentences(plan.differences) == [f"{user.email} has row.list on shop/orders on other rows or fields."]


def test_a_file_without_members_leaves_them_and_one_with_members_is_the_whole_truth(world: World) -> None:
    user, other = world.user("viewer"), world.user("editor")
    without = world.access.files.export().model_copy(update={"members": {}})
    assert world.access.files.apply(without, by=world.ana).empty
    file = without.model_copy(update={"members": {"ANA@example.com": ("owner",), user.email: ("viewer",)}})
    world.access.files.apply(file, by=world.ana)
    assert world.access.users.get(other.id).roles == ()
    assert world.access.users.get(user.id).roles == ("viewer",)


def test_roles_may_change_who_inherits_whom_in_one_go(world: World) -> None:
    world.role("a")
    world.role("b", inherits=("a",))
    file = changed(world, Role(name="a", inherits=("b",)), {})
    file = file.model_copy(
        update={"roles": tuple(role if role.name != "b" else Role(name="b", inherits=("c",)) for role in file.roles)}
    )
    file = file.model_copy(update={"roles": (*file.roles, Role(name="c"))})
    world.access.files.apply(file, by=world.ana)
    assert world.access.roles.book().closure(["a"]) == ("a", "b", "c")


@pytest.mark.parametrize("dry", [True, False])
def test_the_last_owner_is_not_removed_by_a_file(world: World, dry: bool) -> None:
    user = world.user("viewer")
    file = world.access.files.export().model_copy(update={"members": {user.email: ("viewer",)}})
    with pytest.raises(Refused, match="no active owner"):
        apply(world, file, dry)
    roles = tuple(role for role in file.roles if role.name != "owner")
    with pytest.raises(Refused, match="'owner'"):
        apply(world, AccessFile(roles=roles), dry)
    assert world.access.users.get(world.owner.id).owner


@pytest.mark.parametrize("dry", [True, False])
def test_unknown_members_roles_and_actions_are_refused_with_a_sentence_each(world: World, dry: bool) -> None:
    file = world.access.files.export()
    with pytest.raises(Invalid) as refused:
        apply(world, file.model_copy(update={"members": {"anna@example.com": ("owner",), "x@y.z": ()}}), dry)
    assert "Did you mean 'ana@example.com'?" in refused.value.fields["members.anna@example.com"]
    assert "Make the account first (nexus user add)" in refused.value.fields["members.x@y.z"]
    with pytest.raises(Invalid, match=r"no role called 'ownr' in the file\. Did you mean 'owner'"):
        apply(world, file.model_copy(update={"members": {"ana@example.com": ("ownr",)}}), dry)
    with pytest.raises(Invalid, match=r"Did you mean 'row\.list'"):
        apply(world, changed(world, Role(name="x", grants=(Grant(action="row.lst"),)), {}), dry)
    with pytest.raises(Invalid, match="two roles called 'viewer'"):
        apply(world, AccessFile(roles=(*file.roles, Role(name="viewer"))), dry)


def test_only_an_owner_makes_owners_by_a_file_and_nothing_of_it_happens(world: World) -> None:
    world.role("keys", Grant(action="access.*"))
    keeper = world.user("keys")
    members = {"ana@example.com": ("owner",), keeper.email: ("keys", "owner")}
    file = changed(world, Role(name="extra"), members)
    with pytest.raises(Forbidden, match="is not an owner"):
        world.access.files.apply(file, by=world.actor(keeper))
    assert "extra" not in world.access.roles.book().roles


def test_a_role_that_left_the_file_is_gone_and_its_members_lose_it_at_once(world: World) -> None:
    world.role("clerk", Grant(action="row.list"))
    user = world.user("clerk")
    cookie = world.access.sign_in(user.email, PASSWORD, LAPTOP).cookie
    file = world.access.files.export()
    roles = tuple(role for role in file.roles if role.name != "clerk")
    plan = world.access.files.apply(AccessFile(roles=roles), by=SYSTEM, tables=TABLES[:1])
    assert plan.changes == ("The role 'clerk' is deleted.", f"{user.email} was clerk and becomes nothing.")
    assert spoken(plan.differences) == ["loses row.list on shop/orders"]
    actor = world.access.actor_of_session(cookie)
    assert actor is not None
    assert not world.decide(actor, "row.list").allowed


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("version = ", "not TOML"),
        ("version = 2", "version"),
        ("rolls = []", "rolls"),
        ('[[roles]]\nname = "Big Boss"', "roles.0.name"),
        ('[[roles]]\nname = "x"\n[[roles.grants]]\nsource = "shop"', "roles.0.grants.0.action"),
        ("[" * 5000, "access.toml"),
    ],
)
def test_a_text_that_is_no_access_file_is_refused_with_its_place(text: str, sentence: str) -> None:
    with pytest.raises(SettingError, match=r"access\.toml") as refused:
        parse_file(text, "toml", "access.toml")
    assert sentence in str(refused.value)


def changed(world: World, role: Role, members: dict[str, tuple[str, ...]]) -> AccessFile:
    """The file of now with one role in it that is new or other, and with *members* where there are some."""
    file = world.access.files.export()
    roles = {one.name: one for one in file.roles} | {role.name: role}
    merged = {**file.members, **members} if members else {}
    return AccessFile(roles=tuple(roles.values()), members=merged)


def apply(world: World, file: AccessFile, dry: bool) -> None:
    if dry:
        world.access.files.plan(file)
    else:
        world.access.files.apply(file, by=world.ana)


def spoken(differences: tuple[Difference, ...]) -> list[str]:
    return [f"{one.direction} {one.question}" for one in differences]


def sentences(differences: tuple[Difference, ...]) -> list[str]:
    return [one.sentence for one in differences]


def test_the_file_of_the_guide_can_be_applied_as_it_stands(world: World, repository: Path) -> None:
    guide = (repository / "docs/guides/roles.md").read_text(encoding="utf-8")
    shown = re.search(r"```toml\n(.*?)```", guide, re.DOTALL)
    assert shown is not None
    world.access.users.create("leo@example.com", by=SYSTEM, attributes={"region": "EU"})
    file = parse_file(shown[1])
    roles = tuple(world.access.roles.all())
    world.access.files.apply(file.model_copy(update={"roles": (*roles, *file.roles)}), by=world.ana)
    leo = world.access.users.by_email("leo@example.com")
    assert leo is not None
    decision = world.decide(world.actor(leo), "row.update")
    assert decision.allowed
    assert (decision.access("email"), decision.access("total")) == ("masked", "read")
    assert not world.decide(world.actor(leo), "row.delete").allowed
