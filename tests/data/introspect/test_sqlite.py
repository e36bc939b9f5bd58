"""SQLite: what a scan finds in schemas of every sort."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from nexus_admin.data.introspect import introspect
from nexus_admin.domain.resource import Schema

Scan = Callable[[str], Schema]


@pytest.fixture
def scan(tmp_path: Path) -> Scan:
    def of(script: str) -> Schema:
        path = tmp_path / "some.db"
        with sqlite3.connect(path) as raw:
            raw.executescript(script)
        raw.close()
        engine = sa.create_engine(f"sqlite:///{path}")
        try:
            return introspect(engine, "some")
        finally:
            engine.dispose()

    return of


@pytest.mark.req("S003-PHIL-08", "S003-DATA-04")
def test_a_shop_that_nobody_described_gets_titles_relations_and_list_columns(scan: Scan) -> None:
    schema = scan("""
        CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT UNIQUE, password_hash TEXT);
        CREATE TABLE orders (id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE,
            customer_id INTEGER NOT NULL REFERENCES customers ON DELETE RESTRICT,
            status TEXT NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'paid', 'sent')),
            total NUMERIC(10, 2) CHECK (total >= 0), placed_at TIMESTAMP);
        CREATE INDEX by_date ON orders (placed_at);
        CREATE TABLE order_items (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders ON DELETE CASCADE,
            product TEXT, quantity INTEGER CHECK (quantity > 0));
    """)
    orders = schema.resource("orders")
    assert (orders.title, orders.singular, orders.icon) == ("Orders", "Order", "cart")
    assert orders.title_fields == ("number",)
    assert orders.sort == ("-placed_at",)
    assert orders.field("status").kind == "enum"
    assert orders.field("status").choices == ("new", "paid", "sent")
    assert not orders.field("status").required
    assert orders.field("total").kind == "money"
    assert orders.field("total").minimum == "0"
    assert orders.field("customer_id").title == "Customer"
    customer, items = orders.relation("customer"), orders.relation("items")
    assert (customer.to, customer.many, customer.inverse) == ("customers", False, "orders")
    assert (items.to, items.many, items.on_delete) == ("order_items", True, "cascade")
    assert schema.resource("order_items").field("quantity").minimum == "1"
    assert schema.resource("customers").field("password_hash").secret
    assert "password_hash" not in schema.resource("customers").list_fields


def test_one_broken_view_ends_nothing(scan: Scan) -> None:
    schema = scan("""
        CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT);
        CREATE VIEW broken AS SELECT gone FROM nowhere;
        CREATE VIEW fine AS SELECT id, name FROM a;
    """)
    assert set(schema.resources) == {"a", "fine"}
    assert any("broken" in sentence and "nowhere" in sentence for sentence in schema.unsure)
    assert schema.resource("fine").why_read_only is not None
