"""Slowing down, and the limit of requests a minute."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from nexus_admin.access.throttle import ACCOUNT, CODE, Pace, RateLimiter, Throttle, network_of
from nexus_admin.brokers.store import MemoryStore
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


def test_the_request_after_the_thousandth_in_a_minute_is_told_when_to_come_back(clock: Clock) -> None:
    limiter = RateLimiter(clock=clock)
    for n in range(1000):
        assert limiter.take("user:ana").remaining == 999 - n
        clock.forward(3 / 64)
    with pytest.raises(TooManyRequests, match="More than 1000 requests a minute") as refused:
        limiter.take("user:ana")
    assert refused.value.status == 429
    assert refused.value.retry_after == 14
    assert limiter.take("user:leo").remaining == 999
    clock.forward(refused.value.retry_after)
    assert limiter.take("user:ana").remaining == 999


def test_the_limit_holds_for_many_threads_and_for_each_own_limit(clock: Clock) -> None:
    limiter = RateLimiter(100, clock=clock)

    def take(_n: int) -> bool:
        try:
            limiter.take("a")
        except TooManyRequests:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(400))) == 100
    assert limiter.take("b", cost=3, limit=3).remaining == 0
    with pytest.raises(TooManyRequests):
        limiter.take("b", limit=3)


def test_it_keeps_no_more_buckets_than_it_may(clock: Clock) -> None:
    limiter = RateLimiter(1, clock=clock, most=10)
    for n in range(100):
        limiter.take(f"user{n}")
    with pytest.raises(TooManyRequests):
        limiter.take("user99")


def test_two_limiters_on_one_store_are_one_limit(clock: Clock) -> None:
    store = MemoryStore(clock=clock)
    one, other = RateLimiter(100, clock=clock, store=store), RateLimiter(100, clock=clock, store=store)

    def take(n: int) -> bool:
        try:
            (one if n % 2 else other).take("a")
        except TooManyRequests:
            return False
        return True

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(take, range(400))) == 100
    finally:
        sys.setswitchinterval(before)
    clock.forward(60)
    assert other.take("a").remaining == 99


def test_a_bucket_of_a_clock_that_was_put_back_is_begun_anew(clock: Clock) -> None:
    limiter = RateLimiter(2, clock=clock)
    limiter.take("a", cost=2)
    clock.forward(-86400)
    assert limiter.take("a").remaining == 1
    clock.forward(59)
    assert limiter.take("a").remaining == 0
    with pytest.raises(TooManyRequests) as refused:
        limiter.take("a")
    assert refused.value.retry_after == 1


def test_a_bucket_lives_as_long_as_it_counts_though_its_store_has_another_clock(clock: Clock) -> None:
    stores_own = Clock()
    limiter = RateLimiter(10, clock=clock, store=MemoryStore(clock=stores_own))
    limiter.take("a")
    stores_own.forward(100)
    clock.forward(3600)
    assert limiter.take("a").remaining == 9
    stores_own.forward(30)
    clock.forward(30)
    assert limiter.take("a").remaining == 8


@pytest.mark.parametrize("name", ["", "🦊" * 300, "\ud800", "a\0b", "x" * 100_000])
def test_any_text_is_a_name_and_none_is_kept_as_it_is(name: str, clock: Clock) -> None:
    throttle, store = Throttle(clock), MemoryStore(clock=clock)
    for _ in range(5):
        throttle.attempt((ACCOUNT, name))
    with pytest.raises(TooManyRequests):
        throttle.attempt((ACCOUNT, name))
    throttle.attempt((ACCOUNT, name + "x"))
    assert RateLimiter(5, clock=clock, store=store).take(name).remaining == 4
    (kept,) = store.scan()
    assert name == "" or name not in kept.key
    assert len(kept.key) < 50
