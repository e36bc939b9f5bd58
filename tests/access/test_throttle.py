"""Slowing down who guesses."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from nexus_admin.access.throttle import ACCOUNT, CODE, Pace, Throttle, network_of
from nexus_admin.domain.errors import TooManyRequests
from tests.access.world import Clock


@pytest.fixture
def throttle(clock: Clock) -> Throttle:
    return Throttle(clock)


def test_each_wrong_guess_doubles_the_delay_up_to_the_longest(throttle: Throttle, clock: Clock) -> None:
    delays = []
    for _ in range(16):
        throttle.attempt((ACCOUNT, "ana"))
        try:
            throttle.attempt((ACCOUNT, "ana"))
        except TooManyRequests as slowed:
            delays.append(slowed.retry_after)
            clock.forward(slowed.retry_after)
    assert delays[:6] == [1, 2, 4, 8, 16, 32]
    assert set(delays[6:]) == {60}


def test_attempts_that_are_refused_do_not_lengthen_the_delay(throttle: Throttle, clock: Clock) -> None:
    for _ in range(5):
        throttle.attempt((CODE, "ana"))
    for _ in range(50):
        with pytest.raises(TooManyRequests):
            throttle.attempt((CODE, "ana"))
    clock.forward(30)
    throttle.attempt((CODE, "ana"))


def test_a_hundred_attempts_at_once_are_a_hundred_attempts(throttle: Throttle) -> None:
    def attempt(_n: int) -> bool:
        try:
            throttle.attempt((ACCOUNT, "ana"))
        except TooManyRequests:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(attempt, range(100))) == 5


def test_guesses_are_forgotten_after_success_and_after_a_quiet_hour(throttle: Throttle, clock: Clock) -> None:
    for _ in range(4):
        throttle.attempt((ACCOUNT, "ana"))
    throttle.succeeded(ACCOUNT, "ana")
    for _ in range(5):
        throttle.attempt((ACCOUNT, "ana"))
    with pytest.raises(TooManyRequests):
        throttle.attempt((ACCOUNT, "ana"))
    clock.forward(3601)
    for _ in range(5):
        throttle.attempt((ACCOUNT, "ana"))


def test_a_clock_that_is_put_back_makes_no_delay_longer_than_it_may_be(throttle: Throttle, clock: Clock) -> None:
    for _ in range(5):
        throttle.attempt((ACCOUNT, "ana"))
    clock.forward(-86400)
    with pytest.raises(TooManyRequests) as slowed:
        throttle.attempt((ACCOUNT, "ana"))
    assert slowed.value.retry_after <= 60


def test_it_remembers_no_more_names_than_it_may(clock: Clock) -> None:
    throttle = Throttle(clock, most=100)
    pace = Pace(free=1, first=60, longest=60)
    for n in range(1000):
        throttle.attempt((pace, f"user{n}"))
    throttle.attempt((pace, "user0"))
    with pytest.raises(TooManyRequests):
        throttle.attempt((pace, "user999"))


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("no address", "no address"),
    ],
)
def test_an_address_counts_as_the_network_that_somebody_owns(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize("name", ["", "🦊" * 300, "\ud800", "a\0b", "x" * 100_000])
def test_any_text_is_a_name(name: str, clock: Clock) -> None:
    throttle = Throttle(clock)
    for _ in range(5):
        throttle.attempt((ACCOUNT, name))
    with pytest.raises(TooManyRequests):
        throttle.attempt((ACCOUNT, name))
    throttle.attempt((ACCOUNT, name + "x"))
