"""The smallest shop that the API can be tried on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Grant, Role
from nexus_admin.kernel.options import Options

PASSWORD = "a long password 1"
SYSTEM = Actor.system("test")
TABLES = """
create table customers (id integer primary key, name text not null, email text, country text);
create table orders (id integer primary key, number text not null unique,
  customer_id integer not null references customers,
  total decimal(10, 2) not null check (total >= 0), notes text);
create table "odd, names" ("a/b" text primary key, "c,d.e" integer, "~x" text);
insert into customers values (1, 'Priya <b>Raman</b>', 'priya@example.com', 'IN'),
  (2, 'Ilse van Dijk', 'ilse@example.com', 'NL');
insert into orders values (1, 'A-1', 1, 481.85, null), (2, 'A-2', 2, 79.42, '=1+1'), (3, 'A-3', 2, 12.5, '-');
insert into "odd, names" values ('new', 1, 'x'), ('a/b,c~d', 2, 'y'), ('', 3, 'z');
"""


@contextmanager
def served(folder: Path, *, writes: bool = True, **given: Any) -> Iterator[Nexus]:
    """Yield an app over a fresh shop, with ada, its owner."""
    with sqlite3.connect(folder / "shop.db") as connection:
        connection.executescript(TABLES)
    app = Nexus(
        options=Options(
            urls=(("shop", str(folder / "shop.db")),),
            state=str(folder / "nexus.db"),
            allow_writes=writes,
            environ={},
            given=given,
        )
    )
    app.start()
    add_user(app, "ada@example.com", "owner")
    try:
        yield app
    finally:
        app.kernel.stop()


def add_user(app: Nexus, email: str, *roles: str) -> str:
    """Add somebody, and return their id."""
    return app.kernel.access.users.create(email, password=PASSWORD, roles=roles, by=SYSTEM).id


def add_role(app: Nexus, name: str, *grants: Grant) -> None:
    """Add a role."""
    app.kernel.access.roles.save(Role(name=name, grants=grants), by=SYSTEM)


def user_id(app: Nexus, email: str) -> str:
    """Return somebody's id."""
    found = app.kernel.access.users.by_email(email)
    assert found is not None
    return found.id


def with_token(app: Nexus, email: str = "ada@example.com", **narrowed: Any) -> TestClient:
    """Return a program that asks with a token of theirs."""
    plain, _ = app.kernel.access.tokens.create(user_id(app, email), "test", **narrowed)
    return TestClient(app, headers={"Authorization": f"Bearer {plain}"}, raise_server_exceptions=True)


def add_dutch(app: Nexus) -> TestClient:
    """Add bo, who sees Dutch orders without their totals, and return their program."""
    rule = {"field": "customer.country", "op": "eq", "value": "NL"}
    names = ("row.list", "row.read", "row.history", "rows.export", "query.run", "row.update")
    grants = [
        Grant(source="shop", resource="orders", action=name, rows=rule, fields={"total": "hidden"}) for name in names
    ]
    customers = Grant(source="shop", resource="customers", action="row.list", fields={"email": "masked"})
    add_role(app, "dutch", *grants, customers)
    add_user(app, "bo@example.com", "dutch")
    return with_token(app, "bo@example.com")
