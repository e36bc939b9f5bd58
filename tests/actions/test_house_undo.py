"""What was done to the house's own things is taken back: compared before it is written, and undone itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from nexus_admin.actions.sources.facts import bare, shown
from nexus_admin.audit.undo import UndoPlan
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from nexus_admin.domain.role import Grant, Role
from nexus_admin.domain.target import Target
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Options
from tests.waiting import until

SYSTEM = Actor.system("test")
TABLES = """
create table customers (id integer primary key, name text not null);
create table orders (id integer primary key, number text not null, customer_id integer references customers);
insert into customers values (1, 'Priya'); insert into orders values (1, 'A-1', 1);
"""


class House:
    """A kernel with a shop that was connected in the browser, and short words for what these tests do."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel

    def do(self, action: str, of: str | None = None, /, by: Actor = SYSTEM, **data: Any) -> Any:
        target = Target("nexus", "sources", of) if of else Target("nexus")
        done = self.kernel.perform(Call(action, target, data, by))
        until(lambda: all(one.progress is None for one in self.kernel.sources.statuses()))
        return done

    def last(self, resource: str, key: str) -> str:
        return self.kernel.ledger.history("nexus", resource, key)[0].entry.id

    def plan(self, entry: str, by: Actor = SYSTEM) -> UndoPlan:
        return self.do("house.preview", by=by, entry=entry)

    def undo(self, entry: str, by: Actor = SYSTEM) -> Any:
        return self.do("house.undo", by=by, entry=entry)

    def title(self, table: str = "orders", source: str = "shop") -> str:
        return self.kernel.sources.get(source).schema.resource(table).title


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    for name in ("shop.db", "other.db"):
        with sqlite3.connect(tmp_path / name) as connection:
            connection.executescript(TABLES)
    environ = {"NEXUS_SOURCES__FOLDERS": str(tmp_path)}
    kernel = Kernel(Options(state=str(tmp_path / "nexus.db"), environ=environ)).start()
    house = House(kernel)
    house.do("source.connect", name="shop", url=str(tmp_path / "shop.db"))
    until(lambda: "shop" in kernel.sources.names())
    yield house
    kernel.stop()


def test_a_setting_goes_back_and_forth(house: House) -> None:
    house.do("settings.change", key="project.name", value="One")
    house.do("settings.change", key="project.name", value="Two")
    entry = house.last("settings", "project.name")
    (step,) = house.plan(entry).steps
    assert (dict(step.expect), dict(step.values)) == ({"value": "Two"}, {"value": "One"})
    assert house.undo(entry) == 1
    assert house.kernel.settings["project.name"] == "One"
    assert house.kernel.ledger.get(entry).undone_by == house.last("settings", "project.name")
    house.undo(house.last("settings", "project.name"))
    assert house.kernel.settings["project.name"] == "Two"
    with pytest.raises(Refused, match="taken back already"):
        house.undo(entry)


def test_nothing_is_written_over_what_changed_since_and_the_conflict_is_listed(house: House) -> None:
    house.do("settings.change", key="project.name", value="One")
    entry = house.last("settings", "project.name")
    house.do("settings.change", key="project.name", value="Two")
    (conflict,) = house.plan(entry).conflicts
    assert conflict.fields["value"]["now"] == "Two"
    with pytest.raises(Conflict, match=r"project.name: It was changed since"):
        house.undo(entry)
    assert house.kernel.settings["project.name"] == "Two"


def test_a_dashboard_comes_back_and_goes_again(house: House) -> None:
    board = {"name": "sales", "title": "Sales", "source": "shop"}
    house.do("dashboard.save", dashboard=board)
    house.do("dashboard.save", dashboard={**board, "title": "Turnover"})
    house.undo(house.last("dashboards", "sales"))
    assert house.do("dashboard.view", name="sales").dashboard.title == "Sales"
    house.undo(house.do("dashboard.delete", name="sales"))
    assert house.do("dashboard.view", name="sales").dashboard.title == "Sales"
    house.undo(house.last("dashboards", "sales"))
    with pytest.raises(NotFound):
        house.do("dashboard.view", name="sales")


