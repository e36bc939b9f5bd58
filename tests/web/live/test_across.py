"""Two servers on one state in PostgreSQL: what is done through one shows on the pages of the other, under its rights.

Both are in one process here, each with connections, threads and memory of its own; nothing but the database is common.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from nexus_admin import Nexus
from nexus_admin.actions.answers import Answers, Asked, Policy
from nexus_admin.brokers.pubsub import PostgresPubSub, PubSub
from nexus_admin.web.live import elsewhere
from tests.security.world import Browser, guarded
from tests.waiting import until
from tests.web.live.world import Live, Page, live

KEY = "a key of forty-eight letters for tests and nothing else"
CUSTOMERS = "rows/shop/customers"
HERE = "here/shop/customers/1"
EARS = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND query LIKE 'LISTEN nexus_topics%'"""


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory, module_postgres_url: str) -> Iterator[tuple[Nexus, Nexus]]:
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setenv("NEXUS_SECRET_KEY", KEY)
        one = stack.enter_context(guarded(tmp_path_factory.mktemp("shop"), state=module_postgres_url))
        other = Nexus(options=replace(one.kernel.options))
        other.start()
        stack.callback(other.kernel.stop)
        yield one, other


@pytest.fixture
def here(servers: tuple[Nexus, Nexus]) -> Nexus:
    return servers[0]


@pytest.fixture
def there(servers: tuple[Nexus, Nexus]) -> Nexus:
    return servers[1]


@pytest.fixture
def pages(here: Nexus) -> Iterator[Live]:
    with live(here) as opened:
        yield opened


@pytest.fixture
def far(there: Nexus) -> Iterator[Live]:
    with live(there) as opened:
        yield opened


def heard(page: Page) -> list[tuple[str, str]]:
    return [(one["key"], one["what"]) for one in page.news()]


def people(page: Page) -> list[list[str]]:
    return [sorted(who["name"] for who in one["people"]) for one in page.news()]


@pytest.mark.req("S003-STACK-11", "S002-PUBSUB-05")
def test_what_is_changed_through_one_server_is_told_on_pages_of_the_other_under_each_viewers_rights(
    here: Nexus, far: Live
) -> None:
    ada = Browser(here, "ada@example.com")
    of_ada, of_bo = far.page(far.browser("ada@example.com")), far.page(far.browser("bo@example.com"))
    for page in (of_ada, of_bo):
        assert page.follow(CUSTOMERS) == [CUSTOMERS]
    assert ada.api("PATCH", "/shop/customers/2", {"nick": "of a German"}).status_code == 200
    assert heard(of_ada) == [("2", "updated")]
    assert ada.api("PATCH", "/shop/customers/1", {"nick": "of a Frenchwoman"}).status_code == 200
    assert heard(of_ada) == heard(of_bo) == [("1", "updated")]  # and nothing of the German one before


def test_who_is_on_a_record_is_seen_from_the_other_server(
    pages: Live, far: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, theirs = pages.page(pages.browser("ada@example.com")), far.page(far.browser("bo@example.com"))
    mine.follow(HERE)
    assert people(mine) == [[]]
    theirs.follow(HERE)
    assert people(mine) == [["bo@example.com"]]
    while people(theirs) != [["ada@example.com"]]:
        pass  # who is on its own server it is told first
    theirs.follow(CUSTOMERS)
    assert people(mine) == [[]]


def test_where_nobody_was_and_nobody_is_there_is_nothing_to_say() -> None:
    said: list[Any] = []

    class Bus:
        capabilities = frozenset({"shared"})

        def publish(self, _topic: str, value: Any) -> None:
            said.append(value)

    # Two pages that leave a place within a moment are two timers: the second one finds nobody, like the first.
    elsewhere.Elsewhere(Bus(), lambda _place: []).say(HERE)  # type: ignore[arg-type]
    assert said == []


def test_of_a_server_that_was_killed_nobody_is_there_after_a_while() -> None:
    clock = [0.0]
    bus: list[Any] = []

    class Bus:
        capabilities = frozenset({"shared"})

        def publish(self, _topic: str, value: Any) -> None:
            bus.append(value)

    known, at_home = {"id": "1", "name": "Ada"}, {HERE: [{"id": "2", "name": "Bo"}]}
    one = elsewhere.Elsewhere(Bus(), lambda place: at_home.get(place, []), lambda: clock[0])  # type: ignore[arg-type]
    killed = elsewhere.Elsewhere(Bus(), lambda _place: [known], lambda: clock[0])  # type: ignore[arg-type]
    one.say(HERE)
    killed.say(HERE)
    assert one.hear(bus[0]) == []
    assert one.hear(bus[1]) == [HERE]
    assert bus[2]["at"] == at_home  # who asks is answered
    assert one.at(HERE) == [known]
    clock[0] += elsewhere.KEPT + 1
    assert one.at(HERE) == []
    assert one.forget() == [HERE]


def test_pages_read_anew_what_may_have_been_missed(here: Nexus, there: Nexus, far: Live) -> None:
    page = far.page(far.browser("ada@example.com"))
    page.follow(CUSTOMERS)
    before = page.stamp
    there.kernel.state.read(lambda connection: connection.execute(sa.text(EARS)).all())
    assert page.hear() == {"gap": True}
    again = far.page(far.browser("ada@example.com"))
    again.follow(CUSTOMERS, since=before)
    assert again.hear() == {"gap": True}
    Browser(here, "ada@example.com").api("PATCH", "/shop/customers/3", {"nick": "heard again"})
    assert heard(page) == [("3", "updated")]


def test_an_answer_that_another_server_made_old_is_asked_anew(here: Nexus, there: Nexus) -> None:
    answers, asked = there.kernel.services.get(Answers), Asked("shop", "select 1", "()", ("all",), ("customers",))
    numbers = iter(range(100))

    def answer() -> int:
        return int(answers.get(asked, Policy("ttl", max_age=600), lambda: [[next(numbers)]])[0][0][0])

    assert (answer(), answer()) == (0, 0)
    Browser(here, "ada@example.com").api("PATCH", "/shop/customers/1", {"nick": "another"})
    assert until(answer, "the other answer") == 1


def test_a_state_in_postgresql_has_the_engine_that_is_shared(here: Nexus, there: Nexus) -> None:
    engines = [one.kernel.services.get(PubSub) for one in (here, there)]  # type: ignore[type-abstract]
    assert all(isinstance(one, PostgresPubSub) for one in engines)
    done = threading.Event()
    engines[1].listen(lambda _message: done.set(), "app/news")
    engines[0].publish("app/news", 1)
    assert done.wait(30)
