"""A shop in which somebody sees French customers only, without one column and with another masked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Grant, Role
from tests.web.world import PASSWORD, served, signed_in

SYSTEM = Actor.system("test")
TABLES = """
create table customers (id integer primary key, name text not null, country text, ssn text, email text, nick text);
create table orders (id integer primary key, number text not null unique,
  customer_id integer not null references customers, total decimal(10, 2) not null);
create table payroll (id integer primary key, wage integer, customer_id integer references customers);
insert into customers values (1, 'Amelie', 'FR', 'S-1-FR', 'amelie@secret.example', 'am'),
  (2, 'Hans', 'DE', 'S-2-DE', 'hans@secret.example', 'GERMAN-NICK'),
  (3, 'Bruno', 'FR', 'S-3-FR', 'bruno@secret.example', 'br');
insert into orders values (1, 'A-1', 1, 10.5), (2, 'GERMAN-ORDER', 2, 99.5);
insert into payroll values (1, 77001, 1);
"""
FRENCH = {"field": "country", "op": "eq", "value": "FR"}
ORDERS_OF_FRENCH = {"field": "customer.country", "op": "eq", "value": "FR"}
ON_ROWS = ("row.*", "rows.*", "query.run")


@contextmanager
def guarded(folder: Path, **more: Any) -> Iterator[Nexus]:
    """Serve the shop, with ada, its owner, and bo, who holds the role `french`."""
    with served(folder, TABLES, **more) as app:
        fields = {"ssn": "hidden", "email": "masked"}
        grants = [
            grant
            for name in ON_ROWS
            for grant in (
                Grant(source="shop", resource="customers", action=name, rows=FRENCH, fields=fields),
                Grant(source="shop", resource="orders", action=name, rows=ORDERS_OF_FRENCH),
            )
        ]
        add_role(app, "french", *grants, Grant(source="shop", action="change.undo"))
        add_user(app, "bo@example.com", "french")
        yield app


def add_role(app: Nexus, name: str, *grants: Grant) -> None:
    """Add a role."""
    app.kernel.access.roles.save(Role(name=name, grants=grants), by=SYSTEM)


def add_user(app: Nexus, email: str, *roles: str) -> str:
    """Add somebody; return their id."""
    return app.kernel.access.users.create(email, password=PASSWORD, roles=roles, by=SYSTEM).id


class Browser:
    """A browser in which somebody is signed in: its pages, its forms, and the API by its session."""

    def __init__(self, app: Nexus, email: str) -> None:
        self.client: TestClient = signed_in(app, email)
        self.client.follow_redirects = False
        self.csrf = app.kernel.access.sessions.csrf_token(self.client.cookies["nx_session"])

    def get(self, path: str, **query: str) -> Any:
        """Open a page."""
        return self.client.get(path, params=query or None)

    def post(self, path: str, **fields: str) -> Any:
        """Send a form."""
        return self.client.post(path, data={**fields, "_csrf": self.csrf})

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the API."""
        given = {} if body is None else {"json": body}
        return self.client.request(method, f"/api/v1{path}", headers={"X-CSRF-Token": self.csrf}, **given)
