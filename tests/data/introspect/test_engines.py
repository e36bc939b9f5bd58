"""Scans over the engines that data sources open: read-only sessions with limits, and nothing left changed."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from nexus_admin.data.drivers.opening import open_engine
from nexus_admin.data.introspect import introspect
from nexus_admin.domain.errors import SourceDown
from tests.data.introspect.scans import scan_url

ENGINES = ("sqlite", "postgresql", "mariadb")
SLOW = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) AS most FROM n",
    "postgresql": "SELECT pg_sleep(60)::text AS most",
    "mariadb": "SELECT sleep(60) AS most",
}
LIMIT = {"postgresql": "SHOW statement_timeout", "mariadb": "SELECT @@max_statement_time"}


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def engine(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    script = f"""
CREATE TABLE a (id integer PRIMARY KEY, name varchar(20));
INSERT INTO a (id, name) VALUES (1, 'one');
CREATE VIEW slow AS {SLOW[engine_name]};
"""
    if engine_name == "sqlite":
        url = str(tmp_path / "some.db")
        with sqlite3.connect(url) as raw:
            raw.executescript(script)
        raw.close()
    else:
        url = request.getfixturevalue({"postgresql": "new_postgres_url", "mariadb": "new_mariadb_url"}[engine_name])
        made = sa.create_engine(url)
        with made.begin() as connection:
            for statement in script.split(";\n"):
                if statement.strip():
                    connection.exec_driver_sql(statement)
        made.dispose()
    opened = open_engine(url, read_only=True, statement_timeout=1, pool_size=1)
    yield opened
    opened.dispose()


def test_a_slow_view_is_not_waited_for_on_any_engine(engine: sa.Engine) -> None:
    begun = time.monotonic()
    schema = introspect(engine, "some")
    assert time.monotonic() - begun < 50  # it would have taken a minute
    assert set(schema.resources) == {"a", "slow"}
    assert [sentence for sentence in schema.unsure if "slow" in sentence]


def test_a_scan_leaves_the_session_as_it_was(engine: sa.Engine, engine_name: str) -> None:
    with engine.connect() as connection:
        before = connection.exec_driver_sql(LIMIT[engine_name]).scalar() if engine_name in LIMIT else None
    introspect(engine, "some")
    with engine.connect() as connection:
        if engine_name in LIMIT:
            assert connection.exec_driver_sql(LIMIT[engine_name]).scalar() == before
        begun = time.monotonic()
        with pytest.raises(sa.exc.DBAPIError):
            connection.exec_driver_sql(SLOW[engine_name]).fetchall()
        assert 0.5 < time.monotonic() - begun < 50


def test_a_database_that_does_not_answer_is_named() -> None:
    engine = sa.create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none", connect_args={"connect_timeout": 2})
    with pytest.raises(SourceDown, match="orders cannot be reached"):
        introspect(engine, "orders")


def test_names_of_another_schema_with_quotes_are_looked_into(new_postgres_url: str) -> None:
    schema = scan_url(new_postgres_url, """
CREATE SCHEMA "od""d %s";
CREATE TABLE "od""d %s"."ta""b :x" (id int PRIMARY KEY, "co""l %" text);
INSERT INTO "od""d %s"."ta""b :x" VALUES (1, 'a@example.com'), (2, 'b@example.com');
ANALYZE;
""")  # fmt: skip
    assert schema.resource('od"d %s.ta"b :x').field('co"l %').kind == "email"
