"""The shops that are measured: `NEXUS_BENCH_ORDERS` orders, 100,000 unless told, on SQLite and PostgreSQL.

`NEXUS_BENCH_SQLITE` and `NEXUS_BENCH_POSTGRES` name shops that are there already; they are written to.
"""

import os
from pathlib import Path

import pytest

from example_app.shop import generate

ORDERS = int(os.environ.get("NEXUS_BENCH_ORDERS", "100000"))


@pytest.fixture(scope="session")
def sqlite_shop(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The SQLAlchemy URL of a shop in a SQLite file."""
    if there := os.environ.get("NEXUS_BENCH_SQLITE"):
        return f"sqlite:///{there}"
    path: Path = tmp_path_factory.mktemp("bench") / "shop.sqlite"
    generate(path, orders=ORDERS)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def postgres_shop(request: pytest.FixtureRequest) -> str:
    """The SQLAlchemy URL of a shop in PostgreSQL."""
    if there := os.environ.get("NEXUS_BENCH_POSTGRES"):
        return there
    postgres_url = str(request.getfixturevalue("postgres_url"))
    generate(postgres_url, orders=ORDERS)
    return postgres_url


@pytest.fixture
def shop_url(request: pytest.FixtureRequest) -> str:
    """The shop on the database that the test is parametrized with: `sqlite` or `postgresql`."""
    return str(request.getfixturevalue({"sqlite": "sqlite_shop", "postgresql": "postgres_shop"}[request.param]))


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> None:
    """Leave passwords as dear as the product makes them: what is measured here includes them."""


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> None:
    """Let each app compile its templates, as the product does."""
