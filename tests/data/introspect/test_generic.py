"""Databases that have no reader of their own go through SQLAlchemy's Inspector, and come out much the same."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from nexus_admin.data.introspect.generic import read_generic
from nexus_admin.data.introspect.scan import read_catalog

SCRIPT = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL, email VARCHAR(80) UNIQUE);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, total NUMERIC(10, 2) DEFAULT 0,
    placed TIMESTAMP, done BOOLEAN, CHECK (total >= 0),
    FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE);
CREATE INDEX by_customer ON orders (customer_id);
CREATE VIEW totals AS SELECT customer_id, sum(total) AS total FROM orders GROUP BY 1;
"""


@pytest.mark.parametrize("engine_name", ["sqlite", "postgres"])
def test_the_inspector_finds_what_the_catalog_says(
    engine_name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    here = f"sqlite:///{tmp_path / 'some.db'}"
    engine = sa.create_engine(here if engine_name == "sqlite" else request.getfixturevalue("new_postgres_url"))
    with engine.begin() as connection:
        for statement in SCRIPT.split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)
    with engine.connect() as connection:
        found = {table.name: table for table in read_generic(connection).tables}
        own = {table.name: table for table in read_catalog(connection).tables}
    engine.dispose()
    assert set(found) == set(own)
    for name, table in found.items():
        assert table.primary_key == own[name].primary_key
        assert table.foreign_keys == own[name].foreign_keys
        assert table.is_view == own[name].is_view
        assert [column.name for column in table.columns] == [column.name for column in own[name].columns]
    bases = {column.name: column.base for column in found["orders"].columns}
    assert bases == {
        "id": "integer", "customer_id": "integer", "total": "numeric", "placed": "timestamp", "done": "boolean",
    }  # fmt: skip


def test_an_object_that_the_inspector_cannot_read_stands_in_the_doubts(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'some.db'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE a (id INTEGER PRIMARY KEY)")
        connection.exec_driver_sql("CREATE VIEW broken AS SELECT x FROM nowhere")
    with engine.connect() as connection:
        catalog = read_generic(connection)
    engine.dispose()
    assert [table.name for table in catalog.tables] == ["a"]
    assert any("broken" in sentence for sentence in catalog.unsure)
