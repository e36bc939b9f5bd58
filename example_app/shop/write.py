"""Writing the shop into a database: a new SQLite file, or an empty PostgreSQL schema by COPY."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from example_app.shop.catalogue import categories, product_tags, products, tags
from example_app.shop.people import customers, staff
from example_app.shop.schema import (
    CATEGORIES,
    CUSTOMERS,
    ORDER_ITEMS,
    ORDERS,
    PAYMENTS,
    PRODUCT_TAGS,
    PRODUCTS,
    STAFF,
    TABLES,
    TAGS,
    Dialect,
    Table,
)
from example_app.shop.seasons import Calendar
from example_app.shop.trade import Trade

if TYPE_CHECKING:
    from psycopg import Connection

UNTIL = date(2026, 11, 20)
SMALLEST = 20
Progress = Callable[[int, int], None]
Row = tuple[object, ...]


class Writer(Protocol):
    """Where rows go."""

    dialect: Dialect

    def run(self, sql: str) -> None:
        """Run one statement."""

    def add(self, table: Table, rows: Iterable[Row]) -> None:
        """Append rows that bring a value for every written column."""


class SQLiteWriter:
    """Writes a new SQLite file, without a journal: a run that is broken off leaves a file to throw away."""

    dialect: Dialect = "sqlite"

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Write through *connection*, which is in autocommit mode."""
        self._connection = connection
        for pragma in (
            "ignore_check_constraints = ON",  # they hold by construction, and a test looks
            "page_size = 8192",
            "journal_mode = OFF",
            "synchronous = OFF",
            "cache_size = -200000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    def run(self, sql: str) -> None:
        """Run one statement."""
        self._connection.execute(sql)

    def add(self, table: Table, rows: Iterable[Row]) -> None:
        """Append rows."""
        marks = ", ".join("?" * len(table.written))
        sql = f"INSERT INTO {table.name} ({', '.join(table.written)}) VALUES ({marks})"
        self._connection.executemany(sql, rows)


class PostgreSQLWriter:
    """Writes to PostgreSQL by COPY, in one transaction."""

    dialect: Dialect = "postgresql"

    def __init__(self, connection: Connection) -> None:
        """Write through *connection*."""
        self._connection = connection

    def run(self, sql: str) -> None:
        """Run one statement."""
        self._connection.execute(sql.encode())

    def add(self, table: Table, rows: Iterable[Row]) -> None:
        """Append rows."""
        sql = f"COPY {table.name} ({', '.join(table.written)}) FROM STDIN"
        with self._connection.cursor() as cursor, cursor.copy(sql.encode()) as copy:
            for row in rows:
                copy.write_row(row)


def generate(
    target: str | Path,
    *,
    orders: int = 100_000,
    seed: int = 7,
    until: date = UNTIL,
    progress: Progress | None = None,
) -> None:
    """Make the example shop.

    Args:
        target: The path of a SQLite file that does not exist yet, or a `postgresql://` URL of a database in whose
            schema none of the shop's tables exists.
        orders: 20 or more. Customers are a tenth of it, products a hundredth, items three times as many.
        seed: The same seed, size and date make the same rows.
        until: The last day with orders; the first is three years before.
        progress: Called with how many orders are written and how many there will be, some hundred times at most.

    Raises:
        ValueError: *orders* is too small.
        FileExistsError: the SQLite file is there already.
        FileNotFoundError: its folder is not.
        psycopg.errors.DuplicateTable: a table of the shop is there already; nothing was changed.
    """
    if orders < SMALLEST:
        raise ValueError(f"A shop of {orders} orders cannot be made. Ask for {SMALLEST} or more.")
    if str(target).startswith(("postgresql:", "postgresql+", "postgres:")):
        import psycopg  # only here: whoever makes a SQLite file needs no driver

        scheme, rest = str(target).split(":", 1)
        with psycopg.connect(f"{scheme.split('+')[0]}:{rest}") as connection:
            _write(PostgreSQLWriter(connection), orders, seed, until, progress)
        return
    with closing(sqlite3.connect(_new(Path(target)), isolation_level=None)) as file:
        _write(SQLiteWriter(file), orders, seed, until, progress)
        file.execute("PRAGMA journal_mode = WAL")  # kept in the file: readers and a writer at the same time


def _new(path: Path) -> Path:
    """Return *path*, at which a file can be made."""
    if path.exists():
        raise FileExistsError(f"{path} is there already. Delete it first, or give another path.")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {path.parent}. Make it first, or give another path.")
    return path


def _write(writer: Writer, orders: int, seed: int, until: date, progress: Progress | None) -> None:
    """Create the tables, fill them, then add what is quicker to add afterwards."""
    calendar = Calendar(until)
    for table in TABLES:
        writer.run(table.create(writer.dialect))
    if writer.dialect == "sqlite":
        writer.run("BEGIN")
    buyers = customers(max(orders // 10, 50), seed, calendar)
    category_rows, kinds = categories()
    goods = products(max(orders // 100, 40), seed, calendar, kinds)
    for table, rows in (
        (STAFF, staff(seed, calendar)),
        (CUSTOMERS, buyers.rows),
        (CATEGORIES, category_rows),
        (PRODUCTS, goods.rows),
        (TAGS, tags()),
        (PRODUCT_TAGS, product_tags(len(goods.rows), seed)),
    ):
        writer.add(table, rows)
    written = 0
    for batch in Trade(orders, seed, calendar, buyers, goods).batches(max(10_000, orders // 100)):
        writer.add(ORDERS, batch.orders)
        writer.add(ORDER_ITEMS, batch.items)
        writer.add(PAYMENTS, batch.payments)
        written += len(batch.orders)
        if progress:
            progress(written, orders)
    for table in TABLES:
        for step in table.finish(writer.dialect):
            writer.run(step)
    if writer.dialect == "sqlite":
        writer.run("COMMIT")
    writer.run("ANALYZE")
