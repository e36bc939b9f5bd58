"""Two server processes on one PostgreSQL state: what is changed in one is seen in the other within a moment."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import NexusError, ReadOnly, UnknownSource
from nexus_admin.domain.role import Grant, Role
from nexus_admin.domain.target import Target
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Options
from tests.waiting import PATIENCE

SYSTEM = Actor.system("test")
KEY = "a key of forty-eight letters for tests and nothing else"
TABLES = "create table orders (id integer primary key, number text); insert into orders values (1, 'A-1');"


def seen(true: Callable[[], Any]) -> None:
    """Wait until *true*, as long as anybody would."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            if true():
                return
        except NexusError:
            pass
        assert time.monotonic() < end, "The other process did not follow."
        time.sleep(0.05)


def perform(kernel: Kernel, action: str, target: Target | None = None, **data: Any) -> Any:
    return kernel.perform(Call(action, target or Target("nexus"), data, SYSTEM))


@pytest.fixture
def pair(tmp_path: Path, new_postgres_url: str) -> Iterator[tuple[Kernel, Kernel]]:
    environ = {"NEXUS_SOURCES__FOLDERS": str(tmp_path), "NEXUS_SECRET_KEY": KEY}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEXUS_SECRET_KEY", KEY)
        both = [Kernel(Options(state=new_postgres_url, environ=environ)).start() for _ in range(2)]
    yield both[0], both[1]
    for kernel in both:
        kernel.stop()


def test_what_one_process_changes_the_other_sees(pair: tuple[Kernel, Kernel], tmp_path: Path) -> None:
    here, there = pair
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.executescript(TABLES)
    shop = Target("nexus", "sources", "shop")

    perform(here, "source.connect", name="shop", url=str(tmp_path / "shop.db"))
    seen(lambda: "shop" in there.sources.names())
    with pytest.raises(ReadOnly), there.sources.get("shop").write():
        pass
    perform(here, "source.allow_writes", shop, allow=True)
    seen(lambda: not there.sources.get("shop").read_only)
    order = Target("shop", "orders", "1")
    there.perform(Call("row.update", order, {"values": {"number": "B-1"}}, SYSTEM))

    seen(lambda: "shop" in here.sources.names())
    perform(there, "resource.save", shop, resource="orders", title="Sales")
    seen(lambda: here.sources.get("shop").schema.resource("orders").title == "Sales")

    perform(here, "settings.change", key="project.name", value="Elsewhere")
    seen(lambda: there.settings["project.name"] == "Elsewhere")

    role = Role(name="looker", grants=(Grant(action="row.list"),))
    here.access.roles.save(role, by=SYSTEM)
    seen(lambda: there.access.roles.get("looker") == role)
    looker = Actor("user:x", "X", roles=("looker",))
    assert there.access.decide(looker, "row.list", "shop", "orders").allowed

    board = {"name": "sales", "title": "Sales", "source": "shop"}
    perform(here, "dashboard.save", dashboard=board)
    assert perform(there, "dashboard.view", name="sales").dashboard.title == "Sales"

    perform(there, "source.remove", shop)
    seen(lambda: here.sources.statuses() == [])
    with pytest.raises(UnknownSource):
        here.sources.get("shop")
