"""What a driver is: opens engines for one family of databases and knows what its errors mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol

import sqlalchemy as sa

from nexus_admin.data.drivers.address import Address
from nexus_admin.data.drivers.reaching import Reach
from nexus_admin.domain.dataclass import dataclass

Trouble = Literal[
    "timeout", "cancelled", "down", "busy", "deadlock", "read only", "denied", "drift", "disk full", "unfilled"
]
"""What went wrong with a connection or statement, where it was not the values."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a driver can do.

    Args:
        schemas: Tables lie in schemas.
        transactions: Several changes can be made as one.
        returning: An INSERT can answer with the row.
        keyset: Lists can be paged by key.
        estimate_count: The database knows about how many rows a table has.
        cancel: A running statement can be stopped in the database.
        arrow: Rows can leave as Arrow batches.
        changes: The database tells of changes.
        read_only: Nothing can be written, whatever the switch says; `notice` says why.
        notice: What people should know of this driver.
    """

    schemas: bool = False
    transactions: bool = True
    returning: bool = False
    keyset: bool = True
    estimate_count: bool = False
    cancel: bool = False
    arrow: bool = False
    changes: bool = False
    read_only: bool = False
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """How an engine is to be opened.

    Args:
        read_only: Sessions refuse writes by themselves, and every statement stands alone.
        statement_timeout: In seconds; the database itself stops what runs longer.
        pool_size: Connections at most.
        pool_timeout: Seconds to wait for a free connection.
        source_read_only: The whole source takes no writes, also not from other engines of ours.
        reach: Where a host may lead, asked at each connect; None to trust its name.
    """

    read_only: bool
    statement_timeout: float = 15
    pool_size: int = 10
    pool_timeout: float = 5
    source_read_only: bool = True
    reach: Reach | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """An engine, and how to stop what runs on one of its connections.

    Args:
        engine: Not connected yet.
        cancel: Takes a DBAPI connection; safe from another thread.
    """

    engine: sa.Engine
    cancel: Callable[[Any], None]


class Driver(Protocol):
    """One family of databases."""

    name: str
    capabilities: Capabilities

    def open(self, address: Address, opening: Opening) -> Opened:
        """Return an engine for *address*; nothing is connected yet."""
        ...

    def trouble(self, error: BaseException) -> Trouble | None:
        """Return what the DBAPI's *error* says of the connection; None where it is about the values."""
        ...
