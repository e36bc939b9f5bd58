"""Values that are carried along one transaction and written once, just before its commit.

Many writes of one group move the same thing on, such as the head of the ledger; they
hand it to each other here, instead of reading and writing the same row each time.
What is to happen once it is committed, such as to wake who waits for it, is kept here too.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

_KEY = "nexus.carried"
_AFTERWARDS = "nexus.afterwards"
Flush = Callable[[sa.Connection, Any], None]
Load = dict[str, tuple[Any, Flush]]
Calls = tuple[Callable[[], object], ...]

_log = logging.getLogger(__name__)


def carried(connection: sa.Connection, name: str) -> Any:
    """Return what `carry` was given last in this transaction, None if nothing was."""
    found = _load(connection).get(name)
    return found[0] if found else None


def carry(connection: sa.Connection, name: str, value: Any, flush: Flush) -> None:
    """Keep *value*, which must not be changed afterwards; `flush(connection, value)` is called before the commit."""
    connection.info[_KEY] = {**_load(connection), name: (value, flush)}


def after_commit(connection: sa.Connection, call: Callable[[], object]) -> None:
    """Have *call*, which must be quick, called when this transaction is durable, and never if it is rolled back."""
    connection.info[_AFTERWARDS] = (*connection.info.get(_AFTERWARDS, ()), call)


def begin(connection: sa.Connection) -> None:
    """Forget what an earlier transaction carried."""
    connection.info.pop(_KEY, None)
    connection.info.pop(_AFTERWARDS, None)


def end(connection: sa.Connection) -> None:
    """Write down all that is carried."""
    load = _load(connection)
    connection.info.pop(_KEY, None)
    for value, flush in load.values():
        flush(connection, value)


def committed(connection: sa.Connection) -> None:
    """Call what waited for the commit; whoever committed says so."""
    for call in connection.info.pop(_AFTERWARDS, ()):
        try:
            call()
        except Exception:
            _log.exception("What was to happen after a commit failed; what was committed stays.")


def mark(connection: sa.Connection) -> tuple[Load, Calls]:
    """Return what `back_to` needs to forget what comes after."""
    return _load(connection), connection.info.get(_AFTERWARDS, ())


def back_to(connection: sa.Connection, load: tuple[Load, Calls]) -> None:
    """Go back to *load*, because what came after was rolled back."""
    connection.info[_KEY], connection.info[_AFTERWARDS] = load


def _load(connection: sa.Connection) -> Load:
    found: Load = connection.info.get(_KEY, {})
    return found
