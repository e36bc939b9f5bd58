"""Values that are carried along one transaction and written once, just before its commit.

Many writes of one group move the same thing on, such as the head of the ledger; they
hand it to each other here, instead of reading and writing the same row each time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

_KEY = "nexus.carried"
Flush = Callable[[sa.Connection, Any], None]
Load = dict[str, tuple[Any, Flush]]


def carried(connection: sa.Connection, name: str) -> Any:
    """Return what `carry` was given last in this transaction, None if nothing was."""
    found = _load(connection).get(name)
    return found[0] if found else None


def carry(connection: sa.Connection, name: str, value: Any, flush: Flush) -> None:
    """Keep *value*, which must not be changed afterwards; `flush(connection, value)` is called before the commit."""
    connection.info[_KEY] = {**_load(connection), name: (value, flush)}


def begin(connection: sa.Connection) -> None:
    """Forget what an earlier transaction carried."""
    connection.info.pop(_KEY, None)


def end(connection: sa.Connection) -> None:
    """Write down all that is carried."""
    load = _load(connection)
    begin(connection)
    for value, flush in load.values():
        flush(connection, value)


def mark(connection: sa.Connection) -> Load:
    """Return what `back_to` needs to forget what comes after."""
    return _load(connection)


def back_to(connection: sa.Connection, load: Load) -> None:
    """Go back to *load*, because what came after was rolled back."""
    connection.info[_KEY] = load


def _load(connection: sa.Connection) -> Load:
    found: Load = connection.info.get(_KEY, {})
    return found
