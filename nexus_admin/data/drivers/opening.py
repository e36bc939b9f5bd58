"""Opening a database by its address: the engine, and a test of the connection that says what was found."""

from __future__ import annotations

import os
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError

from nexus_admin.data.drivers.address import Address, read_address
from nexus_admin.data.drivers.driver import Driver, Opened, Opening
from nexus_admin.data.drivers.failures import translated
from nexus_admin.data.drivers.mysql import MysqlDriver
from nexus_admin.data.drivers.other import OtherDriver
from nexus_admin.data.drivers.postgresql import PostgresqlDriver
from nexus_admin.data.drivers.reaching import Reach, check_at_connect
from nexus_admin.data.drivers.sqlite import SqliteDriver
from nexus_admin.domain.dataclass import dataclass

IDLE_SECONDS = 20
"""A connection that rested longer is asked whether it still lives before it is used."""

_DRIVERS: dict[str, Driver] = {
    "sqlite": SqliteDriver(), "postgresql": PostgresqlDriver(), "mysql": MysqlDriver(), "other": OtherDriver(),
}  # fmt: skip


def driver_of(address: Address) -> Driver:
    """Return the driver for *address*."""
    return _DRIVERS[address.family]


def open_address(address: Address, opening: Opening, driver: Driver | None = None) -> Opened:
    """Return an engine for *address*, not connected yet, and how to cancel on it.

    Args:
        driver: What opens it; None for ours.
    """
    opened = (driver or driver_of(address)).open(address, opening)
    if opening.reach is not None and address.family == "other":
        check_at_connect(opened.engine, opening.reach)
    if address.family in ("postgresql", "mysql"):
        event.listen(opened.engine, "checkin", _note_time)
        event.listen(opened.engine, "checkout", _ask_after_rest(opened.engine))
    return opened


def open_engine(
    url: str,
    *,
    read_only: bool,
    statement_timeout: float = 15,
    pool_size: int = 10,
    forbidden: Collection[Path] = (),
    folders: Collection[Path] | None = None,
) -> sa.Engine:
    """Return an engine for *url*, not connected yet.

    Args:
        url: A URL, or the path of a SQLite file.
        read_only: The session refuses writes, and every statement stands alone.
        statement_timeout: In seconds; the database stops what runs longer.
        pool_size: Connections at most.
        forbidden: Files that are never a source: our own state.
        folders: Where SQLite files may lie; None for anywhere.

    Raises:
        BadRequest: the address is not one, or not allowed; the sentence holds no password.
    """
    address = read_address(url, forbidden=forbidden, folders=folders)
    opening = Opening(read_only, statement_timeout, pool_size, source_read_only=read_only)
    return open_address(address, opening).engine


@dataclass(frozen=True, slots=True)
class Tested:
    """What a first look at a database found.

    Args:
        engine: `PostgreSQL`, `MariaDB`, …
        version: As the server says it.
        can_write: Whether the login may write; None where that cannot be told.
        tables: Tables and views that the login sees.
        notice: What people should know of the driver.
    """

    engine: str
    version: str
    can_write: bool | None
    tables: int
    notice: str | None = None


def test_connection(
    url: str,
    *,
    forbidden: Collection[Path] = (),  # noqa: PT028  (no test: it tests a connection)
    folders: Collection[Path] | None = None,  # noqa: PT028
    reach: Reach | None = None,  # noqa: PT028
) -> Tested:
    """Connect once, look, and leave.

    Raises:
        BadRequest: the address is not one, or not allowed.
        SourceDown: nothing answers there, or the login is refused.
    """
    address = read_address(url, forbidden=forbidden, folders=folders)
    driver = driver_of(address)
    engine = open_address(address, Opening(read_only=True, statement_timeout=10, pool_size=1, reach=reach)).engine
    try:
        with translated(driver, address.masked), engine.connect() as connection:
            name, version = _names(connection, address)
            tables = int(connection.exec_driver_sql(_COUNTS[address.family]).scalar_one()) if known(address) else 0
            return Tested(name, version, _can_write(connection, address), tables, driver.capabilities.notice)
    finally:
        engine.dispose()


test_connection.__test__ = False  # type: ignore[attr-defined]  # the name is the product's; pytest looks elsewhere

_COUNTS = {
    "sqlite": "SELECT count(*) FROM sqlite_master WHERE type IN ('table', 'view') AND substr(name, 1, 7) <> 'sqlite_'",
    "postgresql": "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema') "
    "AND n.nspname NOT LIKE 'pg_toast%%' AND NOT c.relispartition",
    "mysql": "SELECT count(*) FROM information_schema.tables WHERE table_schema = database()",
}


def known(address: Address) -> bool:
    """Whether we have a driver of our own for *address*."""
    return address.family in _COUNTS


def _names(connection: sa.Connection, address: Address) -> tuple[str, str]:
    if address.family == "sqlite":
        return "SQLite", str(connection.exec_driver_sql("SELECT sqlite_version()").scalar_one())
    if address.family == "postgresql":
        return "PostgreSQL", str(connection.exec_driver_sql("SHOW server_version").scalar_one()).split(" ")[0]
    if address.family == "mysql":
        version = str(connection.exec_driver_sql("SELECT version()").scalar_one())
        return ("MariaDB" if "maria" in version.lower() else "MySQL"), version.split("-")[0]
    found = connection.dialect.server_version_info or ()
    return connection.dialect.name, ".".join(str(part) for part in found)


def _can_write(connection: sa.Connection, address: Address) -> bool | None:
    """Ask the database what the login may do; on SQLite, the file system."""
    if address.family == "sqlite":
        return os.access(str(address.file), os.W_OK)
    if address.family == "postgresql":
        sql = (
            "SELECT NOT pg_is_in_recovery() AND EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n "
            "ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN "
            "('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%%' "
            "AND has_table_privilege(c.oid, 'INSERT,UPDATE,DELETE'))"
        )
        return bool(connection.exec_driver_sql(sql).scalar_one())
    if address.family == "mysql":
        grants = [str(row[0]).upper() for row in connection.exec_driver_sql("SHOW GRANTS")]
        words = ("ALL PRIVILEGES", "INSERT", "UPDATE", "DELETE")
        return any(word in grant.partition(" ON ")[0] for grant in grants for word in words)
    return None


def _note_time(_connection: Any, record: Any) -> None:
    record.info["rested_since"] = time.monotonic()


def _ask_after_rest(engine: sa.Engine) -> Any:
    """Return a listener that throws away a connection which died while it rested; the pool then makes a new one."""

    def ask(connection: Any, record: Any, _proxy: Any) -> None:
        since = record.info.get("rested_since")
        if since is None or time.monotonic() - since < IDLE_SECONDS:
            return
        try:
            alive = engine.dialect.do_ping(connection)
        except Exception as error:
            raise DisconnectionError("It died while it rested.") from error
        if not alive:
            raise DisconnectionError("It died while it rested.")

    return ask
