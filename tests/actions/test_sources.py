"""Data sources as people manage them: connected read-only, their secrets kept, switched, answered, removed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import BadRequest, Forbidden, Invalid, NexusError, ReadOnly, Refused, SourceDown
from nexus_admin.domain.target import Target
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Options
from tests.waiting import until

TABLES = """
create table customers (id integer primary key, name text not null, api_token text);
create table orders (id integer primary key, number text not null, customer_id integer, status text);
insert into customers values (1, 'Priya', 'sk_live_1'), (2, 'Ilse', 'sk_live_2'), (3, 'Bo', 'sk_live_3');
insert into orders select value, 'A-' || value, 1 + value % 3, iif(value % 2, 'paid', 'open')
  from json_each('[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30]');
"""
SYSTEM = Actor.system("test")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.executescript(TABLES)
    return tmp_path / "shop.db"


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Kernel]:
    kernel = Kernel(
        Options(state=str(tmp_path / "nexus.db"), environ={"NEXUS_SOURCES__FOLDERS": str(tmp_path)})
    ).start()
    yield kernel
    kernel.stop()


def perform(kernel: Kernel, action: str, of: str | None = None, /, **data: Any) -> Any:
    target = Target("nexus", "sources", of) if of else Target("nexus")
    return kernel.perform(Call(action, target, data, SYSTEM))


def connected(kernel: Kernel, url: str, name: str = "shop", **more: Any) -> None:
    perform(kernel, "source.connect", name=name, url=url, **more)
    until(lambda: kernel.sources.status(name).state != "looking")


def test_a_source_is_read_in_the_background_and_takes_no_writes(kernel: Kernel, shop: Path) -> None:
    connected(kernel, str(shop))
    assert list(kernel.sources.get("shop").schema.resources) == ["customers", "orders"]
    with pytest.raises(ReadOnly), kernel.sources.get("shop").write():
        pass


def test_writes_are_switched_both_ways_and_written_down(kernel: Kernel, shop: Path) -> None:
    connected(kernel, str(shop))
    order = Call("row.update", Target("shop", "orders", "1"), {"values": {"number": "B-1"}}, SYSTEM)
    perform(kernel, "source.allow_writes", "shop", allow=True)
    kernel.perform(order)
    perform(kernel, "source.allow_writes", "shop", allow=False)
    with pytest.raises(ReadOnly):
        kernel.perform(order)
    past = kernel.ledger.history("nexus", "sources", "shop")
    assert [one.change.fields() for one in past[:2]] == [("writes",), ("writes",)]
    kept = {"name": "shop", "address": f"sqlite:///{shop}", "password": "none", "sample": True}
    assert [one.change.after for one in past] == [{**kept, "writes": writes} for writes in (False, True, False)]


@pytest.mark.parametrize("apart", [False, True])
def test_a_password_is_sealed_and_never_seen_again(
    kernel: Kernel, tmp_path: Path, postgres_url: str, apart: bool
) -> None:
    secret = "canary@77:x"
    url = sa.make_url(postgres_url)
    whole = url.set(password=secret).render_as_string(hide_password=False)
    given = {"url": postgres_url, "password": secret} if apart else {"url": whole}
    perform(kernel, "source.test", **given)
    connected(kernel, name="pg", **given)
    report = perform(kernel, "source.view", "pg")
    assert report.state == "ready"
    assert "canary" not in repr(report)
    kernel.ledger.stop()
    kept = kernel.state.read(lambda it: it.execute(sa.text("select * from audit_entry")).all())
    changes = kernel.state.read(lambda it: it.execute(sa.text("select * from audit_change")).all())
    sources = kernel.state.read(lambda it: it.execute(sa.text("select * from source")).all())
    assert "source.connect" in repr(kept)
    assert "canary" not in repr(kept) + repr(changes) + repr(sources)
    for file in tmp_path.iterdir():
        assert b"canary" not in file.read_bytes()


def test_hostile_addresses_are_refused(kernel: Kernel, tmp_path: Path, shop: Path) -> None:
    outside = {"/etc/passwd": "outside", "file:shop.db?mode=rw": "exists", str(tmp_path / "nexus.db"): "state of Nexus"}
    other = {
        "postgrs://u:secret@h/d": "Did you mean", "postgresql://u@h/d?options=-c": "may not carry",
        "clickhouse://u@h/d": "not installed", "": "no address", "mysql://h": "names no database",
    }  # fmt: skip
    for url, told in {**outside, **other}.items():
        with pytest.raises(BadRequest, match=told) as caught:
            perform(kernel, "source.test", url=url)
        assert "secret" not in str(caught.value)
    with pytest.raises(BadRequest, match="where no database is reached"):
        perform(kernel, "source.test", url="postgresql://u@169.254.169.254/latest")
    assert kernel.sources.statuses() == []


def test_hosts_may_be_narrowed(tmp_path: Path) -> None:
    environ = {"NEXUS_SOURCES__HOSTS": "*.db.internal"}
    kernel = Kernel(Options(state=str(tmp_path / "n.db"), environ=environ)).start()
    with pytest.raises(BadRequest, match=r"not among the hosts"):
        perform(kernel, "source.connect", name="x", url="postgresql://u@example.com/d")
    kernel.stop()


def test_names_are_checked(kernel: Kernel, shop: Path) -> None:
    connected(kernel, str(shop))
    for name in ("shop", "nexus", "new", "Shop", "a/b", ""):
        with pytest.raises(Invalid):
            perform(kernel, "source.connect", name=name, url=str(shop))


def test_a_state_of_nexus_is_never_shown_as_data(kernel: Kernel, tmp_path: Path) -> None:
    other = Kernel(Options(state=str(tmp_path / "other.db"), environ={})).start()
    other.stop()
    connected(kernel, str(tmp_path / "other.db"), "other")
    with pytest.raises(SourceDown, match="holds the state of a Nexus"):
        kernel.sources.get("other")


def test_answers_change_how_tables_are_seen_also_after_a_restart(kernel: Kernel, shop: Path) -> None:
    connected(kernel, str(shop))
    asked = {one.id: one for one in perform(kernel, "source.view", "shop").questions}
    assert asked["secret/customers/api_token"].answer == "yes"
    assert asked["relation/orders/customer"].because.startswith("100 %")
    answers = {"secret/customers/api_token": "no", "relation/orders/customer": "no"}
    assert perform(kernel, "source.answer", "shop", answers=answers) == 2
    schema = kernel.sources.get("shop").schema
    assert not schema.resource("customers").field("api_token").secret
    assert schema.resource("orders").field("customer_id").relation is None
    assert all(one.to != "orders" for one in schema.resource("customers").relations)
    state, options = kernel.state.where, kernel.options
    kernel.stop()
    again = Kernel(Options(state=state, environ=options.environ)).start()
    assert not again.sources.get("shop").schema.resource("customers").field("api_token").secret
    again.stop()


def test_a_click_is_laid_over_a_table_and_a_wrong_one_is_named(kernel: Kernel, shop: Path) -> None:
    connected(kernel, str(shop))
    perform(
        kernel, "resource.save", "shop", resource="orders", title="Sales", columns=["number"],
        fields={"status": {"title": "State", "closed": True}},
    )  # fmt: skip
    orders = kernel.sources.get("shop").schema.resource("orders")
    assert (orders.title, orders.list_fields, orders.field("status").title) == ("Sales", ("number",), "State")
    with pytest.raises(NexusError, match="Did you mean 'number'"):
        perform(kernel, "resource.save", "shop", resource="orders", names=["numbr"])
    with pytest.raises(Invalid, match="Did you mean 'money'"):
        perform(kernel, "resource.save", "shop", resource="orders", fields={"status": {"kind": "mony"}})


def test_a_removed_source_is_gone_and_its_file_is_not(kernel: Kernel, shop: Path) -> None:
    connected(kernel, str(shop))
    perform(kernel, "source.remove", "shop")
    assert kernel.sources.statuses() == []
    assert kernel.state.read(lambda it: it.execute(sa.text("select * from source_reading")).all()) == []
    assert shop.exists()


def test_sources_of_the_command_line_are_not_changed_here(tmp_path: Path, shop: Path) -> None:
    kernel = Kernel(Options(urls=(("shop", str(shop)),), state=str(tmp_path / "n.db"), environ={})).start()
    for action, data in (("source.remove", {}), ("source.allow_writes", {"allow": True})):
        with pytest.raises(Refused, match="comes from the command line"):
            perform(kernel, action, "shop", **data)
    kernel.stop()


def test_whoever_may_not_manage_sources_is_refused(kernel: Kernel, shop: Path) -> None:
    actor = Actor("user:bo", "Bo", roles=("viewer",))
    for action, data in (("source.view", {}), ("source.test", {"url": str(shop)}), ("source.connect", {})):
        with pytest.raises(Forbidden):
            kernel.perform(Call(action, Target("nexus"), data, actor))


@pytest.mark.parametrize("engine", ["sqlite", "postgres", "mariadb"])
def test_the_first_look_says_what_is_there(
    kernel: Kernel, shop: Path, engine: str, request: pytest.FixtureRequest
) -> None:
    url = str(shop) if engine == "sqlite" else request.getfixturevalue(f"new_{engine}_url")
    if engine != "sqlite":
        made = sa.create_engine(url)
        with made.begin() as connection:
            connection.execute(sa.text("create table things (id integer primary key, name varchar(40))"))
        made.dispose()
    tested, address = perform(kernel, "source.test", url=url)
    assert tested.tables == (2 if engine == "sqlite" else 1)
    assert tested.can_write
    connected(kernel, url, "here")
    report = perform(kernel, "source.view", "here")
    assert (report.state, report.address, report.writes) == ("ready", address, False)
    assert json.dumps(list(report.schema.resources))
