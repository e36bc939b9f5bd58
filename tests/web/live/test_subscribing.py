"""Following a table: three ways to learn of changes on real databases, under the follower's rights, within bounds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from nexus_admin.actions.live import subscribing
from nexus_admin.actions.live.subscribing import ROW_EVENTS, Subscription
from nexus_admin.actions.telling import Telling
from nexus_admin.audit.outbox import HOUSE
from nexus_admin.brokers.stream import Stream
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import NexusError, NotFound, Refused
from nexus_admin.domain.role import Grant
from nexus_admin.domain.target import Target
from tests.waiting import until
from tests.web.live.shop import Shop, heard, shop
from tests.web.live.world import live

ORDERS = Target("shop", "orders")


@pytest.fixture(params=["sqlite", "new_postgres_url", "new_mariadb_url"])
def any_shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    sqlite = f"sqlite:///{tmp_path}/shop.db"
    with shop(sqlite if request.param == "sqlite" else request.getfixturevalue(request.param), tmp_path) as opened:
        yield opened


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Shop]:
    with shop(f"sqlite:///{tmp_path}/shop.db", tmp_path) as opened:
        yield opened


@pytest.fixture
def postgres(new_postgres_url: str, tmp_path: Path) -> Iterator[Shop]:
    with shop(new_postgres_url, tmp_path) as opened:
        yield opened


def follow(opened: Shop, actor: Actor | None = None, **given: Any) -> Subscription:
    return Subscription(opened.app.kernel.services, actor or opened.owner, "shop", "orders", **given)


def update(opened: Shop, key: int, **values: Any) -> None:
    opened.perform("row.update", Target("shop", "orders", str(key)), values=values)


@pytest.mark.req("S003-DATA-03")
def test_what_is_done_through_nexus_is_told_once(any_shop: Shop) -> None:
    following = follow(any_shop)
    assert following.modes == ("events",)
    update(any_shop, 1, note="one")
    any_shop.perform("row.create", ORDERS, values={"id": 9, "country": "FR"})
    any_shop.perform("row.delete", Target("shop", "orders", "2"))
    assert heard(following, lambda found: len(found) >= 3) == [("1", "updated"), ("9", "created"), ("2", "deleted")]
    assert following.get(2) is None
    following.close()
    assert following.get(5) is None


@pytest.mark.req("S003-DATA-03")
def test_an_outbox_tells_what_a_process_could_not_say_any_more(any_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    any_shop.perform("outbox.install")
    following = follow(any_shop)
    monkeypatch.setattr(Telling, "committed", lambda _self, _unit: None)  # as one that dies behind its commit
    update(any_shop, 1, note="one")
    assert heard(following, lambda found: bool(found)) == [("1", "updated")]
    batch = follow(any_shop, after="0.0").get(0)
    assert batch is not None
    assert [one.key for one in batch.rows] == ["1"]
    update(any_shop, 3, note="two")
    assert heard(follow(any_shop, after=batch.position), lambda found: bool(found)) == [("3", "updated")]


@pytest.mark.req("S003-DATA-03")
def test_polling_tells_what_others_made_and_changed(any_shop: Shop) -> None:
    report = any_shop.perform("feed.poll", seconds=0.2)
    assert (report.mode, report.tables) == ("polling", {"orders": "updated_at"})
    following = follow(any_shop)
    assert following.modes == ("events", "polling")
    any_shop.touch(2, note="theirs")
    assert heard(following, lambda found: bool(found)) == [("2", "changed")]
    any_shop.sql("insert into orders values (7, 'FR', '', '2026-05-05 00:00:00', '2026-05-05 00:00:00')")
    any_shop.touch(3, note="theirs")
    assert sorted(heard(following, lambda found: len(found) > 1)) == [("3", "changed"), ("7", "created")]
    any_shop.sql("delete from orders where id = 7")  # what is gone is not seen: that is said where it is switched on
    assert following.get(1) is None
    any_shop.perform("feed.remove")
    assert any_shop.perform("feed.status").mode == "events"


@pytest.mark.req("S003-DATA-03")
def test_triggers_tell_everything_that_others_do(postgres: Shop) -> None:
    shown = postgres.perform("feed.sql")
    assert len(shown) == 6
    assert "CREATE OR REPLACE TRIGGER nx_changes_insert" in shown[2]
    report = postgres.perform("feed.install")
    assert (report.mode, report.tables, report.problem) == ("triggers", {"orders": ""}, "")
    following = follow(postgres)
    assert following.modes == ("events", "triggers")
    postgres.sql("insert into orders values (8, 'FR', '', now(), now())")
    postgres.sql("update orders set note = 'theirs' where id < 3")
    postgres.sql("update orders set note = note")  # changes nothing
    postgres.sql("update orders set id = 80 where id = 8")
    postgres.sql("delete from orders where id = 1")
    found = heard(following, lambda found: len(found) > 5)
    assert sorted(found) == [
        ("1", "deleted"), ("1", "updated"), ("2", "updated"), ("8", "created"), ("8", "deleted"), ("80", "created")
    ]  # fmt: skip
    update(postgres, 3, note="ours")  # told once, with who it was, not again by the trigger
    batch = following.get(5)
    assert batch is not None
    assert [(one.key, one.who) for one in batch.rows] == [("3", "Ada")]
    assert following.get(2) is None
    postgres.sql("update orders set note = 'many' from generate_series(1, 2) where id > 0")
    postgres.sql("truncate orders")
    while not (batch is not None and batch.gap):
        batch = following.get(5)
    postgres.perform("feed.remove")
    with postgres.engine.connect() as connection:
        assert connection.execute(sa.text("select count(*) from pg_proc where proname = 'nx_changes'")).scalar() == 0


def test_triggers_that_are_gone_are_said_and_a_hand_made_set_is_taken(postgres: Shop) -> None:
    with pytest.raises(Refused, match="Run the SQL first"):
        postgres.perform("feed.install", made=True)
    for text in postgres.perform("feed.sql"):
        postgres.sql(text.replace(":", "\\:"))
    assert postgres.perform("feed.install", made=True).mode == "triggers"
    postgres.sql("drop trigger nx_changes_update on orders")
    assert "Install them again" in postgres.perform("feed.status").problem
    assert postgres.perform("feed.install").problem == ""


@pytest.mark.parametrize("mode", ["polling", "triggers"])
def test_a_follower_is_told_of_nothing_that_they_may_not_see(postgres: Shop, mode: str) -> None:
    postgres.perform("feed.poll", seconds=0.2) if mode == "polling" else postgres.perform("feed.install")
    see = {"source": "shop", "resource": "orders", "action": "row.*"}
    postgres.role("french", Grant(**see, rows={"field": "country", "op": "eq", "value": "FR"}))
    postgres.role("blind", Grant(**see, fields={"note": "hidden", "updated_at": "hidden"}))
    french, blind = (follow(postgres, postgres.person(name, name)) for name in ("french", "blind"))
    postgres.touch(2, note="German")
    postgres.touch(3, note="French")
    assert heard(french, bool)[0][0] == "3"
    assert blind.get(1) is None
    for one in (french, blind):
        one.close()


def test_whoever_loses_the_right_follows_no_more_and_strangers_begin_nothing(small: Shop) -> None:
    small.role("reader", Grant(source="shop", resource="orders", action="row.*"))
    reader = small.person("rea", "reader")
    following = follow(small, reader)
    small.role("reader", Grant(source="shop", resource="other", action="row.*"))
    with pytest.raises(NotFound):
        following.get(5)
    assert following.closed
    with pytest.raises(NexusError):
        follow(small, reader)
    with pytest.raises(NexusError):
        Subscription(small.app.kernel.services, small.owner, "shop", "nothing")
    with pytest.raises(Refused):
        follow(small, buffer=0)


def test_of_more_than_fits_a_follower_is_told_that_there_is_a_gap(small: Shop) -> None:
    following = follow(small, buffer=5)
    for turn in range(8):
        update(small, 1, note=str(turn))
    batch = following.get(5)
    assert batch is not None
    assert batch.gap
    assert len(batch.rows) <= 5
    update(small, 2, note="after")
    assert heard(following, bool) == [("2", "updated")]
    assert following.get(2) is None


def test_more_than_a_look_holds_is_a_gap(small: Shop) -> None:
    small.perform("feed.poll", seconds=0.2)
    following = follow(small)
    with small.engine.begin() as connection:
        rows = [{"id": key, "at": f"2026-06-01 00:00:00.{key:06}"} for key in range(100, 800)]
        connection.execute(sa.text("insert into orders values (:id, 'FR', '', '2026-01-01', :at)"), rows)
    batch = following.get(10)
    assert batch is not None
    assert batch.gap
    assert not batch.rows
    small.sql("delete from orders where id = 700")  # another row slides into the window: that is no change
    assert following.get(1) is None
    small.touch(100, note="x")
    assert heard(following, bool) == [("100", "changed")]


def test_a_loop_iterates_cancels_and_loses_nothing_by_it(small: Shop) -> None:
    async def work() -> list[str]:
        found: list[str] = []
        async with small.app.subscribe("shop", "orders", small.owner) as batches:
            assert batches.modes == ("events",)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(batches), 0.3)
            await asyncio.to_thread(update, small, 1, note="one")
            async for batch in batches:
                found += [one.key for one in batch.rows]
                if len(found) > 1:
                    break
                await asyncio.to_thread(update, small, 3, note="two")
            waiting = asyncio.ensure_future(anext(batches, None))
            await asyncio.sleep(0.05)
            await batches.aclose()
            assert await asyncio.wait_for(waiting, 60) is None
        return found

    assert asyncio.run(work()) == ["1", "3"]
    until = time.monotonic() + 60
    while small.app.kernel.crew.feeding.feeds.wanted():
        assert time.monotonic() < until


@pytest.mark.parametrize("mode", ["polling", "triggers"])
def test_it_goes_on_when_the_database_comes_back(postgres: Shop, mode: str) -> None:
    postgres.perform("feed.poll", seconds=0.2) if mode == "polling" else postgres.perform("feed.install")
    following = follow(postgres)
    name = postgres.engine.url.database
    admin = sa.create_engine(postgres.engine.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f'alter database "{name}" with allow_connections false'))
        kill = "select pg_terminate_backend(pid) from pg_stat_activity where datname = :name"
        connection.execute(sa.text(kill), {"name": name})
        time.sleep(1.5)
        connection.execute(sa.text(f'alter database "{name}" with allow_connections true'))
    admin.dispose()
    postgres.engine.dispose()
    postgres.touch(2, note="while it was away")
    until, gap, keys = time.monotonic() + 120, False, set[str]()
    while not gap and "2" not in keys:  # what was missed is either told or said to be missing
        assert time.monotonic() < until
        batch = following.get(1)
        gap, keys = gap or bool(batch and batch.gap), keys | {one.key for one in (batch.rows if batch else ())}
    while "3" not in keys:
        assert time.monotonic() < until
        postgres.touch(3, note=str(time.monotonic()))
        batch = following.get(1)
        keys |= {one.key for one in (batch.rows if batch else ())}


@pytest.mark.req("S003-DATA-03")
def test_an_open_list_follows_what_another_program_writes(any_shop: Shop) -> None:
    any_shop.perform("feed.poll", seconds=0.2)
    with live(any_shop.app) as pages:
        page = pages.page(pages.browser("ada@example.com"))
        page.follow("rows/shop/orders")
        assert page.hear() == {"gap": True, "began": True}  # nobody looked before: the page reads once what it shows
        any_shop.touch(2, note="theirs")
        assert page.news() == [{"key": "2", "what": "changed", "who": "Another program"}]


def test_tables_of_any_name_and_key_bear_triggers(new_postgres_url: str, tmp_path: Path) -> None:
    name, key = """we"ird %s:x t'able""", """k'ey %(a)s"""
    engine = sa.create_engine(new_postgres_url)
    with engine.begin() as connection:
        for text in (
            "create schema other",
            'create table other.stamps ("at" timestamptz, code bytea, note text, primary key ("at", code))',
            f'create table "{name.replace(chr(34), chr(34) * 2)}" ("{key}" text primary key, note text)',
        ):
            connection.exec_driver_sql(text.replace("%", "%%"))
    with shop(new_postgres_url, tmp_path) as opened:
        assert opened.perform("feed.install").tables == {"orders": "", "other.stamps": "", name: ""}
        services = opened.app.kernel.services
        odd, stamps = (Subscription(services, opened.owner, "shop", one) for one in (name, "other.stamps"))
        with engine.begin() as connection:
            table = sa.table(name, sa.column(key), sa.column("note"))
            connection.execute(table.insert(), {key: "a/b, c~d é", "note": "x"})
            connection.exec_driver_sql("insert into other.stamps values ('2026-02-28 10:00:00.5+00', '\\xff00', 'x')")
        engine.dispose()
        for following, place in ((odd, name), (stamps, "other.stamps")):
            ((told, what),) = heard(following, bool)
            assert what == "created"
            assert opened.perform("row.read", Target("shop", place, told)).row["note"] == "x"


def test_who_begins_long_ago_has_no_more_of_the_stream_read_than_may_wait(
    small: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    small.perform("outbox.install")
    begun = follow(small)
    for at in range(12):
        update(small, 1 + at % 3, note=f"n{at}")
    heard(begun, lambda found: len(found) >= 12)
    stream, reads = small.app.kernel.services.get(Stream), []  # type: ignore[type-abstract]
    until(lambda: len(stream.read(HOUSE, types=ROW_EVENTS)) >= 12, "the events of the house")
    monkeypatch.setattr(subscribing, "AT_ONCE", 2)
    monkeypatch.setattr(subscribing, "REMEMBERED", 1)
    following = follow(small, after="0.0", buffer=2)
    read = type(stream).read
    monkeypatch.setattr(
        type(stream), "read", lambda self, *given, **named: reads.append(named) or read(self, *given, **named)
    )
    batch = following.take()
    assert batch is not None
    assert (batch.gap, batch.rows) == (True, ())
    assert len([one for one in reads if one.get("types")]) <= 2
    update(small, 2, note="after")
    assert heard(following, bool) == [("2", "updated")]
