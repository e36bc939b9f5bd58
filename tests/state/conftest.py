"""States to try things on: a SQLite file, or a database of a PostgreSQL server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nexus_admin.state.engine import State

KEY = b"k3Vq-9sWm2Zt7Lx0Rb5Yc8Ne1Uj4Pd6Ga"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "nexus.sqlite"


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, path: Path) -> str:
    """Where a state may be made, once for each dialect."""
    return str(path) if request.param == "sqlite" else str(request.getfixturevalue("new_postgres_url"))


@pytest.fixture
def state(address: str) -> Iterator[State]:
    with State.open(address, key=KEY) as state:
        yield state
