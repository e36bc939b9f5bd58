"""What every source must do with filters: give the rows that Python gives for the same expression."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from nexus_admin.domain.actor import Actor
from nexus_admin.domain.expression import And, Comparison, Count, Expression, Not, Or, Quantified, Search, Variable
from nexus_admin.domain.resource import Relation
from nexus_admin.domain.row import ListRequest, Row
from nexus_admin.language.evaluate import evaluate
from nexus_admin.language.variables import Variables
from nexus_admin.testing.contract_world import User, WorldContract


def where(field: str, op: str, value: object = None) -> Comparison:
    """Return a comparison of a dotted path."""
    return Comparison(tuple(field.split(".")), op, value)


CUSTOMERS: tuple[Expression, ...] = (
    where("country", "eq", "FR"),
    where("country", "ne", "FR"),
    where("country", "in", ("FR", "IT")),
    where("country", "not_in", ("FR", "IT")),
    where("country", "in", ()),
    where("email", "is_null"),
    where("email", "not_null"),
    where("email", "ne", "ann@example.com"),
    where("email", "contains", "EXAMPLE"),
    where("email", "not_contains", "ann"),
    where("email", "contains", "%"),
    where("email", "contains", "_nn"),
    where("name", "starts_with", "a"),
    where("name", "ends_with", "B"),
    where("name", "ends_with", "K"),
    where("email", "is_empty"),
    where("email", "not_empty"),
    where("credit", "gt", "5.5"),
    where("credit", "between", (0, 5.5)),
    where("active", "eq", True),
    where("born", "lt", "2000-01-01"),
    where("born", "eq", "1990-02-28"),
    where("born", "in_period", "this_year"),
    Not(where("born", "lt", "2000-01-01")),
    Not(And((where("country", "eq", "FR"), where("email", "not_null")))),
    Or((where("country", "eq", "DE"), where("credit", "ge", 10))),
    Or(()),
    And(()),
    Search("ann"),
    where("name", "eq", Variable("me.name")),
    Quantified("any", ("orders",), where("total", "gt", 43)),
    Quantified("none", ("orders",), where("total", "gt", 43)),
    Quantified("all", ("orders",), where("total", "lt", 44)),
    Quantified("any", ("reviews",), where("stars", "eq", 5)),
    Quantified("none", ("reviews",)),
    Count(("reviews",), "ge", 1),
    Count(("reviews",), "eq", 0),
    Count(("orders",), "gt", 3, where("total", "lt", 15)),
)
ORDERS: tuple[Expression, ...] = (
    where("customer.country", "eq", "FR"),
    where("customer.country", "ne", "FR"),
    where("customer.email", "is_null"),
    And((where("customer.name", "eq", "Bob"), where("total", "lt", 20))),
    Quantified("any", ("items",), where("product", "eq", "p2")),
    Count(("items",), "between", (1, 2)),
    where("id", "in", (1, 2, 3)),
)


class FilterContract(WorldContract):
    """Filters give the rows that Python gives."""

    @pytest.mark.parametrize("expr", CUSTOMERS, ids=repr)
    def test_a_filter_of_customers_agrees_with_python(self, user: User, expr: Expression) -> None:
        """The rows that SQL gives are those that `evaluate` holds for."""
        _agree(user, "customers", expr)

    @pytest.mark.parametrize("expr", ORDERS, ids=repr)
    def test_a_filter_of_orders_agrees_with_python(self, user: User, expr: Expression) -> None:
        """The same along relations."""
        _agree(user, "orders", expr)


def _agree(user: User, resource: str, expr: Expression) -> None:
    user.attributes = {"name": "Bob"}
    variables = Variables(
        Actor("user:contract", attributes=user.attributes), datetime(2025, 6, 1, tzinfo=UTC), ZoneInfo("UTC")
    )
    rows = user.read.list(resource, ListRequest(limit=1000)).rows
    related = _related(user)
    held = [row["id"] for row in rows if evaluate(expr, row, user.source.schema, resource, variables, related)]
    found = user.read.list(resource, ListRequest(where=expr, limit=1000)).rows
    assert sorted(row["id"] for row in found) == sorted(held)
    assert user.read.count(resource, ListRequest(where=expr), "exact").value == len(held)


def _related(user: User) -> Callable[[Relation, Row], Sequence[Row]]:
    known: dict[str, list[Row]] = {}

    def related(relation: Relation, row: Row) -> list[Row]:
        if relation.to not in known:
            known[relation.to] = user.read.list(relation.to, ListRequest(limit=1000)).rows
        return [far for far in known[relation.to] if all(far[theirs] == row[ours] for ours, theirs in relation.pairs)]

    return related
