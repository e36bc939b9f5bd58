"""Connecting: the start waits for no database, drift is shown until it is accepted, what is down comes back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import BadRequest, SourceDown
from nexus_admin.domain.target import Target
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Options
from nexus_admin.kernel.sources import connecting
from tests.ports import free_port
from tests.waiting import until


@pytest.fixture(autouse=True)
def _no_calm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "CALM_SECONDS", 0.0)


@contextmanager
def started(folder: Path, *urls: tuple[str, str], **more: Any) -> Iterator[Kernel]:
    kernel = Kernel(Options(urls=urls, state=str(folder / "nexus.db"), environ={}, **more)).start()
    try:
        yield kernel
    finally:
        kernel.stop()


def run(path: Path, sql: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.executescript(sql)


def perform(kernel: Kernel, action: str, name: str) -> Any:
    return kernel.perform(Call(action, Target("nexus", "sources", name), {}, Actor.system("test")))


def test_two_thousand_tables_do_not_hold_the_start(tmp_path: Path) -> None:
    path = tmp_path / "wide.db"
    run(path, "".join(f"create table t{n} (id integer primary key, name text, a{n} integer);" for n in range(2000)))
    with started(tmp_path, ("wide", str(path)), patience=0) as kernel:
        status = kernel.sources.status("wide")
        if not status.ready:
            with pytest.raises(SourceDown, match="is being read"):
                kernel.sources.get("wide")
        assert list(kernel.sources) == [] or status.ready
        until(lambda: status.ready)
        assert len(kernel.sources.get("wide").schema.resources) == 2000
    with started(tmp_path, ("wide", str(path)), patience=0) as kernel:
        assert len(kernel.sources.get("wide").schema.resources) == 2000  # known at once


def test_what_was_read_before_is_used_at_once_and_drift_waits_for_a_yes(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    run(path, "create table orders (id integer primary key, number text);")
    with started(tmp_path, ("shop", str(path))):
        pass
    run(path, "alter table orders add column note text; create table refunds (id integer primary key);")
    with started(tmp_path, ("shop", str(path))) as kernel:
        status = kernel.sources.status("shop")
        assert "note" not in kernel.sources.get("shop").schema.resource("orders").by_name
        until(lambda: status.drift)
        assert "orders.note (TEXT) is new." in status.drift
        assert "refunds" not in kernel.sources.get("shop").schema.resources
    with started(tmp_path, ("shop", str(path))) as kernel:
        assert kernel.sources.status("shop").drift  # kept over the restart
        until(lambda: kernel.sources.status("shop").progress is None)
        perform(kernel, "source.accept", "shop")
        assert "refunds" in kernel.sources.get("shop").schema.resources
        assert kernel.sources.status("shop").drift == ()
    with started(tmp_path, ("shop", str(path))) as kernel:
        assert "refunds" in kernel.sources.get("shop").schema.resources


def test_refreshing_finds_what_came(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    run(path, "create table orders (id integer primary key);")
    with started(tmp_path, ("shop", str(path))) as kernel:
        run(path, "create table refunds (id integer primary key);")
        perform(kernel, "source.refresh", "shop")
        until(lambda: kernel.sources.status("shop").drift)
        assert kernel.sources.status("shop").drift == ("The table refunds is new.",)


@pytest.mark.req("S003-KERN-04")
def test_a_source_that_does_not_answer_takes_nothing_down_and_comes_back(tmp_path: Path, new_postgres_url: str) -> None:
    path = tmp_path / "shop.db"
    run(path, "create table orders (id integer primary key);")
    gone = sa.make_url(new_postgres_url).set(port=free_port()).render_as_string(hide_password=False)
    with started(tmp_path, ("gone", gone), ("shop", str(path))) as kernel:
        until(lambda: kernel.sources.status("gone").state == "down")
        assert kernel.sources.names() == ["shop"]
        with pytest.raises(SourceDown, match="gone cannot be reached"):
            kernel.sources.get("gone")
        status = kernel.sources.status("gone")
        assert status.source is not None
        object.__setattr__(status.source.address, "url", sa.make_url(new_postgres_url))  # it answers again
        status.source.close()
        until(lambda: status.state == "ready")


def test_a_typed_address_that_cannot_be_one_ends_the_start_and_a_written_one_does_not(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="There is no file"), started(tmp_path, ("x", str(tmp_path / "no.db"))):
        pass
    given = {"sources.old.url": str(tmp_path / "no.db")}
    kernel = Kernel(Options(state=str(tmp_path / "other.db"), environ={}, given=given)).start()
    assert kernel.sources.status("old").state == "down"
    assert "There is no file" in kernel.sources.status("old").reason
    kernel.stop()


def test_another_database_under_the_same_name_is_read_anew(tmp_path: Path) -> None:
    run(tmp_path / "one.db", "create table orders (id integer primary key);")
    run(tmp_path / "two.db", "create table parcels (id integer primary key);")
    with started(tmp_path, ("shop", str(tmp_path / "one.db"))):
        pass
    with started(tmp_path, ("shop", str(tmp_path / "two.db"))) as kernel:
        assert list(kernel.sources.get("shop").schema.resources) == ["parcels"]
