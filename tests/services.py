"""Throw-away databases on servers that run already."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import sqlalchemy as sa


class Absent(Exception):
    """The server does not answer; the message says which one and how to name another."""


@dataclass(frozen=True)
class Server:
    """A database server that tests may make databases on.

    Args:
        hurry: What spares a throw-away database the disk's time. A test may kill every client, and none the server.
    """

    name: str
    variable: str
    default: str
    create: str
    drop: str
    hurry: str | None = None

    @property
    def url(self) -> sa.URL:
        """Where it is: the environment's word, or this machine."""
        return sa.make_url(os.environ.get(self.variable, self.default))


POSTGRES = Server(
    name="PostgreSQL",
    variable="NEXUS_TEST_POSTGRES",
    default="postgresql+psycopg://postgres@127.0.0.1:5432/postgres",
    create="CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0",
    drop="DROP DATABASE IF EXISTS {} WITH (FORCE)",
    hurry="ALTER DATABASE {} SET synchronous_commit = off",
)
MARIADB = Server(
    name="MariaDB",
    variable="NEXUS_TEST_MARIADB",
    default="mysql+pymysql://root@127.0.0.1:3306/?charset=utf8mb4",
    create="CREATE DATABASE {} CHARACTER SET utf8mb4",
    drop="DROP DATABASE IF EXISTS {}",
)


@contextmanager
def fresh_database(server: Server) -> Iterator[str]:
    """Make an empty database under a name of its own, give its URL, drop it.

    Raises:
        Absent: the server does not answer within five seconds, or refuses.
    """
    name = f"nexus_test_{os.getpid()}_{uuid4().hex[:12]}"
    engine = sa.create_engine(
        server.url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool, connect_args={"connect_timeout": 5}
    )
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(server.create.format(name))
            if server.hurry:
                connection.exec_driver_sql(server.hurry.format(name))
    except sa.exc.OperationalError as error:
        raise Absent(f"{server.name} does not answer; {server.variable} may name another: {error.orig}") from error
    try:
        yield server.url.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(server.drop.format(name))
