"""Connecting where it was looked: a name is looked up at each connect, and the addresses found are those that are used.

Whoever owns a name may let it lead somewhere else between the first look and a later connection.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

Reach = Callable[[str, int], Sequence[str]]
"""`reach(host, port)` gives the numeric addresses of a host; it raises where one of them is not to be reached."""

CONNECT_SECONDS = 5


def pin_postgresql(engine: sa.Engine, reach: Reach) -> None:
    """Let *engine* connect to the addresses that *reach* gives; the name stays for TLS."""

    @event.listens_for(engine, "do_connect")
    def pinned(_dialect: Any, _record: Any, _positional: Any, named: dict[str, Any]) -> None:
        host = str(named.get("host") or "")
        if not host or host.startswith("/"):
            return
        found = reach(host, int(named.get("port") or 5432))
        named["host"], named["hostaddr"] = ",".join([host] * len(found)), ",".join(found)


def connect_mysql(driver: Any, reach: Reach | None, positional: Sequence[Any], named: Mapping[str, Any]) -> Any:
    """Return a connection of PyMySQL to one of the addresses that *reach* gives; the name stays for TLS."""
    host = str(named.get("host") or "localhost")
    if reach is None or named.get("unix_socket"):
        return driver.connect(*positional, **named)
    connection = driver.connect(*positional, **{**named, "defer_connect": True})
    port = int(named.get("port") or 3306)
    connection.connect(_socket(driver, reach(host, port), port))
    return connection


def check_at_connect(engine: sa.Engine, reach: Reach) -> None:
    """Let *reach* look before *engine* connects: for drivers that cannot be told an address beside the name."""

    @event.listens_for(engine, "do_connect")
    def checked(_dialect: Any, _record: Any, _positional: Any, named: dict[str, Any]) -> None:
        host = named.get("host") or named.get("server")
        if host:
            reach(str(host), int(named.get("port") or 0))


def _socket(driver: Any, addresses: Sequence[str], port: int) -> socket.socket:
    refused: OSError | None = None
    for one in addresses:
        try:
            made = socket.create_connection((one, port), CONNECT_SECONDS)
        except OSError as error:
            refused = error
            continue
        made.settimeout(None)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return made
    raise driver.err.OperationalError(2003, f"Can't connect to the server: {refused}") from refused
