"""How long a scan takes: seconds for 500 tables on each engine, with and without a look at rows.

Run as `python -m tests.benchmarks.introspect [tables]`. Prints a line for each engine; asserts nothing about seconds.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from nexus_admin.data.introspect import introspect
from tests.services import MARIADB, POSTGRES, Absent, fresh_database

COLUMNS = """
    id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(80) NOT NULL, email VARCHAR(120), status VARCHAR(20) NOT NULL,
    total NUMERIC(10, 2), is_active INTEGER, notes TEXT, country VARCHAR(2), ordered_on DATE, created_at TIMESTAMP NULL,
    parent_id INTEGER, owner_id INTEGER
"""


def fill(engine: sa.Engine, tables: int) -> None:
    """Make *tables* tables with twelve columns, a foreign key each, and fifty rows in every fifth."""
    for start in range(0, tables, 100):
        _fill(engine, range(start, min(start + 100, tables)))


def _fill(engine: sa.Engine, numbers: range) -> None:
    with engine.begin() as connection:
        for number in numbers:
            link = (
                f", FOREIGN KEY (parent_id) REFERENCES area{number // 50}_thing{number - 1}(id)" if number % 50 else ""
            )
            name = f"area{number // 50}_thing{number}"
            connection.execute(sa.text(f"CREATE TABLE {name} ({COLUMNS}{link})"))
            if number % 5 == 0:
                rows = ", ".join(f"({row}, 'Thing {row}', 'new', {row})" for row in range(50))
                connection.execute(sa.text(f"INSERT INTO {name} (id, name, status, total) VALUES {rows}"))


def measure(engine: sa.Engine, tables: int) -> None:
    """Scan three times each way and print the best, and what it took of our processor."""
    took = {}
    for sample in (True, False):
        runs = []
        for _ in range(3):
            begun, computed = time.perf_counter(), time.process_time()
            schema = introspect(engine, "bench", sample=sample)
            runs.append((time.perf_counter() - begun, time.process_time() - computed))
        assert len(schema.resources) == tables
        took[sample] = min(runs)
    (all_of_it, cpu), (less, _) = took[True], took[False]
    print(
        f"{engine.dialect.name:12} {tables} tables: {all_of_it:.2f} s, {less:.2f} s without looking at rows,", end=" "
    )
    print(f"{cpu:.2f} s of our CPU")


@contextmanager
def _sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{Path(folder) / 'bench.db'}"


def main() -> None:
    """Measure every engine that answers."""
    tables = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    for place in (_sqlite(), fresh_database(POSTGRES), fresh_database(MARIADB)):
        try:
            with place as url:
                engine = sa.create_engine(url)
                fill(engine, tables)
                measure(engine, tables)
                engine.dispose()
        except Absent as reason:
            print(reason)


if __name__ == "__main__":
    main()
