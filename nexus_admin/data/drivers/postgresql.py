"""PostgreSQL by psycopg 3: values that Python cannot hold arrive as text, sessions carry their own limits."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from nexus_admin.data.drivers.address import Address
from nexus_admin.data.drivers.driver import Capabilities, Opened, Opening, Trouble
from nexus_admin.data.drivers.reaching import pin_postgresql
from nexus_admin.domain.errors import BadRequest

CONNECT_SECONDS = 5
CANCEL_SECONDS = 5
LOCK_SECONDS = 5

AS_TEXT = (
    "date", "timestamp", "timestamptz", "time", "timetz", "interval", "json", "jsonb", "inet", "cidr",
    "int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange",
    "int4multirange", "int8multirange", "nummultirange", "tsmultirange", "tstzmultirange", "datemultirange",
)  # fmt: skip
"""Types that hold what Python cannot, such as `infinity` and years before Christ; read as PostgreSQL writes them."""

_BY_STATE: dict[str, Trouble] = {
    "57014": "timeout", "55P03": "busy", "40P01": "deadlock", "40001": "deadlock", "25006": "read only",
    "42501": "denied", "42P01": "drift", "42703": "drift", "3F000": "drift", "53100": "disk full", "55000": "unfilled",
    "57P01": "down", "57P02": "down", "57P03": "down", "53300": "down", "28000": "down", "28P01": "down",
    "3D000": "down", "25P03": "down", "57P05": "down",
}  # fmt: skip


class PostgresqlDriver:
    """PostgreSQL, and what speaks as it does."""

    name = "postgresql"
    capabilities = Capabilities(schemas=True, returning=True, estimate_count=True, cancel=True)

    def open(self, address: Address, opening: Opening) -> Opened:
        """Return an engine. A reader's session is read-only by itself, and its statements stand alone."""
        try:
            import psycopg  # noqa: F401
        except ImportError:
            raise BadRequest("PostgreSQL needs a driver: pip install 'nexus-admin[postgres]'.") from None
        arguments: dict[str, Any] = {"connect_timeout": CONNECT_SECONDS, "client_encoding": "utf8"}
        if "application_name" not in address.url.query:
            arguments["application_name"] = "nexus"
        engine = sa.create_engine(
            address.url, connect_args=arguments, pool_size=opening.pool_size, max_overflow=0,
            pool_timeout=opening.pool_timeout, pool_recycle=1800, use_native_hstore=False,
            isolation_level="AUTOCOMMIT" if opening.read_only else "READ COMMITTED",
            pool_reset_on_return=None if opening.read_only else "rollback",
            hide_parameters=True, query_cache_size=1000, skip_autocommit_rollback=opening.read_only,
        )  # fmt: skip
        if opening.reach is not None:
            pin_postgresql(engine, opening.reach)
        event.listen(engine, "connect", lambda connection, _: _prepare(connection, opening))
        return Opened(engine, _cancel)

    def trouble(self, error: BaseException) -> Trouble | None:
        """Tell deadlines, locks and lost connections by their SQLSTATE."""
        state = getattr(error, "sqlstate", None)
        if state is None:
            return (
                "down" if type(error).__name__ in ("OperationalError", "ConnectionTimeout", "InterfaceError") else None
            )
        if state == "57014" and "user request" in str(error):
            return "cancelled"
        if state.startswith("08"):
            return "down"
        return _BY_STATE.get(state)


def _prepare(connection: Any, opening: Opening) -> None:
    """Give a new session its loaders and its limits."""
    from psycopg.types.string import TextLoader

    for name in AS_TEXT:
        connection.adapters.register_loader(name, TextLoader)
    if connection.info.parameter_status("server_encoding") == "SQL_ASCII":
        connection.adapters.register_loader("text", _tolerant_loader())
        connection.adapters.register_loader("varchar", _tolerant_loader())
    milliseconds = max(1, int(opening.statement_timeout * 1000))
    settings = {
        "statement_timeout": str(milliseconds),
        "lock_timeout": str(min(LOCK_SECONDS * 1000, milliseconds)),
        "idle_in_transaction_session_timeout": "60000",
        "default_transaction_read_only": "on" if opening.read_only else "off",
        "datestyle": "ISO, YMD", "intervalstyle": "postgres", "timezone": "UTC", "bytea_output": "hex",
        "standard_conforming_strings": "on",
    }  # fmt: skip
    calls = ", ".join("set_config(%s, %s, false)" for _ in settings)
    was = connection.autocommit
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {calls}", [part for pair in settings.items() for part in pair])
    connection.autocommit = was


def _tolerant_loader() -> Any:
    """Return a loader for databases that never checked their text's encoding."""
    from psycopg.adapt import Loader

    class TolerantText(Loader):
        """Text that may not be UTF-8."""

        def load(self, data: Any) -> str:
            return bytes(data).decode("utf-8", "replace")

    return TolerantText


def _cancel(connection: Any) -> None:
    if not connection.closed:
        connection.cancel_safe(timeout=CANCEL_SECONDS)
