"""MySQL and MariaDB by PyMySQL: dates stay text, so that zero dates are shown; limits are set for each session."""

from __future__ import annotations

import ssl
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from nexus_admin.data.drivers.address import Address
from nexus_admin.data.drivers.driver import Capabilities, Opened, Opening, Trouble
from nexus_admin.data.drivers.reaching import connect_mysql
from nexus_admin.domain.errors import BadRequest

CONNECT_SECONDS = 5
LOCK_SECONDS = 5
GRACE_SECONDS = 10
"""After the server's own deadline: a connection that is silent for longer is given up."""

_BY_NUMBER: dict[int, Trouble] = {
    1969: "timeout", 3024: "timeout", 1317: "cancelled", 1205: "busy", 3572: "busy", 1213: "deadlock",
    1792: "read only", 1290: "read only", 1836: "read only",
    1044: "denied", 1142: "denied", 1143: "denied", 1227: "denied", 1370: "denied",
    1146: "drift", 1054: "drift", 1021: "disk full", 1114: "disk full",
    1040: "down", 1045: "down", 1049: "down", 1053: "down", 1129: "down", 1130: "down", 1203: "down",
    2002: "down", 2003: "down", 2005: "down", 2006: "down", 2013: "down", 2014: "down", 2055: "down", 1927: "down",
}  # fmt: skip


class MysqlDriver:
    """MySQL 8 and MariaDB 10.6, and later ones."""

    name = "mysql"
    capabilities = Capabilities(estimate_count=True, cancel=True)

    def open(self, address: Address, opening: Opening) -> Opened:
        """Return an engine. A reader's session is read-only, and its statements stand alone."""
        try:
            import pymysql
            from pymysql.constants import FIELD_TYPE
            from pymysql.converters import conversions
        except ImportError:
            raise BadRequest("MySQL and MariaDB need a driver: pip install 'nexus-admin[mysql]'.") from None
        as_text = {FIELD_TYPE.DATE, FIELD_TYPE.TIME, FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP, FIELD_TYPE.NEWDATE}
        arguments: dict[str, Any] = {
            "charset": "utf8mb4",
            "conv": {code: one for code, one in conversions.items() if code not in as_text},
            "connect_timeout": CONNECT_SECONDS,
            "read_timeout": int(opening.statement_timeout) + GRACE_SECONDS,
            "write_timeout": int(opening.statement_timeout) + GRACE_SECONDS,
            "local_infile": False,
        }
        url, options = address.url, address.url.query
        if str(options.get("ssl", "")).lower() in ("1", "true", "yes"):
            arguments["ssl"] = ssl.create_default_context()
        url = url.set(query={name: value for name, value in options.items() if name == "unix_socket"})
        engine = sa.create_engine(
            url, connect_args=arguments, pool_size=opening.pool_size, max_overflow=0,
            pool_timeout=opening.pool_timeout, pool_recycle=1800,
            isolation_level="AUTOCOMMIT" if opening.read_only else "READ COMMITTED",
            pool_reset_on_return=None if opening.read_only else "rollback",
            hide_parameters=True, query_cache_size=1000, skip_autocommit_rollback=opening.read_only,
        )  # fmt: skip
        connect = partial(connect_mysql, pymysql, opening.reach)
        event.listen(engine, "do_connect", lambda _, __, given, named: connect(given, named))
        event.listen(engine, "connect", lambda connection, _: _prepare(connection, opening))

        def cancel(connection: Any) -> None:
            positional, named = engine.dialect.create_connect_args(url)
            other = connect(positional, {**named, **arguments, "read_timeout": CONNECT_SECONDS})
            try:
                other.cursor().execute(f"KILL QUERY {int(connection.thread_id())}")
            finally:
                other.close()

        return Opened(engine, cancel)

    def trouble(self, error: BaseException) -> Trouble | None:
        """Tell deadlines, locks and lost connections by the server's number."""
        number = error.args[0] if error.args else None
        if isinstance(number, int):
            return _BY_NUMBER.get(number)
        return "down" if type(error).__name__ in ("InterfaceError", "OperationalError") else None


def _prepare(connection: Any, opening: Opening) -> None:
    """Give a new session its mode and its limits."""
    seconds = opening.statement_timeout
    maria = "mariadb" in str(connection.get_server_info()).lower()
    limit = f"max_statement_time = {seconds:f}" if maria else f"max_execution_time = {int(seconds * 1000)}"
    cursor = connection.cursor()
    cursor.execute(
        "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', "
        f"SESSION time_zone = '+00:00', SESSION innodb_lock_wait_timeout = {LOCK_SECONDS}, SESSION {limit}"
    )
    if opening.read_only:
        cursor.execute("SET SESSION TRANSACTION READ ONLY")
    cursor.close()
