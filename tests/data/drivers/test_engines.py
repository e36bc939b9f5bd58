"""Engines on real servers: sessions that refuse writes, deadlines, cancelling, pools, and tests of a connection."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from nexus_admin.data.drivers import sqlite
from nexus_admin.data.drivers.opening import open_engine, test_connection
from nexus_admin.data.source import DataSource
from nexus_admin.domain.errors import BadRequest, ReadOnly, SourceDown, SourceFailed, SourceTimeout

ENGINES = ("sqlite", "postgresql", "mariadb")
SLOW = {
    "sqlite": "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 1000000000) SELECT count(*) FROM r",
    "postgresql": "SELECT pg_sleep(60)",
    "mariadb": "SELECT sleep(60)",
}


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if engine_name != "sqlite":
        return str(request.getfixturevalue({"postgresql": "postgres_url", "mariadb": "mariadb_url"}[engine_name]))
    path = tmp_path / "shop.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    return str(path)


@pytest.fixture
def source(url: str) -> Iterator[DataSource]:
    source = DataSource("shop", url, read_only=False, statement_timeout=1, pool_size=2, pool_timeout=0.2)
    yield source
    source.close()


def test_a_reader_cannot_write(source: DataSource) -> None:
    with pytest.raises(ReadOnly), source.read() as connection:
        connection.exec_driver_sql("CREATE TABLE t_reader (a INTEGER)")


def test_a_source_that_is_read_only_says_what_to_do(url: str) -> None:
    source = DataSource("shop", url)
    with pytest.raises(ReadOnly, match="An administrator can allow writes"), source.write():
        pass


def test_a_writer_commits_at_the_end_and_rolls_back_on_an_error(source: DataSource) -> None:
    with source.write() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS t_writer")
        connection.exec_driver_sql("CREATE TABLE t_writer (a INTEGER)")
        connection.exec_driver_sql("INSERT INTO t_writer VALUES (1)")
    with pytest.raises(SourceFailed):
        _insert_and_stumble(source)
    with source.read() as connection:
        assert connection.exec_driver_sql("SELECT a FROM t_writer").fetchall() == [(1,)]


def _insert_and_stumble(source: DataSource) -> None:
    with source.write() as connection:
        connection.exec_driver_sql("INSERT INTO t_writer VALUES (2)")
        connection.exec_driver_sql("NO SQL")


def test_it_is_called_as_people_call_it_once_it_was_connected_to(source: DataSource, engine_name: str) -> None:
    before = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mariadb": "MySQL or MariaDB"}
    assert source.product == before[engine_name]
    with source.read() as connection:
        connection.exec_driver_sql("SELECT 1")
    assert source.product == {**before, "mariadb": "MariaDB"}[engine_name]


def test_a_statement_that_runs_too_long_is_stopped_in_the_database(source: DataSource, engine_name: str) -> None:
    began = time.monotonic()
    with pytest.raises(SourceTimeout, match="took too long"), source.read() as connection:
        connection.exec_driver_sql(SLOW[engine_name])
    assert time.monotonic() - began < 50  # it would have taken a minute
    assert source.health().up


def test_a_query_that_is_no_longer_needed_is_stopped_by_its_name(url: str, engine_name: str) -> None:
    source = DataSource("shop", url, statement_timeout=30)
    failed: list[BaseException] = []

    def slow() -> None:
        try:
            with source.read("page-1") as connection:
                connection.exec_driver_sql(SLOW[engine_name])
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=slow)
    thread.start()
    began = time.monotonic()
    while not source.cancel("page-1") and time.monotonic() - began < 25:
        time.sleep(0.05)
    deadline = time.monotonic() + 25
    while thread.is_alive() and time.monotonic() < deadline:
        source.cancel("page-1")
        thread.join(0.2)
    assert not thread.is_alive()
    assert isinstance(failed[0], SourceTimeout)
    assert not source.cancel("page-1")
    source.close()


@pytest.mark.req("S003-ARCH-08", "S003-KPI-10")
def test_connections_are_pooled_and_more_than_there_are_get_a_sentence(source: DataSource) -> None:
    with source.read(), source.read():
        assert (source.stats().size, source.stats().reading, source.stats().idle) == (2, 2, 0)
        with pytest.raises(SourceDown, match="All connections to shop are in use"), source.read():
            pass
    assert (source.stats().reading, source.stats().idle) == (0, 2)
    for _ in range(20):
        with source.read():
            pass
    assert source.stats().idle == 2


def test_a_first_look_says_what_is_there(url: str, engine_name: str) -> None:
    found = test_connection(url)
    assert found.engine.lower() == engine_name
    assert found.version[0].isdigit()
    assert found.can_write in (True, False)


def test_a_database_that_is_not_there_is_down_and_not_an_error_of_ours() -> None:
    for url in ("postgresql://ann:s3cret@127.0.0.1:1/shop", "mysql://ann:s3cret@127.0.0.1:1/shop"):
        with pytest.raises(SourceDown) as caught:
            test_connection(url)
        assert "s3cret" not in str(caught.value)
        health = DataSource("shop", url).health()
        assert not health.up
        assert health.detail.startswith("shop does not answer")


def test_a_file_that_went_away_is_down(tmp_path: Path) -> None:
    path = tmp_path / "gone.sqlite"
    path.touch()
    source = DataSource("shop", str(path))
    path.unlink()
    assert not source.health().up
    source.close()


def test_a_reader_of_a_locked_file_waits_and_then_gets_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "shop.sqlite"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE t (a)")
    source = DataSource("shop", str(path))
    other.execute("BEGIN EXCLUSIVE")
    threading.Timer(3 * sqlite.GLANCE_SECONDS, other.execute, ("COMMIT",)).start()
    with source.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM t").scalar_one() == 0
    source.close()

    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 2 * sqlite.GLANCE_SECONDS)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(SourceDown, match="somebody else holds"), source.read() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM t")
    source.close()
    other.close()


def test_sqlite_reaches_no_other_file(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite"
    sqlite3.connect(path).execute("CREATE TABLE t (a)").connection.close()
    source = DataSource("shop", str(path), read_only=False)
    for sql in (f"ATTACH '{tmp_path}/new.sqlite' AS x", f"VACUUM INTO '{tmp_path}/copy.sqlite'"):
        with pytest.raises(Exception, match="shop"), source.read() as connection:
            connection.exec_driver_sql(sql)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["shop.sqlite"]
    source.close()


def test_text_of_sqlite_that_is_not_utf8_is_shown_with_its_bytes_kept(tmp_path: Path) -> None:
    path = tmp_path / "odd.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (a TEXT)")
    connection.execute("INSERT INTO t VALUES ('ok'), (CAST(X'636166E9' AS TEXT)), ('after')")
    connection.commit()
    connection.close()
    source = DataSource("odd", str(path))
    for _ in range(2):
        with source.read() as reader:
            texts = reader.exec_driver_sql("SELECT a FROM t").scalars().all()
            assert texts == ["ok", "caf\ufffd", "after"]
            assert texts[1].raw == b"caf\xe9"
    source.close()


def test_postgresql_gives_as_text_what_python_cannot_hold(postgres_url: str) -> None:
    engine = open_engine(postgres_url, read_only=True)
    with engine.connect() as connection:
        row = connection.exec_driver_sql(
            "SELECT 'infinity'::date, '0044-03-15 BC'::date, '24:00'::time, '1 year 2 mons'::interval, "
            "'{\"a\": 1, \"a\": 2}'::json, '-infinity'::timestamptz, int4range(1, 5), array['infinity'::date]"
        ).one()
    engine.dispose()
    assert tuple(row) == (
        "infinity", "0044-03-15 BC", "24:00:00", "1 year 2 mons", '{"a": 1, "a": 2}', "-infinity", "[1,5)",
        ["infinity"],
    )  # fmt: skip


def test_mariadb_gives_zero_dates_as_text(mariadb_url: str) -> None:
    engine = open_engine(mariadb_url, read_only=True)
    with engine.connect() as connection:
        row = connection.execute(sa.text("SELECT CAST('0000-00-00' AS DATE), CAST('838:59:59' AS TIME)")).one()
    engine.dispose()
    assert row[0] in (None, "0000-00-00")
    assert row[1] == "838:59:59"


def drop_the_reader(source: DataSource) -> None:
    """Let the server end a reader's connection, as a restart does."""
    postgresql = source.dialect == "postgresql"
    with source.read() as connection, source.write() as killer:
        sql = "SELECT pg_backend_pid()" if postgresql else "SELECT connection_id()"
        number = connection.exec_driver_sql(sql).scalar_one()
        killer.exec_driver_sql(f"SELECT pg_terminate_backend({number})" if postgresql else f"KILL {number}")


