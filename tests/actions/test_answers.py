"""Remembered answers: as old as somebody allows, never beyond a write to what they read, never with other rights."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from nexus_admin import Nexus
from nexus_admin.actions.answers import Answers, Asked, Policy
from nexus_admin.brokers.store import MemoryStore
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.query import Result
from nexus_admin.domain.target import Target
from tests.security.world import SYSTEM, Browser, guarded

ORDERS = Asked("shop", "select count(*) from orders", "()", ("all",), ("orders",))
BOTH = Asked("shop", "select … join", "()", ("all", "all"), ("customers", "orders"))
ELSEWHERE = Asked("blog", "select count(*) from posts", "()", ("all",), ("posts",))
TTL, SWR = Policy("ttl", max_age=60), Policy("swr", max_age=60, stale=600)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Database:
    """Counts how often it is asked; each answer is another one."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> list[list[Any]]:
        self.asked += 1
        return [[self.asked, Decimal("1.10"), date(2026, 1, 2), None, "ü"]]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def answers(clock: Clock) -> Answers:
    return Answers(clock=clock)


@pytest.mark.req("S003-DATA-06")
def test_none_asks_each_time_and_ttl_until_it_is_too_old(answers: Answers, clock: Clock) -> None:
    database = Database()
    for _ in range(2):
        answers.get(ORDERS, Policy("none", max_age=60), database)
    assert database.asked == 2
    first, age = answers.get(ORDERS, TTL, database)
    clock.now += 59
    again, later = answers.get(ORDERS, TTL, database)
    assert (again, age, later) == (first, 0, 59)
    assert [type(one) for one in again[0]] == [int, Decimal, date, type(None), str]
    clock.now += 2
    assert answers.get(ORDERS, TTL, database)[1] == 0
    assert database.asked == 4


@pytest.mark.req("S003-DATA-06")
def test_a_stale_answer_is_given_at_once_and_asked_anew_behind_it(answers: Answers, clock: Clock) -> None:
    database, asked = Database(), threading.Event()

    def behind() -> Any:
        asked.set()
        return database()

    answers.get(ORDERS, SWR, database, behind)
    clock.now += 100
    stale, age = answers.get(ORDERS, SWR, database, behind)
    assert (stale[0][0], age) == (1, 100)
    assert asked.wait(20)
    deadline = threading.Event()
    for _ in range(400):
        found, age = answers.get(ORDERS, SWR, database, behind)
        if found[0][0] == 2:
            break
        deadline.wait(0.05)
    assert (found[0][0], age) == (2, 0)
    clock.now += 700
    assert answers.get(ORDERS, SWR, database, behind)[1] == 0  # too stale even for that


@pytest.mark.req("S003-DATA-06")
def test_fresh_asks_anew_and_is_remembered_for_everybody(answers: Answers) -> None:
    database = Database()
    answers.get(ORDERS, TTL, database)
    assert answers.get(ORDERS, Policy("ttl", max_age=60, fresh=True), database)[0][0][0] == 2
    assert answers.get(ORDERS, TTL, database)[0][0][0] == 2


@pytest.mark.req("S003-DATA-07")
@pytest.mark.parametrize(
    ("pattern", "gone"),
    [("shop/orders", {ORDERS, BOTH}), ("shop/customers", {BOTH}), ("shop/*", {ORDERS, BOTH}),
     ("*", {ORDERS, BOTH, ELSEWHERE}), ("*/posts", {ELSEWHERE}), ("shop/order", set()), ("blog/orders", set())],
)  # fmt: skip
def test_a_glob_drops_what_bears_a_tag_that_fits(answers: Answers, pattern: str, gone: set[Asked]) -> None:
    database = Database()
    for one in (ORDERS, BOTH, ELSEWHERE):
        answers.get(one, TTL, database)
    answers.invalidate(pattern)
    for one in (ORDERS, BOTH, ELSEWHERE):
        before = database.asked
        answers.get(one, TTL, database)
        assert (database.asked > before) == (one in gone), one


@pytest.mark.req("S003-DATA-07")
def test_what_was_begun_before_a_write_is_given_to_nobody_after_it(answers: Answers) -> None:
    database = Database()

    def slow() -> Any:
        answer = database()
        answers.touched("shop", {"orders"})  # somebody writes meanwhile
        return answer

    answers.get(ORDERS, TTL, slow)
    assert answers.get(ORDERS, TTL, database)[0][0][0] == 2


