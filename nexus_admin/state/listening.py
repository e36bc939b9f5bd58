"""Listening to a channel of PostgreSQL's NOTIFY, on a connection of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from nexus_admin.state.engine import State
from nexus_admin.state.failure import read_failed

Heard = Callable[[float], list[str]]
"""`heard(seconds)`: what was said, waited for as long as that."""


@contextmanager
def listening(state: State, channel: str) -> Iterator[Heard]:
    """Listen to *channel* of *state*, which is in PostgreSQL.

    Raises:
        StateDown: the connection is lost.
    """
    engine = state._reading
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        raw: Any = connection.connection.driver_connection
        connection.detach()
        connection.exec_driver_sql(f"LISTEN {channel}")
        try:
            yield lambda seconds: [one.payload for one in raw.notifies(timeout=seconds, stop_after=1)]
        except engine.dialect.loaded_dbapi.Error as error:
            raise read_failed(state.where, error) from error
