"""SQLite: what a scan finds in schemas of every sort."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from nexus_admin.data.introspect import introspect
from tests.data.introspect.scans import Scan

SHOP = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT UNIQUE, password_hash TEXT);
CREATE TABLE orders (id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE,
    customer_id INTEGER NOT NULL REFERENCES customers ON DELETE RESTRICT,
    status TEXT NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'paid', 'sent')),
    total NUMERIC(10, 2) CHECK (total >= 0), placed_at TIMESTAMP);
CREATE INDEX by_date ON orders (placed_at);
CREATE TABLE order_items (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders ON DELETE CASCADE,
    product TEXT, quantity INTEGER CHECK (quantity > 0));
"""


@pytest.mark.req("S003-PHIL-08")
def test_a_shop_that_nobody_described_gets_titles_relations_and_list_columns(scan: Scan) -> None:
    schema = scan(SHOP)
    orders = schema.resource("orders")
    assert (orders.title, orders.singular, orders.icon) == ("Orders", "Order", "cart")
    assert orders.title_fields == ("number",)
    assert orders.sort == ("-placed_at",)
    assert orders.list_fields[0] == "number"
    assert orders.search_fields == ("number",)
    assert orders.field("status").choices == ("new", "paid", "sent")
    assert not orders.field("status").required
    assert orders.field("customer_id").required
    assert (orders.field("total").kind, orders.field("total").minimum) == ("money", "0")
    assert orders.field("customer_id").title == "Customer"
    customer, items = orders.relation("customer"), orders.relation("items")
    assert (customer.to, customer.many, customer.inverse) == ("customers", False, "orders")
    assert (items.to, items.many, items.on_delete) == ("order_items", True, "cascade")
    assert schema.resource("order_items").field("quantity").minimum == "1"


def test_secrets_are_known_by_their_names_and_left_out_of_lists(scan: Scan) -> None:
    customers = scan(SHOP).resource("customers")
    assert customers.field("password_hash").secret
    assert customers.field("password_hash").tucked
    assert "password_hash" not in (*customers.list_fields, *customers.search_fields)


@pytest.mark.req("S003-CRUD-01")
def test_one_broken_view_ends_nothing(scan: Scan) -> None:
    schema = scan("""
CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT);
CREATE VIEW broken AS SELECT gone FROM nowhere;
CREATE VIEW fine AS SELECT id, name FROM a;
""")
    assert set(schema.resources) == {"a", "fine"}
    assert any("broken" in sentence and "nowhere" in sentence for sentence in schema.unsure)
    assert not schema.resource("fine").writable
    assert schema.resource("fine").why_read_only == "It is a view: its rows are made from other tables."


def test_hostile_names_are_names_like_others(scan: Scan) -> None:
    odd = ["x.y", "per%cent", "col:on", "semi;colon", 'quo"te', "new\nline", "sla/sh", "back`tick", "[br]", "'", "注文"]
    columns = ", ".join('"' + name.replace('"', '""') + '" TEXT' for name in odd)
    schema = scan(f"""
CREATE TABLE "" (a INTEGER PRIMARY KEY);
CREATE TABLE "select" ("from" INTEGER PRIMARY KEY, "where" TEXT);
CREATE TABLE "a.b %s :x; ""q"" 'z'" (id INTEGER PRIMARY KEY, {columns});
INSERT INTO "a.b %s :x; ""q"" 'z'" (id, "x.y") VALUES (1, 'a');
CREATE VIEW "v w" AS SELECT * FROM "select";
""")
    assert set(schema.resources) == {"", "select", "a.b %s :x; \"q\" 'z'", "v w"}
    assert [field.name for field in schema.resource("a.b %s :x; \"q\" 'z'").fields] == ["id", *odd]
    assert schema.resource("").title == "(no name)"
    assert schema.resource("select").key == ("from",)
    assert not any("looked at" in sentence for sentence in schema.unsure)


