"""A small schema made by hand, for tests that need no database: customers, their orders, the items, products."""

from __future__ import annotations

from nexus_admin.domain.resource import Field, Relation, Resource, Schema


def shop(source: str = "shop") -> Schema:
    """Return a shop of four tables: kinds of every sort, to-one and to-many relations, an enum, money."""
    tables = (_customers(source), _orders(source), _items(source), _products(source))
    return Schema(source, "sqlite", {one.name: one for one in tables})


def _key(name: str = "id") -> Field:
    return Field(name, "Id", "integer", nullable=False, key=True, unique=True, native="INTEGER")


def _customers(source: str) -> Resource:
    return Resource(
        source,
        "customers",
        "customers",
        "Customers",
        "Customer",
        key=("id",),
        fields=(
            _key(),
            Field("name", "Name", "text", nullable=False),
            Field("email", "Email", "email"),
            Field("country", "Country", "text", nullable=False),
            Field("vip", "VIP", "boolean", nullable=False),
            Field("created_at", "Created", "datetime", nullable=False, native="TIMESTAMP"),
        ),
        relations=(Relation("orders", "Orders", "orders", True, (("id", "customer_id"),), inverse="customer"),),
        title_fields=("name",),
        list_fields=("name", "email", "country", "created_at"),
        search_fields=("name", "email"),
        estimated_rows=120,
    )


def _orders(source: str) -> Resource:
    return Resource(
        source,
        "orders",
        "orders",
        "Orders",
        "Order",
        key=("id",),
        fields=(
            _key(),
            Field("number", "Number", "text", nullable=False, unique=True),
            Field("customer_id", "Customer", "integer", relation="customer"),
            Field("status", "Status", "enum", nullable=False, choices=("open", "paid", "shipped", "cancelled")),
            Field("total", "Total", "money", precision=12, scale=2, unit="EUR"),
            Field("discount", "Discount", "percent"),
            Field("placed_at", "Placed", "datetime", nullable=False, native="TIMESTAMP"),
            Field("shipped_on", "Shipped", "date"),
            Field("note", "Note", "long_text", tucked=True),
        ),
        relations=(
            Relation("customer", "Customer", "customers", False, (("customer_id", "id"),), inverse="orders"),
            Relation("items", "Items", "order_items", True, (("id", "order_id"),), inverse="order"),
        ),
        title_fields=("number",),
        list_fields=("number", "customer_id", "status", "total", "placed_at"),
        search_fields=("number",),
        sort=("-placed_at",),
        estimated_rows=900,
    )


def _items(source: str) -> Resource:
    return Resource(
        source,
        "order_items",
        "order_items",
        "Order items",
        "Order item",
        key=("order_id", "product_id"),
        fields=(
            Field("order_id", "Order", "integer", nullable=False, key=True, relation="order"),
            Field("product_id", "Product", "integer", nullable=False, key=True, relation="product"),
            Field("quantity", "Quantity", "integer", nullable=False),
            Field("price", "Price", "money", unit="EUR"),
        ),
        relations=(
            Relation("order", "Order", "orders", False, (("order_id", "id"),), inverse="items"),
            Relation("product", "Product", "products", False, (("product_id", "id"),), inverse="items"),
        ),
        list_fields=("order_id", "product_id", "quantity", "price"),
        estimated_rows=2500,
    )


def _products(source: str) -> Resource:
    return Resource(
        source,
        "products",
        "products",
        "Products",
        "Product",
        key=("id",),
        fields=(
            _key(),
            Field("title", "Title", "text", nullable=False),
            Field("category", "Category", "text", choices=("packs", "tents", "stoves"), open_choices=True),
            Field("price", "Price", "money", unit="EUR"),
            Field("weight", "Weight", "decimal"),
        ),
        relations=(Relation("items", "Order items", "order_items", True, (("id", "product_id"),), inverse="product"),),
        title_fields=("title",),
        list_fields=("title", "category", "price"),
        search_fields=("title",),
        estimated_rows=60,
    )
