"""The throw-away databases of the test suite are real, apart, and gone afterwards."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from tests.services import POSTGRES, Absent, Server, drop_spares, fresh_database


def test_a_fresh_postgres_database_is_empty_and_takes_any_text(new_postgres_url: str) -> None:
    engine = sa.create_engine(new_postgres_url, poolclass=sa.NullPool)
    assert sa.inspect(engine).get_table_names() == []
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT 'ſ→🜨'")).scalar_one() == "ſ→🜨"


def test_a_fresh_mariadb_database_is_empty_and_takes_any_text(new_mariadb_url: str) -> None:
    engine = sa.create_engine(new_mariadb_url, poolclass=sa.NullPool)
    assert sa.inspect(engine).get_table_names() == []
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT 'ſ→🜨'")).scalar_one() == "ſ→🜨"


def databases() -> set[str]:
    engine = sa.create_engine(POSTGRES.url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return set(connection.execute(sa.text("SELECT datname FROM pg_database")).scalars())


@pytest.fixture
def server(new_postgres_url: str) -> Server:
    """PostgreSQL, with spares that no other test takes; skipped where it does not answer or keeps none."""
    with sa.create_engine(new_postgres_url, poolclass=sa.NullPool).connect() as connection:
        if connection.dialect.server_version_info < (15,):  # type: ignore[operator]
            pytest.skip("Of servers older than PostgreSQL 15 no database is kept.")
    return replace(POSTGRES, spare=[])


def named(url: str) -> str:
    return str(sa.make_url(url).database)


def run(url: str, *statements: str) -> None:
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for one in statements:
            connection.exec_driver_sql(one)


def test_a_database_is_gone_when_the_tests_end(server: Server) -> None:
    with fresh_database(server) as url:
        assert named(url) in databases()
    drop_spares(server)
    assert named(url) not in databases()


def test_the_next_test_finds_nothing_of_the_one_before_in_a_database_that_was_kept(server: Server) -> None:
    with fresh_database(server) as url:
        run(url, 'CREATE SCHEMA "odd; name"', 'CREATE TABLE "odd; name".t (id serial primary key)')
        run(url, "CREATE TYPE mood AS ENUM ('sad')", "CREATE TABLE t (m mood)", "CREATE VIEW v AS SELECT * FROM t")
        run(url, f"ALTER DATABASE {named(url)} SET search_path = nowhere", "GRANT CREATE ON SCHEMA public TO PUBLIC")
        staying = sa.create_engine(url)
        held = staying.connect()
        held.exec_driver_sql("SELECT * FROM public.t")
    with fresh_database(server) as again:
        assert again == url  # else this test would look at nothing
        with pytest.raises(sa.exc.OperationalError):
            held.exec_driver_sql("SELECT 1")
        staying.dispose()
        with sa.create_engine(again, poolclass=sa.NullPool).connect() as connection:
            assert connection.exec_driver_sql("SHOW search_path").scalar_one() == '"$user", public'
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "off"
            assert connection.exec_driver_sql(server.left).scalar_one() == 0
            schemas = set(sa.inspect(connection).get_schema_names())
            assert schemas == {"public", "information_schema"}
            grants = "SELECT nspacl::text FROM pg_namespace WHERE nspname = 'public'"
            assert "=UC/" not in str(connection.exec_driver_sql(grants).scalar_one()).replace(
                "pg_database_owner=UC/", ""
            )
    drop_spares(server)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT lo_create(0)",
        "CREATE PUBLICATION told FOR ALL TABLES",
        "REVOKE CONNECT ON DATABASE {} FROM PUBLIC",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
    ],
)
def test_a_database_in_which_something_stays_is_dropped(server: Server, statement: str) -> None:
    with fresh_database(server) as url:
        run(url, statement.format(named(url)))
    assert server.spare == []
    assert named(url) not in databases()


def test_a_server_that_does_not_answer_is_named_with_the_way_to_name_another() -> None:
    nowhere = Server("PostgreSQL", "NEXUS_TEST_NOWHERE", "postgresql+psycopg://x@127.0.0.1:9/x", "{}", "{}")
    with (
        pytest.raises(Absent, match="PostgreSQL does not answer; NEXUS_TEST_NOWHERE may name another"),
        fresh_database(nowhere),
    ):
        pass
