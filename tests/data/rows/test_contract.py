"""The source contract on SQLite, PostgreSQL and MariaDB."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from nexus_admin.data.source import DataSource
from tests.services import MARIADB, POSTGRES, Absent, fresh_database

pytest.register_assert_rewrite(*(f"nexus_admin.testing.{one}_contract" for one in ("reading", "writing", "filter")))

from nexus_admin.testing.sources import SourceContract, fill_world, make_world  # noqa: E402  (after the line above)

pytestmark = pytest.mark.req("S003-DATA-01", "S003-DATA-02", "S003-DATA-08")


def server_world(server: object) -> Iterator[DataSource]:
    try:
        with fresh_database(server) as url:  # type: ignore[arg-type]
            source = make_world(url)
            yield source
            source.close()
    except Absent as reason:
        if os.environ.get("NEXUS_REQUIRE_SERVICES"):
            pytest.fail(str(reason), pytrace=False)
        pytest.skip(str(reason))


@pytest.fixture(scope="module")
def sqlite_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataSource]:
    path: Path = tmp_path_factory.mktemp("world") / "world.sqlite"
    path.touch()
    source = make_world(str(path))
    yield source
    source.close()


@pytest.fixture(scope="module")
def postgresql_world() -> Iterator[DataSource]:
    yield from server_world(POSTGRES)


@pytest.fixture(scope="module")
def mariadb_world() -> Iterator[DataSource]:
    yield from server_world(MARIADB)


class OnSqlite:
    @pytest.fixture
    def world(self, sqlite_world: DataSource) -> DataSource:
        fill_world(sqlite_world)
        return sqlite_world


class OnPostgresql:
    @pytest.fixture
    def world(self, postgresql_world: DataSource) -> DataSource:
        fill_world(postgresql_world)
        return postgresql_world


class OnMariadb:
    @pytest.fixture
    def world(self, mariadb_world: DataSource) -> DataSource:
        fill_world(mariadb_world)
        return mariadb_world


@pytest.mark.req("S003-STACK-15")
class TestSqlite(OnSqlite, SourceContract):
    pass


class TestPostgresql(OnPostgresql, SourceContract):
    pass


@pytest.mark.req("S003-STACK-14")
class TestMariadb(OnMariadb, SourceContract):
    pass
