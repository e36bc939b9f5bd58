"""What changed in a database, told one by one."""

from __future__ import annotations

from dataclasses import replace

from nexus_admin.data.drift import diff
from nexus_admin.domain.resource import Field, Relation, Resource, Schema

ID = Field("id", "ID", "integer", native="INTEGER", key=True)
NAME = Field("name", "Name", "text", native="TEXT")
ORDERS = Resource("shop", "orders", "orders", "Orders", "Order", key=("id",), fields=(ID, NAME))


def schema(*resources: Resource) -> Schema:
    return Schema("shop", "sqlite", {one.name: one for one in resources})


def test_what_came_and_went_and_changed_is_told_in_sentences() -> None:
    old = schema(ORDERS, replace(ORDERS, name="gone", table="gone", fields=(ID,)))
    wide = replace(NAME, native="VARCHAR(9)", max_length=9)
    new = schema(
        replace(ORDERS, fields=(ID, wide, Field("total", "Total", "money", native="NUMERIC")), estimated_rows=99),
        replace(ORDERS, name="fresh", table="fresh", type="view", fields=(NAME,)),
    )
    assert [one.sentence for one in diff(old, new)] == [
        "The table gone is gone.",
        "The view fresh is new.",
        "orders.total (NUMERIC) is new.",
        "The type of orders.name was TEXT and is VARCHAR(9).",
        "The length of orders.name was none and is 9.",
    ]


def test_the_same_make_in_the_same_place_may_be_a_new_name() -> None:
    renamed = replace(ORDERS, fields=(ID, replace(NAME, name="title")))
    (field,) = diff(schema(ORDERS), schema(renamed))
    assert (field.kind, field.field, field.before, field.after) == ("renamed?", "name", "name", "title")
    (table,) = diff(schema(ORDERS), schema(replace(ORDERS, name="sales", table="sales")))
    assert (table.kind, table.before, table.after) == ("renamed?", "orders", "sales")


def test_relations_and_keys_are_compared_too() -> None:
    tie = Relation("parent", "Parent", "orders", False, (("id", "id"),))
    found = diff(schema(ORDERS), schema(replace(ORDERS, relations=(tie,), key=("id", "name"))))
    assert [one.sentence for one in found] == [
        "The key of orders was id and is id, name.",
        "orders leads to orders as parent.",
    ]


def test_nothing_changed_says_nothing() -> None:
    seen = replace(NAME, kind="enum", choices=("a",), open_choices=True)
    assert diff(schema(ORDERS), schema(replace(ORDERS, estimated_rows=5))) == []
    assert (
        diff(
            schema(replace(ORDERS, fields=(ID, seen))),
            schema(replace(ORDERS, fields=(ID, replace(seen, choices=("a", "b"))))),
        )
        == []
    )
