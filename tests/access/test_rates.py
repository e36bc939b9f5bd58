"""How often: tokens that are taken come back a minute later, from buckets on a store."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_admin.access.rates import RateLimiter, Rates, read_routes
from nexus_admin.brokers.store import MemoryStore
from nexus_admin.domain.errors import SettingError, TooManyRequests
from tests.access.world import Clock

MINUTE, STEP = 60, 5


def tries(limiter: RateLimiter, name: str = "a") -> bool:
    try:
        limiter.take(name)
    except TooManyRequests:
        return False
    return True


@pytest.mark.req("S003-SEC-13", "S003-KPI-11")
def test_a_thousand_at_once_pass_and_the_next_one_of_the_minute_is_told_when_to_come_back(clock: Clock) -> None:
    limiter = RateLimiter(clock=clock)
    for n in range(1000):
        assert limiter.take("user:ana").remaining == 999 - n
        clock.forward(3 / 64)
    with pytest.raises(TooManyRequests, match="More than 1000 requests a minute") as refused:
        limiter.take("user:ana")
    assert (refused.value.status, refused.value.limit) == (429, 1000)
    assert limiter.take("user:leo").remaining == 999
    clock.forward(refused.value.retry_after)
    back = limiter.take("user:ana").remaining
    assert 0 < back < 200  # those of the first seconds, not all of them


@pytest.mark.req("S003-SEC-13")
@given(
    st.integers(1, 30),
    st.lists(st.tuples(st.floats(0, 40, allow_nan=False), st.integers(1, 20)), min_size=1, max_size=40),
)
def test_no_minute_has_more_than_the_limit_and_who_waits_as_told_gets_through(
    limit: int, arrivals: list[tuple[float, int]]
) -> None:
    clock = Clock(0.0)
    limiter = RateLimiter(limit, clock=clock)
    passed: list[float] = []
    for wait, requests in arrivals:
        clock.forward(wait)
        for _ in range(requests):
            lately = sum(1 for at in passed if at > clock.at - MINUTE)
            try:
                limiter.take("a")
            except TooManyRequests as refused:
                assert sum(1 for at in passed if at > clock.at - MINUTE - STEP) >= limit
                clock.forward(refused.retry_after)
                limiter.take("a")
            else:
                assert lately < limit
            passed.append(clock.at)
    clock.forward(MINUTE + STEP)
    assert limiter.take("a").remaining == limit - 1


@pytest.mark.parametrize("shared", [True, False])
def test_many_threads_and_processes_on_one_store_share_one_limit(clock: Clock, shared: bool) -> None:
    store = MemoryStore(clock=clock)
    one = RateLimiter(100, clock=clock, store=store)
    other = RateLimiter(100, clock=clock, store=store) if shared else one
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(lambda n: tries(one if n % 2 else other), range(400))) == 100
    finally:
        sys.setswitchinterval(before)
    clock.forward(MINUTE + STEP)
    assert other.take("a").remaining == 99


def test_what_costs_more_takes_more_and_waits_for_as_much(clock: Clock) -> None:
    limiter = RateLimiter(10, clock=clock)
    limiter.take("a", cost=3)
    clock.forward(20)
    limiter.take("a", cost=7)
    with pytest.raises(TooManyRequests) as cheap:
        limiter.take("a", cost=2)
    with pytest.raises(TooManyRequests) as dear:
        limiter.take("a", cost=8)
    assert 40 <= cheap.value.retry_after <= 45
    assert 60 <= dear.value.retry_after <= 65


def test_it_keeps_no_more_buckets_than_it_may(clock: Clock) -> None:
    limiter = RateLimiter(1, clock=clock, most=10)
    assert all(tries(limiter, f"user{n}") for n in range(100))
    assert not tries(limiter, "user99")


def test_a_bucket_of_a_clock_that_was_put_back_is_begun_anew(clock: Clock) -> None:
    limiter = RateLimiter(2, clock=clock)
    limiter.take("a", cost=2)
    clock.forward(-86400)
    assert limiter.take("a", cost=2).remaining == 0
    with pytest.raises(TooManyRequests) as refused:
        limiter.take("a")
    assert refused.value.retry_after <= MINUTE + STEP


def test_a_bucket_lives_as_long_as_it_counts_though_its_store_has_another_clock(clock: Clock) -> None:
    stores_own = Clock()
    limiter = RateLimiter(10, clock=clock, store=MemoryStore(clock=stores_own))
    limiter.take("a")
    stores_own.forward(100)
    clock.forward(50)
    assert limiter.take("a").remaining == 8


@pytest.mark.parametrize("name", ["", "🦊" * 300, "\ud800", "a\0b", "x" * 100_000])
def test_any_text_is_a_name_and_none_is_kept_as_it_is(name: str, clock: Clock) -> None:
    store = MemoryStore(clock=clock)
    assert RateLimiter(5, clock=clock, store=store).take(name).remaining == 4
    (kept,) = store.scan()
    assert name == "" or name not in kept.key
    assert len(kept.key) < 50


@pytest.mark.req("S003-SEC-13")
def test_a_route_has_a_bucket_for_each_asker_beside_their_own(clock: Clock) -> None:
    rates = Rates(RateLimiter(clock=clock), {"rows.export": 2})
    own, route = rates.of_program("user:ana", 10, "rows.export", "GET /x")
    assert [(own.name, own.remaining), (route.name, route.remaining)] == [("requests", 9), ("rows.export", 1)]
    rates.of_route("user:ana", "rows.export")
    with pytest.raises(TooManyRequests, match=r"More than 2 requests a minute to rows\.export"):
        rates.of_program("user:ana", 10, "rows.export")
    assert len(rates.of_program("user:ana", 10, "row.list")) == 1
    assert rates.of_route("user:leo", "rows.export")[0].remaining == 1


@pytest.mark.parametrize("entry", ["rows.export", "=5", "rows.export=", "rows.export=-1", "rows.export=0", "x=many"])
def test_a_limit_that_is_none_is_named(entry: str) -> None:
    assert read_routes(["rows.export=60", " POST /sign-in = 100 "]) == {"rows.export": 60, "POST /sign-in": 100}
    with pytest.raises(SettingError, match=r"api\.route_limits: .* does not say how many a minute"):
        read_routes([entry])
