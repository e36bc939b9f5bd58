"""What programs are told of a schema."""

from __future__ import annotations

import json

import pytest

from nexus_admin.data.describe import describe
from nexus_admin.domain.resource import Field, Relation, Resource, Schema

CUSTOMERS = Resource(
    "shop", "customers", "customers", "Customers", "Customer", key=("id",), title_fields=("name",),
    fields=(Field("id", "ID", "integer", key=True), Field("name", "Name", "text"),
            Field("pw", "Pw", "text", secret=True, default="'x'")),
    relations=(Relation("orders", "Orders", "orders", True, (("id", "customer_id"),), inverse="customer"),),
)  # fmt: skip
ORDERS = Resource(
    "shop", "orders", "orders", "Orders", "Order", key=("id",), estimated_rows=7, sort=("-id",),
    fields=(
        Field("id", "ID", "integer", key=True),
        Field("status", "Status", "enum", choices=("new", "paid"), required=True),
        Field("customer_id", "Customer", "integer", relation="customer"),
    ),
    relations=(Relation("customer", "Customer", "customers", False, (("customer_id", "id"),), inverse="orders"),),
)  # fmt: skip
SHOP = Schema("shop", "sqlite", {"customers": CUSTOMERS, "orders": ORDERS}, unsure=("Something.",), version="1")


def test_everything_is_told_as_plain_json() -> None:
    told = json.loads(json.dumps(describe(SHOP)))
    assert (told["source"], told["dialect"], told["unsure"]) == ("shop", "sqlite", ["Something."])
    orders = told["resources"][1]
    assert (orders["name"], orders["type"], orders["key"], orders["title"]) == ("orders", "table", ["id"], [])
    assert (orders["writable"], orders["estimated_rows"], orders["schema"]) == (True, 7, None)
    fields = {one["name"]: one for one in orders["fields"]}
    assert fields["status"]["choices"] == ["new", "paid"]
    assert fields["status"]["required"]
    assert fields["customer_id"]["relation"] == {"resource": "customers", "field": "id", "name": "customer"}
    assert fields["id"]["relation"] is None
    assert orders["relations"][0]["to"] == "customers"
    assert not orders["relations"][0]["many"]


def test_the_default_of_a_secret_is_not_told() -> None:
    fields = {one["name"]: one for one in describe(SHOP)["resources"][0]["fields"]}
    assert fields["pw"]["secret"]
    assert fields["pw"]["default"] is None


@pytest.mark.parametrize("hidden", ["resource", "field"])
def test_what_the_asker_may_not_know_of_leaves_no_trace(hidden: str) -> None:
    def readable(resource: Resource) -> set[str] | None:
        if resource.name == "customers":
            return None if hidden == "resource" else {"name"}
        return set(resource.by_name)

    told = describe(SHOP, readable)
    text = json.dumps(told)
    orders = next(one for one in told["resources"] if one["name"] == "orders")
    assert orders["relations"] == []
    assert next(one for one in orders["fields"] if one["name"] == "customer_id")["relation"] is None
    assert "pw" not in text
    assert told["unsure"] == []
    assert ("customers" in text) == (hidden == "field")