@pytest.mark.req("S003-DATA-06")
def test_the_memory_is_bounded_in_bytes_and_what_is_too_large_is_asked_each_time(clock: Clock) -> None:
    store = MemoryStore(200_000, most_value=50_000, clock=clock)
    answers, database = Answers(store, clock), Database()
    for number in range(500):
        answers.get(Asked("shop", f"select {number}", "()", (), ("orders",)), TTL, lambda: [["x" * 2000]])
    assert store.figures().bytes <= 200_000
    assert store.figures().evicted > 300

    def huge() -> Any:
        return [*database(), ["x" * 60_000]]

    for _ in range(2):
        answers.get(ORDERS, TTL, huge)
    assert database.asked == 2


# ── in the app ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Nexus]:
    with guarded(tmp_path) as nexus:
        yield nexus


def ask(app: Nexus, by: Actor = SYSTEM, resource: str = "orders", **query: Any) -> Result:
    target = Target("shop", resource)
    given = {"source": "shop", "resource": resource, "cache": "ttl", "max_age": 600, **query}
    found: Result = app.kernel.perform(Call("query.run", target, given, by))
    return found


def bo(app: Nexus) -> Actor:
    user = app.kernel.access.users.by_email("bo@example.com")
    assert user is not None
    found = app.kernel.access.actor_of_user(user.id)
    assert found is not None
    return found


@pytest.mark.req("S003-DATA-06")
def test_two_roles_that_ask_the_same_never_share_an_answer(app: Nexus) -> None:
    """Whoever asks first; the second is answered under their own rights, and then from their own answer."""
    country = [{"field": "customer.country"}]
    for first, second in ((SYSTEM, bo(app)), (bo(app), SYSTEM)):
        app.kernel.services.get(Answers).forget("shop")
        assert ask(app, first, dimensions=country).rows != ask(app, second, dimensions=country).rows
    assert ask(app, bo(app), dimensions=country).age > 0
    assert {row[0] for row in ask(app, bo(app), dimensions=country).rows} == {"FR"}
    pages = [
        Browser(app, f"{name}@example.com").get("/s/shop/orders/~dashboard", whole="1").text for name in ("ada", "bo")
    ]
    assert "GERMAN-ORDER" not in pages[1]


@pytest.mark.req("S003-DATA-06")
def test_who_is_given_another_role_is_answered_under_it_at_once(app: Nexus) -> None:
    before = ask(app, bo(app))
    access = app.kernel.access
    user = access.users.by_email("bo@example.com")
    assert user is not None
    access.users.set_roles(user.id, ("viewer",), by=SYSTEM)
    after = ask(app, bo(app))
    assert (before.rows[0][0], after.rows[0][0]) == (1, 2)


@pytest.mark.req("S003-DATA-07")
def test_a_write_drops_what_read_its_table_also_by_a_rule_or_a_join_and_nothing_else(app: Nexus) -> None:
    joined = {"dimensions": [{"field": "customer.country"}]}
    plain, by_rule, by_join = ask(app), ask(app, bo(app)), ask(app, **joined)
    assert (plain.age, by_rule.age, by_join.age) == (0, 0, 0)
    change = Call("row.update", Target("shop", "customers", "2"), {"values": {"country": "FR"}}, SYSTEM)
    app.kernel.perform(change)
    assert ask(app).age > 0  # reads orders alone
    assert ask(app, bo(app)).rows[0][0] == 2  # whose rule walks to customers
    assert {row[0] for row in ask(app, **joined).rows} == {"FR"}
    app.kernel.perform(Call("row.update", Target("shop", "payroll", "1"), {"values": {"wage": 5}}, SYSTEM))
    assert ask(app, bo(app)).age > 0
    app.kernel.perform(Call("answers.forget", Target("nexus"), {"pattern": "shop/ord*"}, SYSTEM))
    assert ask(app).age == 0


@pytest.mark.req("S003-DATA-06")
def test_a_widget_says_how_old_it_is_and_is_refreshed_alone(app: Nexus, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(app.kernel.services.get(Answers), "_clock", clock)
    ada, page = Browser(app, "ada@example.com"), "/s/shop/customers/~dashboard"
    assert "Updated" not in ada.get(page, whole="1").text
    clock.now += 12
    text = ada.get(page, whole="1").text
    assert "Updated 12 s ago" in text
    assert f"{page}?whole=1&amp;fresh=1" in text or f"{page}?fresh=1" in text
    assert "Updated" not in ada.get(page, whole="1", fresh="1").text
    assert "Updated" not in ada.get(page, whole="1").text
