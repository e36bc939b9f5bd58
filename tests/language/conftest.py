"""The shop of `world.py` in all three engines, once for all tests."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from nexus_admin.data.values.spelling import sortable_moment
from tests.language.world import World, shop_rows


@pytest.fixture(scope="session")
def sqlite() -> Iterator[World]:
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool, connect_args={"check_same_thread": False})
    sa.event.listen(engine, "connect", lambda raw, _: raw.create_function("nx_moment", 1, sortable_moment))
    world = World(engine)
    world.fill(shop_rows())
    yield world
    engine.dispose()


@pytest.fixture(scope="session")
def postgres(postgres_url: str) -> Iterator[World]:
    engine = sa.create_engine(postgres_url)
    world = World(engine)
    world.fill(shop_rows())
    yield world
    engine.dispose()


@pytest.fixture(scope="session")
def mariadb(mariadb_url: str) -> Iterator[World]:
    engine = sa.create_engine(mariadb_url)
    world = World(engine)
    world.fill(shop_rows())
    yield world
    engine.dispose()
