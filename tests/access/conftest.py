from collections.abc import Iterator
from pathlib import Path

import pytest

from nexus_admin.access import Access
from nexus_admin.state.engine import State
from tests.access.world import PASSWORD, SHOP, SYSTEM, Clock, World, cheap_passwords

KEY = b"this key is long enough for tests, and for nothing else"


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with State.open(tmp_path / "state.db", key=KEY) as opened:
        yield opened


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fresh(state: State, clock: Clock) -> Access:
    """The room before its first owner."""
    access = Access(state, clock=clock, passwords=cheap_passwords())
    access.decisions.schema_of = {"shop": SHOP}.get
    return access


@pytest.fixture
def world(state: State, clock: Clock, fresh: Access) -> World:
    owner = fresh.users.create("ana@example.com", by=SYSTEM, name="Ana", password=PASSWORD, roles=["owner"])
    return World(state, clock, fresh, owner)
