"""The example's plugin works in the background, and when nobody looks."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from example_app.shop import generate
from nexus_admin import Nexus
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.target import Target
from nexus_admin.kernel.options import Options
from tests.web.world import PASSWORD, csrf, signed_in

PROJECT = Path(__file__).parent.parent.parent / "example_app"
JOBS = Target("nexus", "jobs")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Nexus]:
    generate(tmp_path / "shop.db", orders=200)
    urls = (("shop", str(tmp_path / "shop.db")),)
    app = Nexus(options=Options(PROJECT, urls, str(tmp_path / "nexus.db"), allow_writes=True, environ={}))
    app.start()
    app.kernel.access.users.create("ada@example.com", password=PASSWORD, roles=("owner",), by=Actor.system("test"))
    yield app
    app.kernel.stop()


def asked(folder: Path, statement: str) -> Any:
    with sqlite3.connect(folder / "shop.db") as connection:
        return connection.execute(statement).fetchone()[0]


@pytest.mark.req("S003-CRUD-04")
def test_everything_that_a_customer_paid_is_refunded_in_the_background(shop: Nexus, tmp_path: Path) -> None:
    of_most = (
        "select customer_id from payments join orders on orders.id = order_id where payments.status = 'captured' "
        "group by customer_id order by count(*) desc limit 1"
    )
    customer = asked(tmp_path, of_most)
    captured = (
        "select count(*) from payments join orders on orders.id = order_id where payments.status = 'captured' "
        f"and customer_id = {customer}"
    )
    count = asked(tmp_path, captured)
    client = signed_in(shop)
    path = f"/s/shop/customers/{customer}"
    form = {"_csrf": csrf(client.get(path).text), "action": "refunds.customer", "value.reason": "A recall."}
    address = client.post(f"{path}/~do", data=form, follow_redirects=False).headers["location"]
    end = time.monotonic() + 60
    while "http-equiv" in (page := client.get(address).text):
        assert time.monotonic() < end
        time.sleep(0.05)
    assert re.search(rf"{count} rows? changed\.", page)
    assert asked(tmp_path, captured) == 0
    entry = re.search(r'name="entry" value="([^"]+)"', page)
    assert entry is not None
    client.post("/s/shop/~undo", data={"_csrf": csrf(page), "entry": entry[1], "back": path})
    assert asked(tmp_path, captured) == count


@pytest.mark.req("S002-QUEUE-17")
def test_the_refunds_of_a_day_are_added_up(shop: Nexus, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("update payments set status = 'captured'")
        connection.execute(
            "update payments set status = 'refunded', paid_at = '2026-03-02 10:00:00', amount = 2.5, currency = 'EUR' "
            "where id in (select id from payments order by id limit 3)"
        )
    kernel = shop.kernel
    scheduled = kernel.perform(Call("schedule.list", JOBS, {}, Actor.system("test")))
    assert "refunds.nightly_totals" in [one.name for one in scheduled]
    given = {"job": "refunds.nightly_totals", "data": {"day": "2026-03-02"}}
    id = kernel.perform(Call("job.run", JOBS, given, Actor.system("test")))
    end = time.monotonic() + 60
    while not (runs := kernel.perform(Call("job.read", JOBS, {"job": "refunds.nightly_totals"}, Actor.system("test")))):
        assert time.monotonic() < end
        time.sleep(0.05)
    assert (runs[0].job_id, runs[0].error) == (id, "")
    assert runs[0].result == {"day": "2026-03-02", "refunds": 3, "sums": {"EUR": "7.50"}}