def test_writes_that_were_switched_and_a_source_that_was_removed_come_back(house: House, tmp_path: Path) -> None:
    house.do("source.allow_writes", "shop", allow=True)
    house.do("resource.save", "shop", resource="orders", title="Sales")
    house.undo(house.last("sources", "shop"))
    assert house.kernel.sources.get("shop").read_only
    house.undo(house.last("sources", "shop"))
    assert not house.kernel.sources.get("shop").read_only
    removed = house.do("source.remove", "shop")
    assert house.plan(removed.entry).notes == ()
    house.undo(removed.entry)
    until(lambda: "shop" in house.kernel.sources.names())
    assert not house.kernel.sources.get("shop").read_only
    assert house.title() == "Sales"
    assert house.kernel.sources.status("shop").address == f"sqlite:///{tmp_path}/shop.db"


def test_what_was_connected_goes_away_unless_it_was_changed_since(house: House) -> None:
    entry = house.last("sources", "shop")
    house.do("source.allow_writes", "shop", allow=True)
    with pytest.raises(Conflict, match="changed since it was made"):
        house.undo(entry)
    house.do("source.allow_writes", "shop", allow=False)
    house.undo(entry)
    assert house.kernel.sources.statuses() == []


def test_a_click_on_a_table_is_taken_back_without_the_others(house: House) -> None:
    house.do("resource.save", "shop", resource="orders", title="Sales")
    entry = house.last("source_overrides", "shop")
    house.do("resource.save", "shop", resource="orders", columns=["number"], fields={"number": {"title": "No."}})
    house.undo(entry)
    orders = house.kernel.sources.get("shop").schema.resource("orders")
    assert (orders.title, orders.list_fields, orders.field("number").title) == ("Orders", ("number",), "No.")
    house.undo(house.last("source_overrides", "shop"))
    assert house.title() == "Sales"


def test_a_name_goes_back_with_all_that_followed_it(house: House) -> None:
    house.do("dashboard.save", dashboard={"name": "sales", "title": "Sales", "source": "shop"})
    role = Role(name="clerk", grants=(Grant(source="shop", action="row.list"), Grant(source="s*", action="row.read")))
    house.kernel.access.roles.save(role, by=SYSTEM)
    done = house.do("source.rename", "shop", name="store")
    assert (done.followed.dashboards, done.followed.roles) == (("Sales",), ("clerk",))
    assert house.do("dashboard.view", name="sales").dashboard.source == "store"
    assert [one.source for one in house.kernel.access.roles.get("clerk").grants] == ["store", "s*"]
    assert house.kernel.sources.get("store").schema.resource("orders").source == "store"
    house.do("dashboard.save", dashboard={"name": "sales", "title": "Turnover", "source": "store"})
    house.undo(done.entry)
    assert house.kernel.sources.names() == ["shop"]
    board = house.do("dashboard.view", name="sales").dashboard
    assert (board.source, board.title) == ("shop", "Turnover")
    assert house.kernel.access.roles.get("clerk") == role


