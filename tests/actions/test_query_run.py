"""`query.run` gives what Python gives over the rows that its asker may list, on three engines."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import sqlalchemy as sa

from nexus_admin.actions.answers import Answers
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import BadExpression, BadRequest, NexusError, UnknownField, UnknownResource
from nexus_admin.domain.query import Result
from nexus_admin.domain.role import Grant, Role
from nexus_admin.domain.target import Target
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Options

CUSTOMERS = [(1, "Ada", "FR", "a@x.org"), (2, "Bo", "DE", "b@x.org"), (3, "Cy", None, "c@x.org"), (4, "Di", "FR", None)]
STATES = ("open", "paid", "it's", 'a "b"')
ORDERS = Target("shop", "orders")
SYSTEM = Actor.system("test")


def fill(url: str) -> None:
    """Make the shop; every tenth order has no customer, every seventh no total."""
    chance = random.Random(3)
    text = (
        "create table orders (id integer primary key, customer_id integer references customers (id), status varchar(20)"
    )
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "create table customers (id integer primary key, name varchar(40), country varchar(2), email varchar(40))"
        )
        connection.exec_driver_sql(f"{text} not null, total decimal(10, 2), placed_on date not null)")
        connection.execute(
            sa.text("insert into customers values (:a, :b, :c, :d)"),
            [dict(zip("abcd", one, strict=True)) for one in CUSTOMERS],
        )
        connection.execute(
            sa.text("insert into orders values (:id, :customer, :status, :total, :placed)"),
            [
                {
                    "id": at,
                    "customer": None if at % 10 == 0 else chance.randint(1, 4),
                    "status": chance.choice(STATES),
                    "total": None if at % 7 == 0 else f"{chance.randint(0, 9000) / 100:.2f}",
                    "placed": f"2026-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
                }
                for at in range(1, 121)
            ],
        )
    engine.dispose()


@dataclass
class Shop:
    """A kernel on one engine, and who asks it."""

    kernel: Kernel

    def perform(self, action: str, target: Target, data: Mapping[str, Any], actor: Actor) -> Any:
        return self.kernel.perform(Call(action, target, data, actor))

    def ask(self, actor: Actor, **query: Any) -> Result:
        found: Result = self.perform("query.run", ORDERS, query, actor)
        return found

    def actor(self, name: str, *grants: Grant) -> Actor:
        self.kernel.access.roles.save(Role(name=name, grants=grants), by=SYSTEM)
        return Actor(f"user:{name}", name=name, roles=(name,), attributes={"country": "FR"})

    def rows(self, actor: Actor) -> list[dict[str, Any]]:
        """What the list gives, with the customer's country beside each row."""
        fields = "id,status,total,placed_on,customer.country"
        listing = self.perform("row.list", ORDERS, {"limit": 1000, "fields": fields}, actor)
        return [dict(row) for row in listing.page.rows]


@pytest.fixture(params=["sqlite", "module_postgres_url", "module_mariadb_url"], scope="module")
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder: Path = tmp_path_factory.mktemp("shop")
    url = f"sqlite:///{folder}/shop.db" if request.param == "sqlite" else request.getfixturevalue(request.param)
    fill(url)
    options = Options(urls=(("shop", url),), state=str(folder / "nexus.db"), allow_writes=True, environ={})
    kernel = Kernel(options).start()
    yield Shop(kernel)
    kernel.stop()


def everything(shop: Shop) -> Actor:
    return shop.actor("all", Grant(action="*"))


def french(shop: Shop) -> Actor:
    """May see orders of customers from their own country; and no email of anybody."""
    rule = {"field": "customer.country", "op": "eq", "value": {"var": "me.country"}}
    reading = ("row.list", "row.read", "query.run")
    return shop.actor(
        "french",
        *(Grant(source="shop", resource="orders", action=name, rows=rule) for name in reading),
        *(Grant(source="shop", resource="customers", action=name, fields={"email": "masked"}) for name in reading),
    )


FIGURES: dict[str, Callable[[list[Any]], Any]] = {
    "count": len,
    "count_distinct": lambda values: len(set(values)),
    "sum": sum,
    "avg": lambda values: sum(values) / len(values),
    "min": min,
    "max": max,
    "median": median,
}


@pytest.mark.parametrize("by", ["status", "customer.country", "placed_on"])
@pytest.mark.parametrize("who", [everything, french])
def test_every_figure_is_that_of_the_rows_in_the_list(shop: Shop, by: str, who: Callable[[Shop], Actor]) -> None:
    actor = who(shop)
    grain = {"grain": "month"} if by == "placed_on" else {}
    measures = [{"fn": fn, "field": "total", "as": fn} for fn in FIGURES]
    found = shop.ask(
        actor, dimensions=[{"field": by, "as": "by"} | grain], measures=[*measures, {"fn": "count", "as": "n"}]
    )
    groups: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for row in shop.rows(actor):
        groups[row[by].replace(day=1) if grain else row[by]].append(row)
    assert {row[0] for row in found.rows} == set(groups)
    for key, *figures, number in found.rows:
        totals = [row["total"] for row in groups[key] if row["total"] is not None]
        assert number == len(groups[key])
        for (fn, compute), value in zip(FIGURES.items(), figures, strict=True):
            expected = compute(totals) if totals or fn.startswith("count") else None
            if expected is None:
                assert value is None
            else:
                assert float(value) == pytest.approx(float(expected), abs=1e-4), fn


