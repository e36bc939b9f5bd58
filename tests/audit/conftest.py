"""A ledger to try things on, in SQLite and in PostgreSQL."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nexus_admin.audit.ledger import Ledger
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.audit import Change
from nexus_admin.domain.target import Target
from nexus_admin.state.engine import State

KEY = b"k3Vq-9sWm2Zt7Lx0Rb5Yc8Ne1Uj4Pd6Ga"
ADA = Actor("user:ada", name="Ada Lovelace")
ORDER = Target("shop", "orders", "7")


def secret_fields(source: str, resource: str) -> tuple[str, ...]:
    return ("pin",) if (source, resource) == ("shop", "customers") else ()


def call(action: str = "row.update", target: Target = ORDER, data: dict | None = None, actor: Actor = ADA) -> Call:
    return Call(action, target, data or {}, actor)


def updated(key: str = "7", before: str = "new", after: str = "paid", place: int = 0) -> Change:
    old, new = ({"id": int(key), "status": status} for status in (before, after))
    return Change("shop", "orders", key, old, new, f"Order {key}", place)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "nexus.sqlite"


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request: pytest.FixtureRequest, path: Path) -> Iterator[State]:
    address = str(path) if request.param == "sqlite" else str(request.getfixturevalue("new_postgres_url"))
    with State.open(address, key=KEY) as state:
        yield state


@pytest.fixture
def ledger(state: State) -> Ledger:
    return Ledger(state, secret_fields=secret_fields)


@pytest.fixture
def did(ledger: Ledger) -> Callable[..., str]:
    """Write down one call that was done, with its changes."""

    def write(action: str = "row.update", *changes: Change, actor: Actor = ADA, target: Target = ORDER) -> str:
        entry = ledger.open(call(action, target, actor=actor))
        ledger.close(entry, "done", changes=changes)
        return entry

    return write
