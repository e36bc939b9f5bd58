"""The shops that are measured: `NEXUS_BENCH_ORDERS` orders, 100,000 unless told, on SQLite and PostgreSQL."""

import os
from pathlib import Path

import pytest

from example_app.shop import generate

ORDERS = int(os.environ.get("NEXUS_BENCH_ORDERS", "100000"))


@pytest.fixture(scope="session")
def sqlite_shop(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The SQLAlchemy URL of a shop in a SQLite file."""
    path: Path = tmp_path_factory.mktemp("bench") / "shop.sqlite"
    generate(path, orders=ORDERS)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def postgres_shop(postgres_url: str) -> str:
    """The SQLAlchemy URL of a shop in PostgreSQL."""
    generate(postgres_url, orders=ORDERS)
    return postgres_url


@pytest.fixture
def shop_url(request: pytest.FixtureRequest) -> str:
    """The shop on the database that the test is parametrized with: `sqlite` or `postgresql`."""
    return str(request.getfixturevalue({"sqlite": "sqlite_shop", "postgresql": "postgres_shop"}[request.param]))