@pytest.mark.parametrize("engine_name", ["postgresql", "mariadb"], indirect=True)
def test_connections_that_the_server_dropped_are_replaced(source: DataSource) -> None:
    drop_the_reader(source)
    for turn in range(3):
        try:
            with source.read() as connection:
                assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1
            break
        except SourceDown:
            assert turn == 0
    assert source.health().up


@pytest.mark.parametrize("engine_name", ["postgresql", "mariadb"], indirect=True)
def test_a_connection_that_died_while_it_rested_is_noticed_before_it_is_used(
    source: DataSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nexus_admin.data.drivers.opening.IDLE_SECONDS", 0)
    drop_the_reader(source)
    with source.read() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1


def test_a_database_without_an_installed_driver_is_answered_in_a_sentence() -> None:
    source = DataSource("shop", "firebird://ann:s3cret@h/shop", read_only=False)
    assert source.read_only
    assert source.capabilities.notice
    with pytest.raises(BadRequest, match="is not installed"), source.read():
        pass


def test_tables_and_views_that_are_defined_by_like_are_read_and_written(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite"
    with sqlite3.connect(path) as connection:
        connection.executescript(
            """create table people (email text check (email like '%@%'));
            create index at_home on people (email) where email like '%@home';
            create view home as select * from people where email like '%@HOME';"""
        )
    source = DataSource("shop", str(path), read_only=False)
    with source.write() as connection:
        connection.exec_driver_sql("insert into people values ('ada@home'), ('bo@work')")
    with source.read() as connection:
        assert connection.exec_driver_sql("select email from home").scalars().all() == ["ada@home"]
    source.close()
