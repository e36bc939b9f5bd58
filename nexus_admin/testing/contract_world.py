"""The small world that the source contract works on: its tables for each engine, its rows, and a user of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from nexus_admin.data.introspect import introspect
from nexus_admin.data.rows import Rows
from nexus_admin.data.source import DataSource
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.expression import Comparison
from nexus_admin.domain.resource import Field
from nexus_admin.domain.row import Masked
from nexus_admin.language.variables import Variables

TYPES = {
    "sqlite": {"SERIAL": "INTEGER PRIMARY KEY", "MOMENT": "DATETIME", "JSON": "JSON", "BLOB": "BLOB"},
    "postgresql": {
        "SERIAL": "SERIAL PRIMARY KEY", "MOMENT": "TIMESTAMP", "JSON": "JSONB", "BLOB": "BYTEA",
    },
    "mysql": {
        "SERIAL": "INTEGER AUTO_INCREMENT PRIMARY KEY", "MOMENT": "DATETIME", "JSON": "JSON", "BLOB": "BLOB",
    },
}  # fmt: skip
"""How each engine spells what the tables need."""

TABLES = (
    """CREATE TABLE customers (id {SERIAL}, name VARCHAR(40) NOT NULL, email VARCHAR(80), country VARCHAR(2),
       credit NUMERIC(10, 2) DEFAULT 0 NOT NULL, active BOOLEAN DEFAULT TRUE NOT NULL, born DATE, notes TEXT,
       seen {MOMENT}, extra {JSON}, photo {BLOB}, UNIQUE (email),
       CONSTRAINT credit_not_negative CHECK (credit >= 0))""",
    """CREATE TABLE orders (id {SERIAL}, customer_id INTEGER NOT NULL, total NUMERIC(10, 2) NOT NULL,
       status VARCHAR(10) DEFAULT 'new' NOT NULL,
       FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE)""",
    """CREATE TABLE items (order_id INTEGER NOT NULL, line INTEGER NOT NULL, product VARCHAR(40) NOT NULL,
       PRIMARY KEY (order_id, line), FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE)""",
    """CREATE TABLE reviews (id {SERIAL}, customer_id INTEGER, stars INTEGER NOT NULL,
       FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE SET NULL)""",
    """CREATE TABLE invoices (id {SERIAL}, order_id INTEGER NOT NULL, number VARCHAR(20) NOT NULL,
       FOREIGN KEY (order_id) REFERENCES orders (id))""",
    """CREATE TABLE tags (id {SERIAL}, label VARCHAR(40) NOT NULL, UNIQUE (label))""",
    """CREATE TABLE customer_tags (customer_id INTEGER NOT NULL, tag_id INTEGER NOT NULL,
       PRIMARY KEY (customer_id, tag_id), FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE,
       FOREIGN KEY (tag_id) REFERENCES tags (id) ON DELETE CASCADE)""",
)  # fmt: skip

ROWS = (
    ("tags", [{"id": 1, "label": "big"}, {"id": 2, "label": "loud"}, {"id": 3, "label": "new"}]),
    (
        "customers",
        [
            {"id": 1, "name": "Ann", "email": "ann@example.com", "country": "FR", "credit": 10, "born": "1990-02-28"},
            {"id": 2, "name": "Bob", "email": "bob@example.com", "country": "DE", "credit": 5.5, "born": None},
            {"id": 3, "name": "Çelik", "email": None, "country": "FR", "credit": 0, "born": "2001-12-31"},
        ],
    ),
    ("orders", [{"id": n, "customer_id": 1 + n % 3, "total": n * 1.5} for n in range(1, 31)]),
    ("items", [{"order_id": n, "line": line, "product": f"p{line}"} for n in range(1, 31) for line in (1, 2)]),
    ("reviews", [{"id": 1, "customer_id": 1, "stars": 5}, {"id": 2, "customer_id": 2, "stars": 1}]),
    ("invoices", [{"id": 1, "order_id": 2, "number": "A-1"}]),
    (
        "customer_tags",
        [{"customer_id": 1, "tag_id": 1}, {"customer_id": 1, "tag_id": 2}, {"customer_id": 2, "tag_id": 2}],
    ),
)
NAMES = tuple(name for name, _ in ROWS)


def make_world(url: str, name: str = "world") -> DataSource:
    """Make the tables and rows in the empty database at *url*; return it connected for writing."""
    source = DataSource(name, url, read_only=False, pool_size=5)
    with source.write() as connection:
        for statement in TABLES:
            connection.exec_driver_sql(statement.format(**TYPES[source.dialect]))
    fill_world(source)
    source.use(introspect(source.reader, name))
    return source


def fill_world(source: DataSource) -> None:
    """Empty the tables and fill them with the rows of the world, whatever was done to them."""
    with source.write() as connection:
        for name in reversed(NAMES):
            connection.exec_driver_sql(f"DELETE FROM {name}")
        for name, rows in ROWS:
            columns: list[sa.ColumnClause[Any]] = [sa.column(column) for column in rows[0]]
            connection.execute(sa.insert(sa.table(name, *columns)), [dict(row) for row in rows])
        if source.dialect == "postgresql":
            for name in ("customers", "orders", "reviews", "invoices", "tags"):
                connection.exec_driver_sql(f"SELECT setval('{name}_id_seq', 100)")


def masked(field: Field, value: Any) -> Masked:  # noqa: ARG001  (as every mask)
    """Leave nothing of a value but its kind."""
    return Masked("••••")


@dataclass(frozen=True)
class Alone:
    """The methods of `Rows`, each call on a connection of its own: `user.read.list("orders", ListRequest())`."""

    user: User
    open: Callable[[], AbstractContextManager[sa.Connection]]

    def __getattr__(self, method: str) -> Any:
        def call(*given: Any, **named: Any) -> Any:
            with self.open() as connection:
                return getattr(self.user.rows(connection), method)(*given, **named)

        return call


@dataclass
class User:
    """Somebody who works on the world, with rights that a test gives.

    Args:
        source: The world.
        rights: Decisions by (action, resource), by action, or by resource; all else is allowed.
        attributes: What row rules ask for as `me.<attribute>`.
    """

    source: DataSource
    rights: dict[Any, Decision] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)

    def decide(self, action: str, resource: str) -> Decision:
        """Answer as the tests have it."""
        for key in ((action, resource), action, resource):
            if key in self.rights:
                return self.rights[key]
        return Decision(True, "the contract allows it", fingerprint="all")

    def rows(self, connection: sa.Connection) -> Rows:
        """Return the rows of an open connection, as this user sees them."""
        actor = Actor("user:contract", name="Contract", attributes=self.attributes)
        variables = Variables(actor, datetime(2025, 6, 1, tzinfo=UTC), ZoneInfo("UTC"))
        return Rows(self.source, connection, self.decide, variables, masked)

    @property
    def read(self) -> Alone:
        """Rows on a reader; every call has its own."""
        return Alone(self, self.source.read)

    @property
    def write(self) -> Alone:
        """Rows in a transaction; every call has its own, and commits it."""
        return Alone(self, self.source.write)


FRENCH = Decision(True, "only France", rows=Comparison(("country",), "eq", "FR"), fingerprint="fr")
NO = Decision(False, "not yours", fingerprint="no")


def narrowed(**access: Any) -> Decision:
    """Return a yes with access to single fields narrowed."""
    return Decision(True, "some fields are not yours", fields=access, fingerprint=repr(sorted(access.items())))


def to_many(user: User, resource: str, to: str) -> str:
    """Return the name of the relation that leads to many rows of *to* through a join table."""
    relations = user.source.schema.resource(resource).relations
    return next(one.name for one in relations if one.to == to and one.through is not None)


@dataclass(frozen=True)
class Step:
    """One write of an undo, as `Rows.apply` takes it."""

    verb: Literal["create", "update", "delete"]
    resource: str
    key: str
    values: dict[str, Any] = field(default_factory=dict)
    expect: dict[str, Any] = field(default_factory=dict)


class WorldContract:
    """Something that is tried on the world. Subclasses give the fixture `world`, filled anew for each test."""

    @pytest.fixture
    def world(self) -> DataSource:
        """Return the world on the engine that is tried."""
        raise NotImplementedError

    @pytest.fixture
    def user(self, world: DataSource) -> User:
        """Return somebody who may do everything."""
        return User(world)
