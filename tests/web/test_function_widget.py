"""A widget that asks a function: as its reader, with its parameters; never one that writes, nor one of the house."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nexus_admin import Nexus
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Grant, Role
from tests.kernel.world import plugin
from tests.web.world import PASSWORD, served, signed_in

SYSTEM = Actor.system("test")
REPORTS = """
from dataclasses import dataclass
from nexus_admin.sdk import Target, hookimpl, server

@dataclass
class Margin:
    country: str
    share: float

@server("reports.margins", writes=False)
def margins(unit, countries: list[str], year: int = 2026) -> list[Margin]:
    return [Margin(one, year / 4) for one in countries]

@server("reports.seen", writes=False)
def seen(unit, table: str) -> int:
    return len(unit.perform("row.list", Target("shop", table)).page.rows)

@server("reports.reset")
def reset(unit) -> int:
    raise AssertionError("nobody looks at this")

@hookimpl
def nexus_actions():
    return [margins, seen, reset]
"""
BOARD = """title = "Reports"
source = "shop"
"""
WIDGET = """
[[widgets]]
widget = "function"
title = "{title}"
[widgets.options]
action = "{action}"
parameters = {parameters}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    plugin(tmp_path, "reports", REPORTS)
    (tmp_path / "dashboards").mkdir()
    return tmp_path


@pytest.fixture
def app(project: Path) -> Iterator[Nexus]:
    with served(project, project=project) as nexus:
        yield nexus


def board(project: Path, *widgets: tuple[str, str]) -> None:
    said = "".join(WIDGET.format(title=action, action=action, parameters=given) for action, given in widgets)
    (project / "dashboards/reports.toml").write_text(BOARD + said)


def drawn(app: Nexus, at: int = 1, email: str = "ada@example.com") -> str:
    return signed_in(app, email).get(f"/dashboards/reports/~w/{at}").text


@pytest.mark.req("S003-WIDG-07")
def test_rows_of_a_function_are_a_table_and_one_value_stands_alone(app: Nexus, project: Path) -> None:
    hostile = '{ countries = ["DE", "<b>x</b>"], year = 2 }'
    board(project, ("reports.margins", hostile), ("reports.margins", "{ countries = [] }"))
    page = drawn(app)
    assert '<th scope="col">Country</th><th scope="col" class="is-num">Share</th>' in page
    assert '<data value="0.5">0.5</data>' in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "There is nothing." in drawn(app, 2)
    asked = signed_in(app).get("/dashboards/reports/~query/1")
    assert asked.status_code == 200


@pytest.mark.req("S003-WIDG-07")
def test_a_function_reads_with_the_rights_of_whoever_looks_and_needs_its_own(app: Nexus, project: Path) -> None:
    board(project, ("reports.seen", '{ table = "orders" }'))
    rule: Any = {"field": "customer.country", "op": "eq", "value": "NL"}
    looks = Grant(source="nexus", action="dashboard.view")
    rows = Grant(source="shop", resource="orders", action="row.list", rows=rule)
    asks = Grant(source="nexus", action="reports.seen")
    access = app.kernel.access
    for name, grants in (("dutch", (looks, rows, asks)), ("barred", (looks, rows))):
        access.roles.save(Role(name=name, grants=grants), by=SYSTEM)
        access.users.create(f"{name}@example.com", password=PASSWORD, roles=(name,), by=SYSTEM)
    assert '<data value="3">3</data>' in drawn(app)
    assert '<data value="2">2</data>' in drawn(app, email="dutch@example.com")
    barred = drawn(app, email="barred@example.com")
    assert "You cannot see what this is drawn from" in barred
    assert "reports.seen" not in barred.partition("nx-widget__error")[2]


@pytest.mark.parametrize(
    ("action", "given", "says"),
    [
        ("reports.reset", "{}", "reports.reset is no function of an extension that reads"),
        ("setting.list", "{}", "setting.list"),
        ("audit.list", "{}", "audit.list is no function of an extension that reads"),
        ("row.list", "{}", "row.list is no function of an extension that reads"),
        ("reports.margin", "{}", "reports.margins"),
        ("reports.margins", '{ country = "DE" }', "countries"),
    ],
)
def test_what_cannot_be_asked_says_why(app: Nexus, project: Path, action: str, given: str, says: str) -> None:
    board(project, (action, given))
    page = drawn(app)
    assert says in page.partition("nx-widget__error")[2]