def test_a_table_without_a_key_is_told_apart_by_the_row_number_where_its_name_is_free(scan: Scan) -> None:
    schema = scan("""
CREATE TABLE plain (a TEXT);
CREATE TABLE taken (rowid TEXT, a INT);
CREATE TABLE all_taken (rowid TEXT, _rowid_ TEXT, OID TEXT);
CREATE TABLE uniq (code TEXT NOT NULL UNIQUE, v TEXT);
CREATE TABLE half (code TEXT UNIQUE, v TEXT);
""")
    assert schema.resource("plain").key == ("rowid",)
    number = schema.resource("plain").field("rowid")
    assert (number.kind, number.key, number.generated, number.tucked, number.writable) == (
        "integer", True, True, True, False,
    )  # fmt: skip
    assert schema.resource("plain").writable
    assert schema.resource("taken").key == ("_rowid_",)
    assert schema.resource("taken").field("rowid").kind == "text"
    assert schema.resource("all_taken").key == ()
    assert schema.resource("all_taken").why_read_only == "It has no key, so a row cannot be told from its copies."
    assert schema.resource("uniq").key == ("code",)
    assert schema.resource("half").key == ("rowid",)


def test_the_row_number_fills_an_integer_primary_key_and_no_other(scan: Scan) -> None:
    schema = scan("""
CREATE TABLE a (id INTEGER PRIMARY KEY);
CREATE TABLE b (id INT PRIMARY KEY);
CREATE TABLE c (id INTEGER PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE d (k TEXT PRIMARY KEY);
""")
    required = {one.name: one.field(one.key[0]).required for one in schema.resources.values()}
    assert required == {"a": False, "b": True, "c": True, "d": True}


def test_shadow_tables_are_tucked_away_and_never_written(scan: Scan) -> None:
    schema = scan("""
CREATE VIRTUAL TABLE texts USING fts5(title, body);
CREATE VIRTUAL TABLE boxes USING rtree(id, minx, maxx);
""")
    shadows = [one for one in schema.resources.values() if one.tucked]
    assert {"texts_data", "texts_idx", "boxes_node", "boxes_rowid"} <= {one.name for one in shadows}
    assert not any(one.writable for one in shadows)
    assert not schema.resource("texts").tucked
    assert not schema.resource("texts").writable


def test_what_a_column_holds_outweighs_what_it_was_declared_as(scan: Scan) -> None:
    held = scan("""
CREATE TABLE odd (id INTEGER PRIMARY KEY, d DATE, b BOOLEAN, day DATETIME, made TEXT, n INTEGER, j JSON, x, y ANYTHING);
INSERT INTO odd VALUES (1, '0000-00-00', 2, '2024-01-01', '2024-01-01 10:00:00', 1.5, '[1]', 'a', 1),
    (2, 'infinity', 0, '2024-02-01', '2024-01-02 10:00:00', 2, '{}', 3, 'b'),
    (3, '', 1, '2024-03-01', '2024-01-03 10:00:00', 3, NULL, NULL, x'00');
""").resource("odd")
    kinds = {field.name: (field.kind, field.as_text) for field in held.fields}
    assert kinds == {
        "id": ("integer", False),
        "d": ("text", True),
        "b": ("integer", False),
        "day": ("date", False),
        "made": ("datetime", False),
        "n": ("decimal", False),
        "j": ("json", False),
        "x": ("unknown", True),
        "y": ("unknown", True),
    }


def test_texts_that_are_not_utf8_do_not_end_a_scan(tmp_path: Path) -> None:
    path = tmp_path / "bad.db"
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)")
        raw.execute("INSERT INTO t VALUES (1, CAST(x'ff41' AS TEXT))")
    raw.close()
    engine = sa.create_engine(f"sqlite:///{path}")
    schema = introspect(engine, "bad")
    engine.dispose()
    assert schema.resource("t").title_fields == ("name",)
    assert schema.unsure == ()


def test_a_thousand_columns_are_no_trouble(scan: Scan) -> None:
    columns = ", ".join(f"c{number} TEXT" for number in range(1000))
    schema = scan(f"CREATE TABLE wide (id INTEGER PRIMARY KEY, {columns});\nINSERT INTO wide (id) VALUES (1);\n")
    assert len(schema.resource("wide").fields) == 1001
    assert len(schema.resource("wide").list_fields) <= 8


