"""The throw-away databases of the test suite are real, apart, and gone afterwards."""

import pytest
import sqlalchemy as sa

from tests.services import POSTGRES, Absent, Server, fresh_database


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


def test_a_database_is_gone_when_its_test_ends(new_postgres_url: str) -> None:
    with fresh_database(POSTGRES) as url:
        name = sa.make_url(url).database
    engine = sa.create_engine(POSTGRES.url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        left = connection.execute(sa.text("SELECT count(*) FROM pg_database WHERE datname = :name"), {"name": name})
        assert left.scalar_one() == 0


def test_a_server_that_does_not_answer_is_named_with_the_way_to_name_another() -> None:
    nowhere = Server("PostgreSQL", "NEXUS_TEST_NOWHERE", "postgresql+psycopg://x@127.0.0.1:9/x", "{}", "{}")
    with (
        pytest.raises(Absent, match="PostgreSQL does not answer; NEXUS_TEST_NOWHERE may name another"),
        fresh_database(nowhere),
    ):
        pass
