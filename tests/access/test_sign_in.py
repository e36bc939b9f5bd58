"""Coming in by a password: one answer for every kind of wrong, and slower with each."""

import subprocess
import sys

import pytest
from argon2 import PasswordHasher

from nexus_admin.access import Access, Device
from nexus_admin.domain.errors import Invalid, NotFound, Refused, SignInNeeded, TooManyRequests
from tests.access.world import LAPTOP, PASSWORD, PHONE, SYSTEM, World, cheap_passwords


class CountingHasher(PasswordHasher):
    """The real thing, which also counts how often it did the whole work."""

    verified = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]
        self.verified += str(hash).startswith("$argon2id$v=19$m=64,t=1,p=1$")
        return super().verify(hash, password)


def test_the_right_password_begins_a_session(world: World) -> None:
    signed_in = world.access.sign_in("ana@example.com", PASSWORD, LAPTOP)
    actor = world.access.actor_of_session(signed_in.cookie)
    assert actor is not None
    assert (actor.id, actor.roles, actor.session) == (world.owner.actor_id, ("owner",), signed_in.session.id)
    assert actor.attributes["email"] == "ana@example.com"


@pytest.mark.parametrize("email", ["ANA@EXAMPLE.COM", "  ana@example.com ", "ana@example.com"])
def test_an_email_is_the_same_however_it_is_spelt(world: World, email: str) -> None:
    assert world.access.sign_in(email, PASSWORD, LAPTOP).session.user_id == world.owner.id


@pytest.mark.parametrize("email", ["ana@example.com", "nobody@example.com", "shut@example.com", "sso@example.com", ""])
def test_every_kind_of_wrong_is_answered_alike_after_the_same_work(world: World, email: str) -> None:
    hasher = CountingHasher(time_cost=1, memory_cost=64, parallelism=1)
    access = Access(world.state, clock=world.clock, passwords=cheap_passwords(hasher))
    access.users.create("sso@example.com", by=SYSTEM)
    shut = access.users.create("shut@example.com", by=SYSTEM, password=PASSWORD)
    access.users.set_active(shut.id, False, by=SYSTEM)
    for password in ("wrong password", PASSWORD if email != "ana@example.com" else "x" * 2000):
        hasher.verified = 0
        with pytest.raises(SignInNeeded, match=r"^The email or the password is wrong\.$"):
            access.sign_in(email, password, LAPTOP)
        assert hasher.verified == 1


def test_wrong_guesses_at_one_account_are_slowed_down_and_never_shut_it_for_good(world: World) -> None:
    for n in range(5):
        with pytest.raises(SignInNeeded):
            world.access.sign_in("ana@example.com", "wrong password", Device(address=f"192.0.2.{n}"))
    with pytest.raises(TooManyRequests) as slowed:
        world.access.sign_in("ana@example.com", PASSWORD, Device(address="192.0.2.99"))
    assert slowed.value.retry_after == 1
    world.clock.forward(1)
    assert world.access.sign_in("ana@example.com", PASSWORD, Device(address="192.0.2.99"))
    with pytest.raises(SignInNeeded):
        world.access.sign_in("ana@example.com", "wrong password", LAPTOP)


def test_an_account_that_is_not_there_is_slowed_down_alike(world: World) -> None:
    for _ in range(5):
        with pytest.raises(SignInNeeded):
            world.access.sign_in("nobody@example.com", "wrong password", LAPTOP)
    with pytest.raises(TooManyRequests):
        world.access.sign_in("nobody@example.com", "wrong password", PHONE)


def test_one_address_that_guesses_at_many_accounts_is_slowed_down(world: World) -> None:
    for n in range(20):
        with pytest.raises(SignInNeeded):
            world.access.sign_in(f"user{n}@example.com", "wrong password", LAPTOP)
    with pytest.raises(TooManyRequests):
        world.access.sign_in("ana@example.com", PASSWORD, LAPTOP)
    assert world.access.sign_in("ana@example.com", PASSWORD, PHONE)


def test_a_hash_of_older_parameters_is_renewed_at_the_next_sign_in(world: World) -> None:
    newer = cheap_passwords(PasswordHasher(time_cost=2, memory_cost=64, parallelism=1))
    access = Access(world.state, clock=world.clock, passwords=newer)
    cookie = access.sign_in("ana@example.com", PASSWORD, LAPTOP).cookie
    assert access.sign_in("ana@example.com", PASSWORD, LAPTOP)
    stored = world.state.read(lambda conn: conn.exec_driver_sql("select password_hash from user_account").scalar())
    assert stored is not None
    assert "t=2" in stored
    assert access.actor_of_session(cookie) is not None


def test_the_products_own_hashes_cost_what_the_argon2_rfc_recommends() -> None:
    # In a process of its own: in this one every hash is cheap.
    code = "from nexus_admin.access.passwords import Passwords; print(Passwords().hash('a long password', 'a@b.c'))"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert made.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("short", "at least 10 characters; this one has 5"),
        ("x" * 1025, "at most 1024 characters"),
        ("New.User@Example.com", "the email itself"),
        ("lone \ud800 surrogate", "no text"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(world: World, password: str, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        world.access.users.create("new.user@example.com", by=SYSTEM, password=password)
    assert world.access.users.by_email("new.user@example.com") is None


@pytest.mark.parametrize("password", ["0123456789", "x" * 1024, "pässwörter ✓ mit allem", "ﬁnal password"])
def test_any_text_of_a_good_length_is_a_password(world: World, password: str) -> None:
    user = world.user(password=password)
    assert world.access.sign_in(user.email, password, LAPTOP)


def test_a_new_password_ends_every_session_and_token_and_gives_this_device_a_new_session(world: World) -> None:
    user = world.user("viewer")
    here, there = (world.access.sign_in(user.email, PASSWORD, device).cookie for device in (LAPTOP, PHONE))
    bearer, _token = world.access.tokens.create(user.id, "script")
    assert world.access.actor_of_session(there)
    assert world.access.actor_of_token(bearer)
    fresh = world.access.change_password(here, PASSWORD, "another password")
    assert world.access.actor_of_session(here) is None
    assert world.access.actor_of_session(there) is None
    assert world.access.actor_of_token(bearer) is None
    assert world.access.actor_of_session(fresh.cookie) is not None
    assert fresh.session.user_agent == LAPTOP.user_agent
    with pytest.raises(SignInNeeded):
        world.access.sign_in(user.email, PASSWORD, LAPTOP)
    assert world.access.sign_in(user.email, "another password", LAPTOP)


def test_a_password_is_not_changed_without_the_old_one(world: World) -> None:
    cookie = world.access.sign_in("ana@example.com", PASSWORD, LAPTOP).cookie
    with pytest.raises(Invalid, match="not your password"):
        world.access.change_password(cookie, "guess number one", "another password")
    assert world.access.actor_of_session(cookie) is not None


def test_somebody_whom_a_provider_vouches_for_cannot_give_themselves_a_password(world: World) -> None:
    user = world.user("viewer", password=None)
    cookie = world.access.sign_in_as(user.id, LAPTOP, via="oidc").cookie
    with pytest.raises(Refused, match="another way"):
        world.access.change_password(cookie, "", "another password")


def test_nobody_vouches_for_an_account_that_is_shut(world: World) -> None:
    user = world.user("viewer")
    world.access.users.set_active(user.id, False, by=SYSTEM)
    with pytest.raises(NotFound):
        world.access.sign_in_as(user.id, LAPTOP, via="oidc")
