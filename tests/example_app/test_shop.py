"""The example shop: the same every time, true in itself, and as large as it was asked to be."""

import json
import re
import sqlite3
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from example_app.shop import generate
from example_app.shop.__main__ import main
from example_app.shop.schema import STATUSES, TABLES

ORDERS = 1_000


@pytest.fixture(scope="module")
def shop_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shop") / "shop.sqlite"
    generate(path, orders=ORDERS)
    return path


@pytest.fixture
def shop(shop_file: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"file:{shop_file}?mode=ro", uri=True)
    yield connection
    connection.close()


def one(shop: sqlite3.Connection, sql: str) -> Any:
    (value,) = shop.execute(sql).fetchone()
    return value


def test_the_same_seed_makes_the_same_file(shop_file: Path, tmp_path: Path) -> None:
    again, other = tmp_path / "again.sqlite", tmp_path / "other.sqlite"
    generate(str(again), orders=ORDERS)
    generate(other, orders=ORDERS, seed=8)
    assert again.read_bytes() == shop_file.read_bytes()
    assert other.read_bytes() != shop_file.read_bytes()


def test_sizes_follow_from_the_number_of_orders(shop: sqlite3.Connection) -> None:
    sizes = {table.name: one(shop, f"SELECT count(*) FROM {table.name}") for table in TABLES}
    assert sizes["orders"] == ORDERS
    assert sizes["customers"] == ORDERS // 10
    assert sizes["order_items"] == 3 * ORDERS
    assert ORDERS < sizes["payments"] < 1.1 * ORDERS
    assert all(sizes.values())


def test_every_foreign_key_check_and_unique_rule_holds(shop: sqlite3.Connection) -> None:
    assert shop.execute("PRAGMA foreign_key_check").fetchall() == []
    assert shop.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_total_is_its_items_and_shipping_less_the_discount_to_the_cent(shop: sqlite3.Connection) -> None:
    def cents(value: float) -> int:
        return int(Decimal(str(value)) * 100)

    items: dict[int, list[tuple[int, int]]] = {}
    for order, quantity, price, total in shop.execute("SELECT order_id, quantity, unit_price, total FROM order_items"):
        assert cents(total) == quantity * cents(price)
        items.setdefault(order, []).append((quantity, quantity * cents(price)))
    orders = shop.execute("SELECT id, item_count, subtotal, shipping, discount, total FROM orders").fetchall()
    for order, pieces, subtotal, shipping, discount, total in orders:
        assert pieces == sum(quantity for quantity, _ in items[order])
        assert cents(subtotal) == sum(price for _, price in items[order])
        assert cents(total) == cents(subtotal) + cents(shipping) - cents(discount)


def test_nobody_orders_before_joining_and_nothing_happens_after_the_last_afternoon(shop: sqlite3.Connection) -> None:
    early = "SELECT count(*) FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.placed_at < c.created_at"
    assert one(shop, early) == 0
    assert one(shop, "SELECT count(*) FROM orders WHERE updated_at < placed_at") == 0
    assert one(shop, "SELECT max(max(placed_at), max(updated_at)) FROM orders") <= "2026-11-20 16:41:00"
    assert one(shop, "SELECT max(paid_at) FROM payments") <= "2026-11-20 16:41:00"
    assert one(shop, "SELECT max(updated_at) FROM customers") <= "2026-11-20 16:41:00"


