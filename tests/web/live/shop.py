"""A table in a real database that other programs write past Nexus, with people who see all of it or a part."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from nexus_admin import Nexus
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.changes import ChangeBatch
from nexus_admin.domain.role import Grant, Role
from nexus_admin.domain.target import Target
from nexus_admin.kernel.options import Options

SYSTEM = Actor.system("test")
HOUSE = Target("nexus", "sources", "shop")
MOMENT = {"sqlite": "text", "postgresql": "timestamptz", "mysql": "datetime(6)", "mariadb": "datetime(6)"}


class Shop:
    """The app, and the database behind it as another program has it."""

    def __init__(self, app: Nexus, engine: sa.Engine) -> None:
        self.app, self.engine = app, engine
        self.owner = self.person("ada", "owner")

    def person(self, name: str, role: str) -> Actor:
        """Return somebody who has a role."""
        users = self.app.kernel.access.users
        user = users.create(
            f"{name}@example.com", name=name.title(), password="a long password 1", roles=(role,), by=SYSTEM
        )
        found = self.app.kernel.access.actor_of_user(user.id)
        assert found is not None
        return found

    def role(self, name: str, *grants: Grant) -> None:
        """Make a role."""
        self.app.kernel.access.roles.save(Role(name=name, grants=grants), by=SYSTEM)

    def perform(self, action: str, target: Target = HOUSE, **data: Any) -> Any:
        """Do something through Nexus, as the owner."""
        return self.app.kernel.perform(Call(action, target, data, self.owner))

    def sql(self, text: str, **given: Any) -> None:
        """Run a statement past Nexus."""
        with self.engine.begin() as connection:
            connection.execute(sa.text(text), given)

    def touch(self, key: int, **values: Any) -> None:
        """Change a row past Nexus, as a program that keeps its moments does."""
        names = ", ".join(f"{name} = :{name}" for name in values)
        self.sql(f"update orders set {names}, updated_at = :now where id = :id", **values, id=key, now=now())


def now() -> str:
    """Return the moment as the databases take it."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()) + f".{time.time_ns() // 1000 % 1_000_000:06}"


@contextmanager
def shop(url: str, folder: Path) -> Iterator[Shop]:
    """Open one at *url*, with three orders."""
    engine = sa.create_engine(url)
    moment = MOMENT[engine.dialect.name]
    with engine.begin() as connection:
        connection.execute(sa.text(
            f"create table orders (id integer primary key, country varchar(9), note varchar(99), "
            f"created_at {moment}, updated_at {moment})"
        ))  # fmt: skip
        for key, country in enumerate(("FR", "DE", "FR"), 1):
            values = {"id": key, "country": country, "then": f"2026-01-0{key} 00:00:00.000000"}
            connection.execute(sa.text("insert into orders values (:id, :country, '', :then, :then)"), values)
    given = url.removeprefix("sqlite:///") if url.startswith("sqlite") else url
    options = Options(
        urls=(("shop", given),), state=str(folder / "nexus.db"), environ={}, patience=60, allow_writes=True
    )
    app = Nexus(options=options)
    app.start()
    try:
        yield Shop(app, engine)
    finally:
        app.kernel.stop()
        engine.dispose()


def heard(
    subscription: Any, enough: Callable[[list[tuple[str, str]]], bool], seconds: float = 15
) -> list[tuple[str, str]]:
    """Return (key, what) of what a subscription tells, until that is *enough*."""
    found: list[tuple[str, str]] = []
    until = time.monotonic() + seconds
    while not enough(found):
        assert time.monotonic() < until, found
        batch: ChangeBatch | None = subscription.get(0.5)
        if batch is not None:
            assert not batch.gap
            found += [(one.key, one.what) for one in batch.rows]
    return found
