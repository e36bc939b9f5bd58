"""Throw-away databases on servers that run already.

A database of PostgreSQL is hundreds of files, and the disk is waited for when it is made and when it is dropped: a
second each. So it is emptied after its test and kept for the next one of the same process, as long as the server's
own catalogue says that nothing is left in it. What cannot be emptied is dropped.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import sqlalchemy as sa


class Absent(Exception):
    """The server does not answer; the message says which one and how to name another."""


@dataclass(frozen=True)
class Server:
    """A database server that tests may make databases on.

    Args:
        hurry: What spares a throw-away database the disk's time. A test may kill every client, and none the server.
        empty: Statements that take everything out of a database that they run in; none, and it is dropped.
        left: A query of one number: how much is in it that was not there when it was made.
    """

    name: str
    variable: str
    default: str
    create: str
    drop: str
    hurry: str | None = None
    empty: tuple[str, ...] = ()
    left: str = ""
    spare: list[str] = field(default_factory=list, compare=False)
    """Empty databases by their names, for whoever asks next."""

    @property
    def url(self) -> sa.URL:
        """Where it is: the environment's word, or this machine."""
        return sa.make_url(os.environ.get(self.variable, self.default))


EMPTY_POSTGRES = (
    "SELECT 1 / (current_setting('server_version_num')::int / 150000)",  # an older one's schema `public` is another
    """SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()""",
    """DO $$ DECLARE one record; BEGIN
         FOR one IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
           EXECUTE 'DROP SCHEMA ' || quote_ident(one.nspname) || ' CASCADE';
         END LOOP;
         EXECUTE 'ALTER DATABASE ' || quote_ident(current_database()) || ' RESET ALL';
       END $$""",
    "CREATE SCHEMA public AUTHORIZATION pg_database_owner",
    "GRANT USAGE ON SCHEMA public TO PUBLIC",
    "COMMENT ON SCHEMA public IS 'standard public schema'",
)
_OF_USERS = ("pg_class", "pg_type", "pg_proc", "pg_operator", "pg_opclass", "pg_opfamily", "pg_cast", "pg_collation",
             "pg_conversion", "pg_language", "pg_extension", "pg_event_trigger", "pg_publication", "pg_foreign_server",
             "pg_foreign_data_wrapper", "pg_user_mapping", "pg_largeobject_metadata", "pg_default_acl")  # fmt: skip
LEFT_IN_POSTGRES = " + ".join(
    [
        "SELECT (SELECT count(*) FROM pg_namespace WHERE oid >= 16384 AND nspname <> 'public')",
        *(f"(SELECT count(*) FROM {one} WHERE oid >= 16384)" for one in _OF_USERS),
        "(SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database())",
        "(SELECT count(*) FROM pg_replication_slots WHERE database = current_database())",
        "(SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid())",
        "(SELECT count(*) FROM pg_database WHERE datname = current_database()"
        " AND (datacl IS NOT NULL OR datistemplate OR NOT datallowconn OR datconnlimit <> -1))",
    ]
)
POSTGRES = Server(
    name="PostgreSQL",
    variable="NEXUS_TEST_POSTGRES",
    default="postgresql+psycopg://postgres@127.0.0.1:5432/postgres",
    create="CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0",
    drop="DROP DATABASE IF EXISTS {} WITH (FORCE)",
    hurry="ALTER DATABASE {} SET synchronous_commit = off",
    empty=EMPTY_POSTGRES,
    left=LEFT_IN_POSTGRES,
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
    """Give the URL of an empty database under a name of its own, and see to it that nothing stays in it.

    Raises:
        Absent: the server does not answer within five seconds, or refuses.
    """
    name = server.spare.pop() if server.spare else _made(server)
    try:
        yield server.url.set(database=name).render_as_string(hide_password=False)
    finally:
        if _emptied(server, name):
            server.spare.append(name)
        else:
            _drop(server, name)


def drop_spares(*servers: Server) -> None:
    """Drop what is kept for a next test, as there is none."""
    for server in servers:
        while server.spare:
            _drop(server, server.spare.pop())


def _made(server: Server) -> str:
    name = f"nexus_test_{os.getpid()}_{uuid4().hex[:12]}"
    try:
        with _within(server) as connection:
            connection.exec_driver_sql(server.create.format(name))
            if server.hurry:
                connection.exec_driver_sql(server.hurry.format(name))
    except sa.exc.OperationalError as error:
        raise Absent(f"{server.name} does not answer; {server.variable} may name another: {error.orig}") from error
    return name


def _emptied(server: Server, name: str) -> bool:
    """Whether a database is now as it was when it was made."""
    if not server.empty:
        return False
    try:
        with _within(server, name) as connection:
            for statement in (*server.empty, server.hurry.format(name) if server.hurry else "SELECT 1"):
                connection.exec_driver_sql(statement)
            return connection.exec_driver_sql(server.left).scalar() == 0
    except sa.exc.DBAPIError:  # too much for one transaction, another's object, a connection that does not end
        return False


def _drop(server: Server, name: str) -> None:
    with _within(server) as connection:
        connection.exec_driver_sql(server.drop.format(name))


@contextmanager
def _within(server: Server, database: str | None = None) -> Iterator[sa.Connection]:
    """Connect to one of the server's databases, or to that of its URL; each statement is a transaction."""
    engine = sa.create_engine(
        server.url.set(database=database) if database else server.url,
        isolation_level="AUTOCOMMIT", poolclass=sa.NullPool, connect_args={"connect_timeout": 5},
    )  # fmt: skip
    with engine.connect() as connection:
        yield connection
