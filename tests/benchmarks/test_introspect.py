"""How long a database of five hundred tables takes to be read, on each engine; printed, never asserted.

The bar is three seconds. `python -m tests.benchmarks.introspect 2000` measures another number of tables.
"""

import pytest
import sqlalchemy as sa

from tests.benchmarks.introspect import fill, measure

pytestmark = pytest.mark.benchmark

TABLES = 500


@pytest.mark.req("S003-DATA-04")
@pytest.mark.parametrize("engine", ["sqlite", "postgresql", "mariadb"])
def test_five_hundred_tables(
    engine: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    servers = {"postgresql": "new_postgres_url", "mariadb": "new_mariadb_url"}
    folder = tmp_path_factory.mktemp("many")
    url = request.getfixturevalue(servers[engine]) if engine in servers else f"sqlite:///{folder}/many.db"
    opened = sa.create_engine(url)
    print()
    fill(opened, TABLES)
    measure(opened, TABLES)
    opened.dispose()
