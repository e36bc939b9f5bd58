"""A call within another has the rights of the database that it changes, never those of another one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nexus_admin import Nexus
from nexus_admin.actions.unit import Unit
from nexus_admin.domain.action import Action, Call, Nothing
from nexus_admin.domain.errors import NexusError, Refused
from nexus_admin.domain.role import Grant
from nexus_admin.domain.target import Target
from tests.security.world import TABLES, add_role, add_user, guarded


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Nexus]:
    with sqlite3.connect(tmp_path / "second.db") as connection:
        connection.executescript(TABLES)
    urls = (("shop", str(tmp_path / "shop.db")), ("second", str(tmp_path / "second.db")))
    with guarded(tmp_path, urls=urls) as nexus:
        yield nexus


def test_a_function_that_reads_may_read_rows_of_any_source_with_the_rights_of_whoever_asks(app: Nexus) -> None:
    kernel = app.kernel

    def count(unit: Unit, _data: Nothing) -> list[int]:
        pages = [unit.perform("row.list", Target(one, "customers")).page for one in ("shop", "second")]
        return [len(page.rows) for page in pages]

    def take(unit: Unit, _data: Nothing) -> None:
        unit.perform("row.update", Target("second", "customers", "2"), {"values": {"nick": "taken over"}})

    for name, work in (("reports.count", count), ("reports.take", take)):
        kernel.actions.add(
            Action(name, Nothing, work, name, on="house", writes=False, transaction=False, permission="dashboard.view")
        )
    asks = [Grant(source="nexus", action="dashboard.view")]
    add_role(app, "asks", *asks)
    add_role(app, "second", Grant(source="second", action="row.list"))
    both, one = (
        kernel.access.actor_of_user(add_user(app, f"{roles[-1]}@example.com", *roles))
        for roles in (("french", "asks", "second"), ("french", "asks"))
    )
    assert both is not None
    assert one is not None
    french, everybody = kernel.perform(Call("reports.count", Target("nexus"), {}, both))
    assert 0 < french < everybody
    with pytest.raises(NexusError):  # who may not list the second source learns nothing of it here either
        kernel.perform(Call("reports.count", Target("nexus"), {}, one))
    with pytest.raises(Refused, match="two databases"):
        kernel.perform(Call("reports.take", Target("nexus"), {}, both))


def test_a_nested_call_about_another_source_is_refused(app: Nexus, tmp_path: Path) -> None:
    kernel = app.kernel

    def reach(unit: Unit, _data: Nothing) -> None:
        unit.perform("row.update", Target("second", "customers", "2"), {"values": {"nick": "taken over"}})

    known = kernel.actions.get("row.update")
    kernel.actions.add(replace(known, name="row.reach", input=Nothing, run=reach, permission="row.update"))
    # Whoever may change all rows of the second source, and the French ones of the first.
    grants = [Grant(source="second", action=name) for name in ("row.*",)]
    add_role(app, "second", *grants)
    actor = kernel.access.actor_of_user(add_user(app, "sam@example.com", "french", "second"))
    assert actor is not None
    with pytest.raises(Refused, match="two databases"):
        kernel.perform(Call("row.reach", Target("shop", "customers", "1"), {}, actor))
    for name in ("shop.db", "second.db"):
        with sqlite3.connect(tmp_path / name) as connection:
            assert connection.execute("select nick from customers where id = 2").fetchone() == ("GERMAN-NICK",)