def test_generated_columns_and_foreign_keys_to_the_primary_key_that_nobody_named(scan: Scan) -> None:
    schema = scan("""
CREATE TABLE pairs (a INT, b INT, PRIMARY KEY (a, b));
CREATE TABLE kids (id INTEGER PRIMARY KEY, a INT, b INT, twice INT GENERATED ALWAYS AS (a * 2) VIRTUAL,
    more INT AS (a + 1) STORED, gone INT REFERENCES nowhere(id), FOREIGN KEY (A, B) REFERENCES PAIRS);
""")
    kids = schema.resource("kids")
    assert [name for name in ("twice", "more") if kids.field(name).generated] == ["twice", "more"]
    assert not kids.field("twice").writable
    assert kids.field("twice").why_read_only == "The database computes it."


def test_row_counts_are_estimated_and_never_counted(scan: Scan) -> None:
    schema = scan("""
CREATE TABLE a (id INTEGER PRIMARY KEY);
INSERT INTO a VALUES (1), (2), (5);
CREATE TABLE b (k TEXT PRIMARY KEY) WITHOUT ROWID;
""")
    assert schema.resource("a").estimated_rows == 5
    assert schema.resource("b").estimated_rows is None


def test_a_scan_tells_how_far_it_is_and_may_leave_rows_alone(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'some.db'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE a (id INTEGER PRIMARY KEY)")
        connection.exec_driver_sql("CREATE TABLE b (id INTEGER PRIMARY KEY)")
    told: list[tuple[str, int, int]] = []
    introspect(engine, "some", progress=lambda name, done, of: told.append((name, done, of)))
    engine.dispose()
    assert told == [("a", 1, 2), ("b", 2, 2)]


def test_a_slow_view_is_not_waited_for(scan: Scan) -> None:
    schema = scan("""
CREATE TABLE a (id INTEGER PRIMARY KEY);
CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) AS most FROM n;
""")
    assert schema.resource("endless").fields[0].name == "most"
    assert any("endless" in sentence for sentence in schema.unsure)


def test_moments_that_are_all_midnights_stand_for_days(scan: Scan) -> None:
    found = scan("""
CREATE TABLE orders (id INTEGER PRIMARY KEY, ordered DATETIME, paid DATETIME, zoned DATETIME);
INSERT INTO orders VALUES (1, '1996-07-04 00:00:00.000', '1996-07-04 00:00:00', '1996-07-04T00:00:00Z'),
    (2, '1996-07-05 00:00:00.000', '1996-07-05 10:12:00', '1996-07-05T00:00:00Z'),
    (3, '1996-07-08 00:00:00.000', '1996-07-08 00:00:00', '1996-07-08T00:00:00Z');
""").resource("orders")
    assert {field.name for field in found.fields if field.options.get("whole_days")} == {"ordered"}


def test_columns_that_most_rows_leave_empty_come_last_in_a_list_whatever_they_are_called(scan: Scan) -> None:
    rows = ", ".join(
        f"({n}, 'P{n}', {1 if n % 10 == 0 else 'NULL'}, NULL, '{'a' if n % 5 == 0 else ''}', 'City {n % 30}')"
        for n in range(1, 61)
    )
    people = scan(f"""
CREATE TABLE staff (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL, manager_id INTEGER REFERENCES staff,
    price NUMERIC(10, 2), status TEXT, city TEXT);
INSERT INTO staff VALUES (1, 'Ines');
INSERT INTO people VALUES {rows};
""").resource("people")
    assert people.list_fields == ("name", "city", "manager_id", "status")


def test_of_a_table_of_few_rows_nobody_can_tell_which_columns_stay_empty(scan: Scan) -> None:
    people = scan("""
CREATE TABLE staff (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL, manager_id INTEGER REFERENCES staff, city TEXT);
INSERT INTO people VALUES (1, 'P1', NULL, 'Turin'), (2, 'P2', NULL, 'Turin');
""").resource("people")
    assert people.list_fields[:2] == ("name", "manager_id")