def test_a_rule_narrows_what_is_asked_and_what_is_walked_to(shop: Shop) -> None:
    actor = french(shop)
    found = shop.ask(actor, dimensions=["customer.country"])
    assert [row[0] for row in found.rows] == ["FR"]
    assert shop.ask(actor).rows[0][0] == len(shop.rows(actor)) < shop.ask(everything(shop)).rows[0][0]


def test_what_is_masked_or_hidden_is_answered_like_what_is_not_there(shop: Shop) -> None:
    actor = french(shop)
    for query in (
        {"dimensions": ["customer.email"]},
        {"measures": [{"fn": "count_distinct", "field": "customer.email"}]},
        {"filter": "customer.email:*x*"},
        {"measures": [{"fn": "count", "filter": "customer.email:*x*"}]},
    ):
        with pytest.raises(UnknownField, match="email"):
            shop.ask(actor, **query)
    with pytest.raises(UnknownResource):
        shop.ask(shop.actor("blind", Grant(source="shop", resource="customers", action="*")))


def test_a_mistake_is_named_with_its_neighbour(shop: Shop) -> None:
    actor = everything(shop)
    wrong: list[tuple[dict[str, Any], type[NexusError], str]] = [
        ({"dimension": ["status"]}, BadRequest, "Did you mean 'dimensions'"),
        ({"dimensions": ["stats"]}, UnknownField, "Did you mean 'status'"),
        ({"measures": [{"fn": "summ", "field": "total"}]}, BadRequest, "Did you mean 'sum'"),
        ({"filter": "totl:>1"}, BadExpression, "Did you mean 'total'"),
        ({"resource": "customers"}, BadRequest, "not about shop/orders"),
        ({"source": "other"}, BadRequest, "other"),
        ({"limit": 50_001}, BadRequest, "50,000"),
    ]
    for query, error, sentence in wrong:
        with pytest.raises(error, match=sentence):
            shop.ask(actor, **query)


def test_the_limit_cuts_and_says_so_and_groups_can_be_narrowed(shop: Shop) -> None:
    actor = everything(shop)
    query: dict[str, Any] = {
        "dimensions": ["status"],
        "measures": [{"fn": "sum", "field": "total", "as": "revenue"}],
        "sort": ["-revenue"],
    }
    whole = shop.ask(actor, **query)
    cut = shop.ask(actor, **query, limit=2)
    assert (len(whole.rows), whole.truncated, cut.truncated) == (len(STATES), False, True)
    assert cut.rows == whole.rows[:2]
    assert [row[1] for row in whole.rows] == sorted((row[1] for row in whole.rows), reverse=True)
    between = (float(whole.rows[1][1]) + float(whole.rows[2][1])) / 2
    assert shop.ask(actor, **query, having=f"revenue:>{between:.3f}").rows == whole.rows[:2]


def test_an_answer_may_be_remembered_but_never_beyond_a_write_or_for_other_rights(shop: Shop) -> None:
    owner, other = everything(shop), french(shop)
    shop.kernel.services.get(Answers).forget("shop")
    first = shop.ask(owner, max_age=600)
    again = shop.ask(owner, max_age=600)
    assert (first.rows, first.age) == (again.rows, 0)
    assert again.age > 0
    assert shop.ask(other, max_age=600).rows != first.rows
    assert shop.ask(owner).age == 0
    values = {"id": 5000, "customer_id": 1, "status": "open", "total": "1.00", "placed_on": "2026-01-01"}
    shop.perform("row.create", ORDERS, {"values": values}, owner)
    after = shop.ask(owner, max_age=600)
    assert after.rows[0][0] == first.rows[0][0] + 1
    shop.perform("row.delete", Target("shop", "orders", "5000"), {}, owner)


def test_values_come_as_their_kinds_have_them(shop: Shop) -> None:
    measures = [{"fn": "max", "field": name} for name in ("total", "placed_on")]
    found = shop.ask(everything(shop), dimensions=["status"], measures=measures)
    kinds = {type(value).__name__ for row in found.rows for value in row}
    assert kinds <= {"str", "Decimal", "float", "date"}
    assert all(isinstance(row[2], type(found.rows[0][2])) for row in found.rows)
    assert all(Decimal(str(row[1])) <= 90 for row in found.rows)
