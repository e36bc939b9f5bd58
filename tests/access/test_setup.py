"""The first owner: one token, from the console, once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from nexus_admin.access import Access
from nexus_admin.domain.errors import Forbidden, Invalid, NexusError, NotFound, TooManyRequests
from tests.access.world import LAPTOP, PASSWORD, SYSTEM, Clock


def test_the_token_of_the_console_makes_the_first_owner_and_then_the_door_is_gone(fresh: Access) -> None:
    assert fresh.setup.open
    token = fresh.setup.issue()
    owner = fresh.setup.claim(token, "ana@example.com", PASSWORD, name="Ana")
    assert owner.roles == ("owner",)
    assert not fresh.setup.open
    assert fresh.sign_in("ana@example.com", PASSWORD, LAPTOP)
    for again in (fresh.setup.issue, lambda: fresh.setup.claim(token, "eve@example.com", PASSWORD)):
        with pytest.raises(NotFound, match="set up already"):
            again()
    assert fresh.users.count() == 1


def test_the_door_is_closed_too_when_the_owner_was_made_by_a_command(fresh: Access) -> None:
    token = fresh.setup.issue()
    fresh.users.create("ana@example.com", by=SYSTEM, password=PASSWORD, roles=["owner"])
    assert not fresh.setup.open
    with pytest.raises(NotFound):
        fresh.setup.claim(token, "eve@example.com", PASSWORD)


def test_a_user_who_is_no_owner_does_not_close_it(fresh: Access) -> None:
    fresh.users.create("leo@example.com", by=SYSTEM, roles=["viewer"])
    assert fresh.setup.open


@pytest.mark.parametrize("wrong", ["", "guess", "x" * 43, "\ud800"])
def test_another_token_makes_nobody(fresh: Access, wrong: str) -> None:
    fresh.setup.issue()
    with pytest.raises(Forbidden, match="on the console"):
        fresh.setup.claim(wrong, "eve@example.com", PASSWORD)
    assert fresh.users.count() == 0


def test_without_a_token_there_is_nothing_to_guess(fresh: Access) -> None:
    with pytest.raises(Forbidden):
        fresh.setup.claim("", "eve@example.com", PASSWORD)


def test_a_new_token_kills_the_one_before(fresh: Access) -> None:
    old, new = fresh.setup.issue(), fresh.setup.issue()
    with pytest.raises(Forbidden):
        fresh.setup.claim(old, "eve@example.com", PASSWORD)
    assert fresh.setup.claim(new, "ana@example.com", PASSWORD)


def test_a_weak_password_does_not_use_the_token_up(fresh: Access) -> None:
    token = fresh.setup.issue()
    with pytest.raises(Invalid):
        fresh.setup.claim(token, "ana@example.com", "short")
    assert fresh.setup.claim(token, "ana@example.com", PASSWORD)


def test_guessing_at_the_token_is_slowed_down(fresh: Access, clock: Clock) -> None:
    token = fresh.setup.issue()
    for _ in range(20):
        with pytest.raises(Forbidden):
            fresh.setup.claim("guess", "eve@example.com", PASSWORD, address="192.0.2.7")
    with pytest.raises(TooManyRequests):
        fresh.setup.claim(token, "ana@example.com", PASSWORD, address="192.0.2.7")
    clock.forward(1)
    assert fresh.setup.claim(token, "ana@example.com", PASSWORD, address="192.0.2.7")


def test_of_many_who_claim_at_once_one_becomes_the_owner(fresh: Access) -> None:
    token = fresh.setup.issue()

    def claim(n: int) -> bool:
        try:
            fresh.setup.claim(token, f"user{n}@example.com", PASSWORD)
        except NexusError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(claim, range(8))) == 1
    assert fresh.users.count() == 1
