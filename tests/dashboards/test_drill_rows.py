"""Behind every mark of every generated widget lies a list with exactly as many rows, on real databases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from example_app.shop import generate
from nexus_admin.actions.rows.query import write_query
from nexus_admin.dashboards.draw import Painter
from nexus_admin.dashboards.drill import links
from nexus_admin.dashboards.narrowed import narrowed
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.address import text_of
from nexus_admin.domain.query import Listing, Query, Result
from nexus_admin.domain.resource import Schema
from nexus_admin.domain.role import Grant, Role
from nexus_admin.domain.row import RowPage
from nexus_admin.domain.target import Target
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Options

MOST = 12
"""Marks of one widget that are followed: the first ones and the last."""

LAST_DAYS = {"f.placed_at": "90 days"}


@pytest.fixture(params=["sqlite", "postgres"], scope="module")
def kernel(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    folder = tmp_path_factory.mktemp("drill")
    url = f"sqlite:///{folder}/shop.db"
    if request.param == "postgres":
        url = request.getfixturevalue("module_postgres_url")
        generate(url.replace("+psycopg", ""), orders=300)
    else:
        generate(folder / "shop.db", orders=300)
    kernel = Kernel(Options(urls=(("shop", url),), state=str(folder / "n.db"), environ={})).start()
    yield kernel
    kernel.stop()


def owner(_kernel: Kernel) -> Actor:
    return Actor("user:owner", name="owner", roles=("owner",))


def part(kernel: Kernel) -> Actor:
    """Sees what German customers ordered, and no totals."""
    rule = {"field": "customer.country", "op": "eq", "value": "DE"}
    reading = ("row.list", "row.read", "query.run")
    grants = [
        Grant(source="shop", resource="orders", action=one, rows=rule, fields={"total": "hidden"}) for one in reading
    ]
    grants += [Grant(source="shop", resource=name, action=one) for one in reading for name in ("customers", "products")]
    grants += [Grant(source="nexus", action="dashboard.view")]
    kernel.access.roles.save(Role(name="part", grants=tuple(grants)), by=Actor.system("test"))
    return Actor("user:part", name="part", roles=("part",))


class Reader:
    """Somebody who draws, and follows links."""

    def __init__(self, kernel: Kernel, actor: Actor, zone: str) -> None:
        self.kernel, self.actor, self.zone = kernel, actor, zone
        whole = kernel.sources.get("shop").schema
        self.schema: Schema = narrowed(
            whole, lambda name: kernel.access.decide(actor, "row.list", "shop", whole.resource(name))
        )
        widgets = kernel.declared.widgets
        self.painter = Painter(widgets, lambda _: self.schema, self.run, self.rows, lambda _widget, _context: "")

    def perform(self, action: str, target: Target, data: dict[str, Any]) -> Any:
        return self.kernel.perform(Call(action, target, data, self.actor, zone=self.zone))

    def run(self, query: Query) -> Result:
        found: Result = self.perform("query.run", Target("shop", query.resource), write_query(query))
        return found

    def rows(self, asked: Listing) -> RowPage:
        page: RowPage = self.perform("row.list", Target("shop", asked.resource), {"limit": 1}).page
        return page

    def behind(self, link: str) -> int:
        parts = urlsplit(link)
        resource = text_of(parts.path.rpartition("/")[2])
        given = {"how": "exact", **{name: values[0] for name, values in parse_qs(parts.query).items()}}
        count: int = self.perform("row.count", Target("shop", resource), given).value
        return count


@pytest.mark.req("S003-WIDG-02")
@pytest.mark.parametrize(("who", "zone"), [(owner, "UTC"), (owner, "America/New_York"), (part, "Asia/Kolkata")])
def test_every_mark_counts_the_rows_of_its_list(kernel: Kernel, who: Any, zone: str) -> None:
    reader = Reader(kernel, who(kernel), zone)
    followed = 0
    for table in (None, *reader.schema.resources):
        told = {"source": "shop", "resource": table}
        board = reader.perform("dashboard.generate", Target("nexus"), told).dashboard
        for at in range(len(board.widgets)):
            for given in ({}, LAST_DAYS):
                for query in reader.painter.asked(board, at, given):
                    if isinstance(query, Query) and all(one.fn == "count" for one in query.measures):
                        followed += follow(reader, query)
    assert followed > 100


def follow(reader: Reader, query: Query) -> int:
    """Follow the first and last marks; where nothing was cut, together they are all rows."""
    result = reader.run(query)
    there = links(query, result, reader.schema)
    places = [*range(len(there))][:MOST] + [*range(len(there))][MOST:][-2:]
    for at in places:
        link = there[at]
        assert link is not None, f"{query} {result.rows[at]} leads nowhere"
        assert reader.behind(link) == result.rows[at][-1], f"{result.rows[at]} behind {link}"
    return len(places)