def test_old_orders_are_settled_and_every_status_occurs(shop_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "larger.sqlite"
    generate(path, orders=20_000)
    connection = sqlite3.connect(path)
    old = connection.execute("SELECT DISTINCT status FROM orders WHERE placed_at < '2026-10-01' ORDER BY 1").fetchall()
    every = connection.execute("SELECT DISTINCT status FROM orders").fetchall()
    connection.close()
    assert [status for (status,) in old] == ["cancelled", "delivered", "returned"]
    assert {status for (status,) in every} == set(STATUSES)


def test_ids_follow_time_and_the_shop_grows(shop: sqlite3.Connection) -> None:
    assert (
        one(shop, "SELECT count(*) FROM orders a JOIN orders b ON b.id = a.id + 1 WHERE b.placed_at < a.placed_at") == 0
    )
    years = "SELECT count(*) FROM orders WHERE placed_at BETWEEN '{}-11-21' AND '{}-11-21'"
    first, second, third = (one(shop, years.format(year, year + 1)) for year in (2023, 2024, 2025))
    assert first < second < third


def test_another_last_day_moves_the_whole_shop(tmp_path: Path) -> None:
    generate(tmp_path / "shop.sqlite", orders=100, until=date(2024, 2, 29))
    connection = sqlite3.connect(tmp_path / "shop.sqlite")
    first, last = connection.execute("SELECT min(placed_at), max(placed_at) FROM orders").fetchone()
    connection.close()
    assert first >= "2021-03-01"
    assert "2024-01" < last <= "2024-02-29 16:41:00"


def test_customers_have_names_of_many_countries_and_addresses_that_mail_accepts(shop: sqlite3.Connection) -> None:
    people = shop.execute("SELECT name, email, country FROM customers").fetchall()
    assert people[0][:2] == ("Hannah Vogel", "hannah.vogel@example.com")
    assert len({country for *_, country in people}) > 15
    assert all(re.fullmatch(r"[a-z0-9.-]+@example\.com", email) for _, email, _ in people)


def test_metadata_and_attributes_are_json(shop: sqlite3.Connection) -> None:
    for (text,) in shop.execute("SELECT metadata FROM orders UNION SELECT attributes FROM products"):
        assert isinstance(json.loads(text), dict)


def test_deleting_an_order_takes_its_items_and_a_sold_product_stays(shop_file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    copy.write_bytes(shop_file.read_bytes())
    connection = sqlite3.connect(copy)
    connection.execute("PRAGMA foreign_keys = ON")
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        connection.execute("DELETE FROM products WHERE id = (SELECT product_id FROM order_items LIMIT 1)")
    connection.execute("DELETE FROM orders WHERE id = 1")
    connection.execute("DELETE FROM staff")
    assert connection.execute("SELECT count(*) FROM order_items WHERE order_id = 1").fetchone() == (0,)
    assert connection.execute("SELECT count(*) FROM orders WHERE assigned_to_id IS NOT NULL").fetchone() == (0,)
    connection.close()


def test_an_unknown_status_is_refused_by_the_database(shop_file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    copy.write_bytes(shop_file.read_bytes())
    connection = sqlite3.connect(copy)
    for change in ("status = 'lost'", "total = -1"):
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            connection.execute(f"UPDATE orders SET {change} WHERE id = 1")
    connection.close()


def test_a_file_that_exists_is_left_alone(shop_file: Path) -> None:
    before = shop_file.stat().st_mtime_ns
    with pytest.raises(FileExistsError, match=r"is there already\. Delete it first"):
        generate(shop_file, orders=ORDERS)
    assert shop_file.stat().st_mtime_ns == before


def test_a_shop_too_small_to_be_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Ask for 20 or more"):
        generate(tmp_path / "none.sqlite", orders=3)


def test_progress_is_told_up_to_the_last_order(tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    generate(tmp_path / "shop.sqlite", orders=100, progress=lambda done, total: heard.append((done, total)))
    assert heard[-1] == (100, 100)


def test_the_command_makes_a_file_and_refuses_to_do_it_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--out", str(tmp_path / "shop.sqlite"), "--orders", "50"]
    assert main(arguments) == 0
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert capsys.readouterr().err.endswith("Delete it first, or give another path.\n")


def test_the_command_says_what_is_wrong_with_a_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--out", str(tmp_path / "none/shop.sqlite")])
    with pytest.raises(SystemExit, match="2"):
        main(["--url", "postgresql://nobody@127.0.0.1:1/none?connect_timeout=2"])
    said = capsys.readouterr().err
    assert "There is no folder" in said
    assert "127.0.0.1" in said


def test_postgresql_holds_the_same_rows(shop: sqlite3.Connection, new_postgres_url: str) -> None:
    psycopg = pytest.importorskip("psycopg")
    generate(new_postgres_url, orders=ORDERS)
    with psycopg.connect(new_postgres_url.replace("+psycopg", "")) as connection:
        for table in TABLES:
            sql = f"SELECT * FROM {table.name} ORDER BY 1, 2"
            theirs, ours = connection.execute(sql).fetchall(), shop.execute(sql).fetchall()
            kinds = [column.type_display for column in connection.execute(f"{sql} LIMIT 0").description]
            assert len(theirs) == len(ours)
            for left, right in zip(theirs, ours, strict=True):
                assert list(left) == [_as_postgresql(kind, value) for kind, value in zip(kinds, right, strict=True)]
        connection.execute("INSERT INTO tags (name) VALUES ('quiet')")


def test_a_postgresql_database_that_has_the_tables_is_left_alone(new_postgres_url: str) -> None:
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(new_postgres_url.replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE orders (id int)")
    with pytest.raises(psycopg.errors.DuplicateTable):
        generate(new_postgres_url, orders=ORDERS)
    with psycopg.connect(new_postgres_url.replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (1,)


def _as_postgresql(kind: str, value: object) -> object:
    """Return what psycopg gives for a value that SQLite gave."""
    if value is None:
        return None
    name = kind.split("(")[0]
    if name == "numeric":
        return Decimal(str(value))
    if name in {"bool", "boolean"}:
        return bool(value)
    if name == "date":
        return date.fromisoformat(str(value))
    if name.startswith("timestamp"):
        return datetime.fromisoformat(str(value))
    return json.loads(str(value)) if name == "jsonb" else value
