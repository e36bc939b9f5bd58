"""Pages of brokers are told that something moved where they look, whoever did it; only those who may see are told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nexus_admin import Nexus
from nexus_admin.actions.brokers.live import AGAIN, Looks
from nexus_admin.brokers.queue.protocol import Queue
from nexus_admin.brokers.stream.protocol import Fresh, Stream
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Grant
from nexus_admin.domain.target import Target
from nexus_admin.sdk import stream_followed
from tests.web.api.world import add_role
from tests.web.live.world import Live, live
from tests.web.world import served

ORDERS = "brokers/streams/orders"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Nexus]:
    with served(tmp_path) as nexus:
        yield nexus


@pytest.fixture
def stream(app: Nexus) -> Any:
    return app.kernel.services.get(Stream)  # type: ignore[type-abstract]


@pytest.fixture
def queue(app: Nexus) -> Any:
    return app.kernel.services.get(Queue)  # type: ignore[type-abstract]


@pytest.fixture
def pages(app: Nexus) -> Iterator[Live]:
    with live(app) as opened:
        yield opened


@pytest.mark.req("S002-DASH-04")
def test_a_page_is_told_of_an_event_that_is_appended(pages: Live, stream: Any) -> None:
    stream.append("orders", Fresh("order.paid"))
    page = pages.page(pages.browser("ada@example.com"))
    assert page.follow(ORDERS) == [ORDERS]
    assert page.news() == [{"what": "moved"}]  # what happened since it was drawn nobody knows
    stream.append("orders", Fresh("order.paid", {"secret": "s"}))
    assert page.hear() | {"at": 0} == {"topic": ORDERS, "news": [{"what": "moved"}], "at": 0}


def test_whoever_may_not_see_brokers_follows_none(app: Nexus, pages: Live) -> None:
    app.kernel.access.users.create(
        "ed@example.com", password="a long password 1", roles=("editor",), by=Actor.system("test")
    )
    page = pages.page(pages.browser("ed@example.com"))
    assert page.follow(ORDERS, "brokers/queues", "brokers/store", "brokers/none") == []


def test_a_look_says_where_something_moved_and_nothing_else(app: Nexus, stream: Any, queue: Any) -> None:
    now = [0.0]
    looks = Looks(app.kernel.services, lambda: now[0])
    stream.append("orders", Fresh("order.paid"))
    queue.push("mail", 1)
    followed = [ORDERS, "brokers/streams/other", "brokers/streams", "brokers/queues/mail", "brokers/store"]
    assert looks.moved(followed) == followed
    assert looks.moved(followed) == []
    stream.append("orders", Fresh("order.paid"))
    assert looks.moved(followed) == [ORDERS, "brokers/streams"]
    queue.pause("mail")
    assert looks.moved(followed) == ["brokers/queues/mail"]
    now[0] = AGAIN
    assert looks.moved(followed) == followed  # ages go on where nothing else does
    assert looks.moved(followed) == []


@pytest.mark.req("S002-STREAM-04")
def test_an_entry_of_the_ledger_moves_its_own_page_and_no_list(app: Nexus) -> None:
    """To look at a list may be an entry itself: a page that follows all streams would be told of its own looking."""
    looks = Looks(app.kernel.services, lambda: 0.0)
    followed = ["brokers/streams/audit", "brokers/streams"]
    looks.moved(followed)
    app.kernel.state.flush()
    looks.moved(followed)
    assert looks.moved(followed) == []
    app.kernel.ledger.note(Call("row.list", Target("shop"), {}, Actor.system("test")))
    app.kernel.state.flush()
    assert looks.moved(followed) == ["brokers/streams/audit"]


@pytest.mark.req("S002-STREAM-04")
def test_of_the_ledger_nobody_hears_numbers_and_only_who_may_look_at_it_that_it_moved(app: Nexus, pages: Live) -> None:
    """Its entries hold values of rows, which each reader sees under rights of their own; numbers go to all alike."""
    add_role(app, "carrier", Grant(source="nexus", action="broker.*"))
    app.kernel.access.users.create(
        "kim@example.com", password="a long password 1", roles=("carrier",), by=Actor.system("test")
    )
    moved, numbers, others = "brokers/streams/audit", stream_followed("audit"), stream_followed("orders")
    kim = pages.page(pages.browser("kim@example.com"))
    assert kim.follow(moved, numbers, others) == [others]
    ada = pages.page(pages.browser("ada@example.com"))
    assert ada.follow(moved, numbers, others) == [moved, others]
