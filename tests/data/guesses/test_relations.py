"""Ways between tables: their names, join tables, and ties that nobody declared."""

from __future__ import annotations

from collections.abc import Mapping

from nexus_admin.data.catalog import Catalog, FoundColumn, FoundForeignKey, FoundTable
from nexus_admin.data.guesses.schema import schema_of
from nexus_admin.data.guesses.undeclared import Measured, candidates
from nexus_admin.domain.resource import Schema


def table(
    name: str, ties: Mapping[str, str] | None = None, *columns: str, key: tuple[str, ...] = ("id",)
) -> FoundTable:
    """Make a table with an integer key, columns that lead to the `id` of others, and some texts."""
    ties = ties or {}
    own = [FoundColumn(column, "integer", "integer", nullable=False) for column in key if column not in ties]
    own += [FoundColumn(column, "integer", "integer") for column in ties]
    own += [FoundColumn(column, "text", "text") for column in columns]
    keys = tuple(FoundForeignKey((column,), (None, target), ("id",)) for column, target in ties.items())
    return FoundTable(None, name, columns=tuple(own), primary_key=key, foreign_keys=keys)


def schema(*tables: FoundTable) -> Schema:
    return schema_of("some", Catalog("postgresql", "public", tables))


def names(world: Schema, resource: str) -> dict[str, str]:
    return {one.name: one.to for one in world.resource(resource).relations}


def test_two_ways_to_one_table_are_told_apart_by_their_roles() -> None:
    world = schema(
        table("addresses"),
        table("customers"),
        table(
            "orders",
            {"customer_id": "customers", "billing_address_id": "addresses", "shipping_address_id": "addresses"},
        ),
    )
    assert names(world, "orders") == {
        "customer": "customers",
        "billing_address": "addresses",
        "shipping_address": "addresses",
    }
    assert names(world, "addresses") == {"billing_orders": "orders", "shipping_orders": "orders"}
    assert world.resource("addresses").relation("billing_orders").title == "Orders (billing address)"


def test_a_table_that_leads_to_itself_has_parents_and_children() -> None:
    world = schema(table("categories", {"parent_id": "categories"}), table("staff", {"ReportsTo": "staff"}))
    assert names(world, "categories") == {"parent": "categories", "children": "categories"}
    assert names(world, "staff") == {"manager": "staff", "reports": "staff"}


def test_a_relation_never_takes_a_fields_name() -> None:
    world = schema(
        table("users"),
        table("issues", {"user": "users", "resolved_by": "users"}),
        table("notes", {"author": "users"}, "author_record"),
    )
    for resource in world.resources.values():
        taken = {field.name for field in resource.fields}
        given = [one.name for one in resource.relations]
        assert not taken & set(given)
        assert len(given) == len(set(given))
    assert world.resource("issues").relation("resolved_by_user").title == "Resolved by"


def test_a_join_table_is_folded_and_stays_reachable() -> None:
    world = schema(
        table("posts"),
        table("tags"),
        table("post_tags", {"post_id": "posts", "tag_id": "tags"}, key=("post_id", "tag_id")),
    )
    tags = world.resource("posts").relation("tags")
    assert tags.through is not None
    assert (tags.to, tags.through.resource, tags.inverse) == ("tags", "post_tags", "posts")
    assert (tags.through.near, tags.through.far) == ((("id", "post_id"),), (("tag_id", "id"),))
    assert world.resource("post_tags").tucked
    assert names(world, "post_tags") == {"post": "posts", "tag": "tags"}
    assert world.resource("post_tags").title_fields == ("post_id", "tag_id")


def test_a_join_table_that_carries_more_is_a_table_of_its_own() -> None:
    world = schema(
        table("orders"),
        table("products"),
        table("order_items", {"order_id": "orders", "product_id": "products"}, "note", key=("order_id", "product_id")),
    )
    assert not world.resource("order_items").tucked
    assert names(world, "orders") == {"items": "order_items"}
    assert names(world, "products") == {"order_items": "order_items"}


def test_a_direct_way_keeps_the_plain_name() -> None:
    world = schema(
        table("users"),
        table("notes", {"user_id": "users"}),
        table("note_likes", {"note_id": "notes", "user_id": "users"}, key=("note_id", "user_id")),
    )
    assert world.resource("users").relation("notes").through is None
    assert world.resource("users").relation("note_likes").title == "Notes (note likes)"


def test_undeclared_relations_are_kept_where_the_values_speak_for_them() -> None:
    tables = (
        table("customers"),
        table("orders", None, key=("id", "customer_id")),
        table("visits", None, key=("id", "customer_id")),
        table("posts", None, "item_type", key=("id", "item_id")),
        table("items"),
    )
    catalog = Catalog("postgresql", "public", tables)
    found = list(candidates(catalog))
    assert {(one.table[1], one.column, one.target[1]) for one in found} == {
        ("orders", "customer_id", "customers"),
        ("visits", "customer_id", "customers"),
    }
    measured = {found[0]: Measured(1000, 987), found[1]: Measured(1000, 600)}
    world = schema_of("some", catalog, {}, found, measured)
    customer = world.resource("orders").relation("customer")
    assert not customer.declared
    assert customer.evidence == "98.7 % of orders.customer_id are found in customers.id"
    assert not world.resource("visits").relations
    assert any(sentence.startswith("Only 60 % of visits.customer_id") for sentence in world.unsure)


def test_a_tie_to_a_tenant_tells_little() -> None:
    things = [table(f"thing{number}s", {"tenant_id": "tenants"}) for number in range(12)]
    world = schema(
        table("tenants"),
        *things,
        table("orders", {"tenant_id": "tenants", "thing_id": "thing1s"}, *[f"text{number}" for number in range(8)]),
    )
    listed = world.resource("orders").list_fields
    assert "thing_id" in listed
    assert "tenant_id" not in listed[:4]


def test_equal_catalogs_have_equal_versions_and_others_have_not() -> None:
    one, same = (
        schema(table("users"), table("notes", {"user_id": "users"})),
        schema(table("users"), table("notes", {"user_id": "users"})),
    )
    other = schema(table("users"), table("notes", {"user_id": "users"}, "more"))
    assert one.version == same.version
    assert one.version != other.version
