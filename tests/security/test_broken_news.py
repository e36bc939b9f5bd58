"""What anybody may publish past Nexus, or send over a page's socket, ends nothing for the others.

Whoever may connect to the database of our own state can say anything on its channels. The pages hang on real sockets:
what has no bytes can only be seen there.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from e2e.server import Served, serve
from nexus_admin.actions.live.subscribing import Subscription
from nexus_admin.brokers.pubsub.notices import CHANNEL
from nexus_admin.domain.action import Call
from nexus_admin.domain.target import Target
from tests.security.world import TABLES

CUSTOMERS = "rows/shop/customers"
AMELIE = f"{CUSTOMERS}/1"
HALF = "\ud800"
TALKATIVE = [
    ("x", {HALF: 1}),
    (AMELIE, {"key": "1", "what": HALF, "fields": ["name"], "by": "x", "name": HALF, "entry": ""}),
    (AMELIE, {"key": "1"}), (AMELIE, 7), (AMELIE, None), (AMELIE, [[]]),
    ("$here", 7), ("$here", {"by": 1}), ("$here", {"by": "x", "at": [], "ask": True}),
    ("$here", {"by": "x", "at": {"here/shop/customers/1": 7}, "ask": True}),
    ("$here", {"by": "x", "at": {"here/shop/customers/1": [{"name": HALF}]}, "ask": False}),
    ("$here", {"by": "y", "at": {"here/shop/customers/1": [{"id": HALF, "name": HALF}]}, "ask": False}),
]  # fmt: skip


@pytest.fixture
def served(tmp_path: Path, new_postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setenv("NEXUS_SECRET_KEY", token_urlsafe(48))
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.executescript(TABLES)
    with serve(tmp_path, tmp_path / "shop.db", project=tmp_path, state=new_postgres_url) as running:
        yield running


Open = Callable[[], ClientConnection]


@pytest.fixture
def opened(served: Served) -> Iterator[Open]:
    """Open pages of somebody who sees everything."""
    account = served.account()
    with ExitStack() as stack:
        browser = stack.enter_context(httpx2.Client(base_url=served.url))
        browser.post("/sign-in", data={"email": account.email, "password": account.password})
        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())

        def one() -> ClientConnection:
            address = f"ws{served.url.removeprefix('http')}/live"
            return stack.enter_context(
                connect(address, origin=Origin(served.url), additional_headers={"Cookie": cookie})
            )

        yield one


def follow(page: ClientConnection, *topics: str) -> list[str]:
    page.send(json.dumps({"follow": topics}))
    told = hear(page)
    while "following" not in told:
        told = hear(page)
    return list(told["following"])


def hear(page: ClientConnection) -> Any:
    told = json.loads(page.recv(60))
    assert "beat" not in told, "Nothing has come for a long time."
    return told


def rename(served: Served, name: str) -> None:
    actor = served.nexus.kernel.access.actor_of_user(served.account().id)
    assert actor is not None
    target = Target("shop", "customers", "1")
    served.nexus.kernel.perform(Call("row.update", target, {"values": {"name": name}}, actor))


def news(page: ClientConnection) -> Any:
    while "news" not in (told := hear(page)):
        pass
    return told["news"]


def hears_of_the_row(page: ClientConnection) -> bool:
    while not any(len(one.get("entry", "")) > 1 for one in news(page)):
        pass
    return True


def shout(served: Served, *said: str) -> None:
    """Say something on the channel of all processes, as whoever may connect to the database can."""
    with served.nexus.kernel.state._reading.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for one in said:
            connection.execute(sa.text("SELECT pg_notify(:channel, :said)"), {"channel": CHANNEL, "said": one})


def notice(number: int, topic: str, value: Any) -> str:
    return "\n".join((json.dumps(["forger", number, 0, False, None]), json.dumps([topic, "application/json", "text"]),
                      json.dumps(value)))  # fmt: skip


def test_what_is_published_past_us_silences_no_page(served: Served, opened: Open) -> None:
    one, other, there = opened(), opened(), opened()
    assert follow(one, "numbers/x") == ["numbers/x"]
    assert follow(there, "here/shop/customers/1", CUSTOMERS) == ["here/shop/customers/1", CUSTOMERS]
    assert follow(other, AMELIE) == [AMELIE]
    shout(served, *(notice(number, *said) for number, said in enumerate(TALKATIVE, 1)))
    assert news(one)[0]["points"][0][1] == {HALF: 1}
    rename(served, "Renamed")
    assert hears_of_the_row(other)
    assert hears_of_the_row(there)
    assert follow(opened(), "here/shop/customers/1") == ["here/shop/customers/1"]


def test_what_is_published_past_us_ends_no_program_that_follows(served: Served) -> None:
    actor = served.nexus.kernel.access.actor_of_user(served.account().id)
    assert actor is not None
    subscription = Subscription(served.nexus.kernel.services, actor, "shop", "customers")
    shout(served, *(notice(number, *said) for number, said in enumerate(TALKATIVE, 1)))
    rename(served, "Renamed")
    batch = subscription.get(60)
    while batch is not None and not any(len(one.who) > 1 for one in batch.rows):
        batch = subscription.get(60)
    assert batch is not None
    subscription.close()


@pytest.mark.parametrize(
    "frame",
    [json.dumps({"follow": [], "since": 10**400}), json.dumps({"follow": [f"brokers/queues/{HALF}"]})],
    ids=["a moment of 400 digits", "half a letter"],
)
def test_an_odd_wish_is_answered(opened: Open, frame: str) -> None:
    page = opened()
    page.send(frame)
    assert "following" in hear(page)
    assert follow(page, CUSTOMERS) == [CUSTOMERS]
