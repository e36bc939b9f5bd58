"""Accounts: emails that cannot be taken over, owners that cannot be lost or made by others."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from nexus_admin.domain.errors import Forbidden, Invalid, NexusError, NotFound, Refused
from nexus_admin.domain.role import Grant
from tests.access.world import LAPTOP, PASSWORD, SYSTEM, World


@pytest.mark.parametrize(
    ("taken", "tried"),
    [
        ("fi@example.com", "ﬁ@example.com"),
        ("mike@example.com", "MIKE@EXAMPLE.COM"),
        ("mike@example.com", "mıke@example.com".replace("ı", "I")),
        ("strasse@example.com", "straße@example.com"),
        ("k@example.com", "\u212a@example.com"),
        ("josé@example.com", "jose\u0301@example.com"),
    ],
)
def test_two_spellings_of_one_email_are_one_account(world: World, taken: str, tried: str) -> None:
    first = world.access.users.create(taken, by=SYSTEM)
    with pytest.raises(Invalid, match="already a user"):
        world.access.users.create(tried, by=SYSTEM)
    found = world.access.users.by_email(tried)
    assert found is not None
    assert (found.id, found.email) == (first.id, taken)


def test_letters_that_only_look_alike_are_not_one_account(world: World) -> None:
    world.access.users.create("mike@example.com", by=SYSTEM)
    other = world.access.users.create("mıke@example.com", by=SYSTEM)
    assert world.access.users.by_email("mike@example.com") != other


@pytest.mark.parametrize("email", ["", "ana", "@example.com", "ana@", "a b@example.com", "a@b@c", "a\n@example.com"])
def test_what_is_no_email_is_refused(world: World, email: str) -> None:
    with pytest.raises(Invalid, match="not an email address"):
        world.access.users.create(email, by=SYSTEM)


def test_the_last_active_owner_can_not_be_lost_in_any_way(world: World) -> None:
    users, ana = world.access.users, world.ana
    other = world.user("owner")
    users.set_active(other.id, False, by=ana)
    for lose in (
        lambda: users.set_roles(ana.id[5:], ["admin"], by=ana),
        lambda: users.set_active(world.owner.id, False, by=ana),
        lambda: users.delete(world.owner.id, by=ana),
    ):
        with pytest.raises(Refused, match="no active owner"):
            lose()
    assert users.get(world.owner.id).roles == ("owner",)
    users.set_active(other.id, True, by=ana)
    users.set_roles(world.owner.id, ["admin"], by=ana)
    with pytest.raises(Refused):
        users.delete(other.id, by=SYSTEM)


def test_two_owners_who_remove_each_other_at_once_do_not_both_succeed(world: World) -> None:
    other = world.user("owner")
    users = world.access.users

    def shut(user_id: str) -> bool:
        try:
            users.set_active(user_id, False, by=SYSTEM)
        except NexusError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(shut, [world.owner.id, other.id])) == 1


def test_only_an_owner_makes_changes_or_removes_an_owner(world: World) -> None:
    world.role("keys", Grant(action="access.*"))
    keeper, victim = world.person("admin", "keys"), world.user("viewer")
    users = world.access.users
    for climb in (
        lambda: users.create("new@example.com", by=keeper, roles=["owner"]),
        lambda: users.set_roles(victim.id, ["owner"], by=keeper),
        lambda: users.set_roles(world.owner.id, ["viewer"], by=keeper),
        lambda: users.set_password(world.owner.id, "a password of mine", by=keeper),
        lambda: users.rename(world.owner.id, by=keeper, email="mine@example.com"),
        lambda: users.set_active(world.owner.id, False, by=keeper),
        lambda: users.delete(world.owner.id, by=keeper),
    ):
        with pytest.raises(Forbidden, match="is not an owner"):
            climb()
    assert world.access.sign_in("ana@example.com", PASSWORD, LAPTOP)
    users.set_roles(victim.id, ["editor"], by=keeper)
    users.rename(world.owner.id, by=world.ana, name="Ana B.")


def test_a_change_of_roles_or_attributes_raises_the_versions_and_takes_effect_at_once(world: World) -> None:
    user = world.user("viewer")
    cookie = world.access.sign_in(user.email, PASSWORD, LAPTOP).cookie
    before, version = world.access.actor_of_session(cookie), world.access.version
    world.access.users.set_roles(user.id, ["editor", "viewer"], by=SYSTEM)
    world.access.users.set_attributes(user.id, {"region": "EU", "teams": ("a", "b")}, by=SYSTEM)
    after = world.access.actor_of_session(cookie)
    assert before is not None
    assert after is not None
    assert after.roles == ("editor", "viewer")
    assert after.attributes["region"] == "EU"
    assert after.attributes["teams"] == ["a", "b"]
    assert after.version > before.version
    assert world.access.version > version


def test_nobody_can_be_given_the_id_of_another_as_an_attribute(world: World) -> None:
    user = world.user("viewer", id="somebody", email="ana@example.com")
    actor = world.actor(user)
    assert actor.attributes["id"] == user.id
    assert actor.attributes["email"] == user.email


@pytest.mark.parametrize("attributes", [{"a b": 1}, {"a": {"b": 1}}, {"a": [[1]]}, {"": 1}, {"a": object()}])
def test_an_attribute_is_a_plain_value_with_a_plain_name(world: World, attributes: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        world.access.users.create("new@example.com", by=SYSTEM, attributes=attributes)


def test_an_unknown_role_is_refused_with_the_nearest_name(world: World) -> None:
    with pytest.raises(Invalid, match=r"no role called 'viwer'\. Did you mean 'viewer'\?"):
        world.user("viwer")
    with pytest.raises(NotFound):
        world.access.users.get("nobody")


def test_accounts_are_found_by_words_and_page_by_page(world: World) -> None:
    made = [world.user("viewer") for _ in range(5)]
    assert world.access.users.count() == 6
    assert [user.email for user in world.access.users.find("USER3@")] == ["user3@example.com"]
    assert [user.name for user in world.access.users.find("user 4")] == ["User 4"]
    assert world.access.users.find("%") == []
    first = world.access.users.find(limit=2)
    rest = world.access.users.find(after=first[-1].id)
    assert [user.id for user in first + rest] == [world.owner.id, *(user.id for user in made)]
    assert [user.id for user in world.access.users.holding("owner")] == [world.owner.id]


def test_deleting_an_account_deletes_all_that_hung_on_it(world: World) -> None:
    user = world.user("viewer")
    world.access.tokens.create(user.id, "script")
    world.access.second_factors.begin(user.id)
    world.access.sign_in(user.email, PASSWORD, LAPTOP)
    world.access.users.delete(user.id, by=world.ana)
    for table in ("user_token", "second_factor", "access_member"):
        statement = f"select count(*) from {table} where user_id = '{user.id}'"
        assert world.state.read(lambda conn, text=statement: conn.exec_driver_sql(text).scalar()) == 0
    statement = "select count(*) from house_entry"
    assert world.state.read(lambda conn: conn.exec_driver_sql(statement).scalar()) == 0, "the sessions, too"


def test_what_is_done_within_a_transaction_of_the_callers_is_undone_with_it(world: World) -> None:
    def work(conn: object, fail: bool) -> None:
        joined = world.access.within(conn)  # type: ignore[arg-type]
        made = joined.users.create("joined@example.com", by=world.ana, roles=["viewer"])
        assert joined.users.get(made.id).roles == ("viewer",)
        if fail:
            raise Refused("No.")

    with pytest.raises(Refused):
        world.state.write(lambda conn: work(conn, True))
    assert world.access.users.by_email("joined@example.com") is None
    version = world.access.version
    world.state.write(lambda conn: work(conn, False))
    world.access.changed()
    assert world.access.users.by_email("joined@example.com") is not None
    assert world.access.version > version
