"""How long the hot paths take; printed, never asserted."""

import time
from collections.abc import Callable

import pytest

from nexus_admin.access import Access
from nexus_admin.domain.role import Grant
from tests.access.world import LAPTOP, ORDERS, World, me, rule


@pytest.mark.benchmark
@pytest.mark.req("S003-SEC-13")
def test_what_every_request_pays(world: World) -> None:
    world.role("clerk", Grant(action="row.*", rows=rule("region", "eq", me("region"))), inherits=("viewer",))
    user = world.user("clerk", region="EU")
    cookie = world.access.sign_in_as(user.id, LAPTOP, via="oidc").cookie
    bearer, _token = world.access.tokens.create(user.id, "script")
    actor = world.access.actor_of_session(cookie)
    assert actor is not None
    access: Access = world.access
    print()
    for name, work in {
        "decide, remembered": lambda: access.decide(actor, "row.update", "shop", ORDERS),
        "actor of a cookie, remembered": lambda: access.actor_of_session(cookie),
        "actor of a token, remembered": lambda: access.actor_of_token(bearer),
        "rate limiter": lambda: access.rates.of_program(actor.id, 10**9, "row.update"),
        "form token": lambda: access.sessions.csrf_token(cookie),
    }.items():
        print(f"{name:32} {microseconds(work, 20_000):8.2f} µs")
    book = access.roles.book()
    fresh = microseconds(lambda: access.decisions.fresh(book, actor, "row.update", "shop", ORDERS), 500)
    print(f"{'decide, the first time':32} {fresh:8.2f} µs")


def microseconds(work: Callable[[], object], times: int) -> float:
    start = time.process_time()  # of this process: other work of the machine is not counted
    for _ in range(times):
        work()
    return (time.process_time() - start) / times * 1e6
