"""A small shop behind the app, and people who sign in to it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.audit.query import AuditQuery
from nexus_admin.domain.actor import Actor
from nexus_admin.kernel.options import Options
from tests.waiting import until

PASSWORD = "a long password 1"
TABLES = """
create table customers (id integer primary key, name text not null, country text);
create table orders (id integer primary key, number text not null unique,
  customer_id integer not null references customers,
  total decimal(10, 2) not null check (total >= 0));
insert into customers values (1, 'Priya <b>Raman</b>', 'IN'), (2, 'Ilse van Dijk', 'NL');
insert into orders values (1, 'A-1', 1, 481.85), (2, 'A-2', 2, 79.42), (3, 'A-3', 2, 12.5);
"""


@contextmanager
def served(folder: Path, tables: str = TABLES, **more: object) -> Iterator[Nexus]:
    """Serve a shop from *folder*, with ada@example.com as its owner."""
    with sqlite3.connect(folder / "shop.db") as connection:
        connection.executescript(tables)
    options = {"urls": (("shop", str(folder / "shop.db")),), "state": str(folder / "nexus.db"), "allow_writes": True}
    app = Nexus(options=Options(**{**options, "environ": {}, **more}))  # type: ignore[arg-type]
    app.start()
    app.kernel.access.users.create("ada@example.com", password=PASSWORD, roles=("owner",), by=Actor.system("test"))
    yield app
    app.kernel.stop()


def signed_in(nexus: Nexus, email: str = "ada@example.com", password: str = PASSWORD) -> TestClient:
    """Return a browser in which somebody is signed in."""
    client = TestClient(nexus, base_url="http://testserver")
    client.post("/sign-in", data={"email": email, "password": password})
    return client


def csrf(page: str) -> str:
    """Return the token of a page's first form."""
    found = re.search(r'name="_csrf" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def without_tokens(page: str) -> str:
    """Return a page without its tokens and its moment: by chance these spell anything that is short."""
    return re.sub(r'(?<=name="_csrf" value=")[^"]+|(?<=name="nx-csrf" content=")[^"]+|(?<=data-since=")[^"]+', "", page)


def noted(nexus: Nexus, action: str) -> None:
    """Wait until a read that was just made stands in the ledger: reads are written in batches, a moment later."""
    asked = AuditQuery(actions=(action,), outcomes=("done",), limit=1)
    until(lambda: nexus.kernel.ledger.find(asked).entries, f"a note of {action}")