def test_an_address_goes_back_and_what_differs_is_shown(house: House, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("create table refunds (id integer primary key)")
    entry = house.do("source.change", "shop", url=str(tmp_path / "other.db"))
    until(lambda: house.kernel.sources.status("shop").drift)
    assert list(house.kernel.sources.get("shop").schema.resources) == ["customers", "orders"]
    house.undo(entry)
    assert house.kernel.sources.status("shop").address.endswith("/shop.db")


def test_a_password_that_was_dropped_does_not_come_back_and_that_is_said_before(
    house: House, postgres_url: str
) -> None:
    url = sa.make_url(postgres_url)
    first, second = (url.set(password=one).render_as_string(hide_password=False) for one in ("canary-1", "canary-2"))
    house.do("source.connect", name="pg", url=first)
    until(lambda: "pg" in house.kernel.sources.names())
    elsewhere = house.do("source.change", "pg", url=first + "?application_name=nexus")
    assert house.plan(elsewhere).clean  # the password is the one of then
    house.undo(elsewhere)
    another = house.do("source.change", "pg", url=second)
    (conflict,) = house.plan(another).conflicts
    assert "was not kept" in conflict.why
    with pytest.raises(Conflict, match="was not kept"):
        house.undo(another)
    removed = house.do("source.remove", "pg")
    assert "was forgotten" in house.plan(removed.entry).notes[0]
    house.undo(removed.entry)
    until(lambda: house.kernel.sources.status("pg").state != "looking")
    assert house.kernel.sources.status("pg").source.address.url.password is None  # type: ignore[union-attr]
    kept = house.kernel.state.read(lambda it: it.execute(sa.text("select * from audit_change")).all())
    assert "canary" not in repr(kept)


def test_the_password_of_today_goes_to_no_other_host(house: House, postgres_url: str) -> None:
    url = sa.make_url(postgres_url).set(password="canary")
    house.do("source.connect", name="pg", url=url.render_as_string(hide_password=False))
    plain = sa.make_url(bare(shown(url.render_as_string(hide_password=False))))
    for other in (plain.set(host="db.example.com"), plain.set(port=1), plain.set(username="mallory")):
        for action in ("source.test", "source.change"):
            with pytest.raises(Invalid, match="only for the host and login"):
                house.do(action, "pg", url=other.render_as_string(hide_password=False))
    house.do("source.change", "pg", url=plain.set(database="postgres").render_as_string(hide_password=False))
    assert house.kernel.sources.status("pg").source.address.url.password == "canary"  # type: ignore[union-attr]


def test_roles_and_accounts_are_previewed_and_an_account_that_was_deleted_stays_away(house: House) -> None:
    access = house.kernel.access
    access.users.create("ana@example.com", password="a long password 1", roles=("owner",), by=SYSTEM)
    owner = access.actor_of_user(access.users.by_email("ana@example.com").id)  # type: ignore[union-attr]
    eve = access.users.create("eve@example.com", roles=("viewer",), by=SYSTEM)
    assert owner is not None

    def at(action: str, **data: Any) -> Any:
        return house.kernel.perform(Call(action, Target("nexus", "access", eve.id), data, owner))

    at("access.user.set_roles", roles=["admin"])
    (step,) = house.plan(house.last("users", eve.id), owner).steps
    assert dict(step.values) == {"roles": ["viewer"]}
    at("access.user.delete")
    (conflict,) = house.plan(house.last("users", eve.id), owner).conflicts
    assert "Invite them again" in conflict.why


def test_whoever_may_not_do_it_by_hand_may_not_undo_it(house: House) -> None:
    house.do("settings.change", key="project.name", value="One")
    house.do("dashboard.save", dashboard={"name": "sales", "title": "Sales", "source": "shop"})
    editor, viewer = (Actor(f"user:{name}", name, roles=(name,)) for name in ("editor", "viewer"))
    with pytest.raises(Forbidden, match=r"settings\.change"):
        house.undo(house.last("settings", "project.name"), editor)
    with pytest.raises(Forbidden):
        house.plan(house.last("dashboards", "sales"), viewer)
    house.undo(house.last("dashboards", "sales"), editor)


def test_entries_of_sources_are_not_the_house_s(house: House) -> None:
    house.do("source.allow_writes", "shop", allow=True)
    row = Call("row.update", Target("shop", "orders", "1"), {"values": {"number": "B-1"}}, SYSTEM)
    entry = house.kernel.perform(row).entry
    with pytest.raises(NotFound):
        house.plan(entry)


def test_what_was_done_to_rows_under_an_old_name_is_known_and_undone_under_the_new_one(
    house: House, tmp_path: Path
) -> None:
    def at(source: str, action: str = "row.update", row: str | None = "1", **data: Any) -> Any:
        target = Target(source, "orders" if row else None, row)
        return house.kernel.perform(Call(action, target, data, SYSTEM))

    house.do("source.allow_writes", "shop", allow=True)
    entry = at("shop", values={"number": "B-1"}).entry
    house.do("source.rename", "shop", name="store")
    house.do("source.connect", name="shop", url=str(tmp_path / "other.db"))
    until(lambda: "shop" in house.kernel.sources.names())
    assert [one.entry.id for one in at("store", "row.history").past] == [entry]
    assert at("shop", "row.history").past == ()  # another database has the name now
    with pytest.raises(NotFound):
        at("shop", "change.preview", None, entry=entry)
    assert at("store", "change.preview", None, entry=entry).clean
    at("store", "change.undo", None, entry=entry)
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        assert connection.execute("select number from orders").fetchall() == [("A-1",)]
