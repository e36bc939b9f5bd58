"""A data source: one connected database under a name, with its pools, its schema and its switch for writes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy import exc

from nexus_admin.data.drivers.address import read_address
from nexus_admin.data.drivers.declared import DeclaredDriver
from nexus_admin.data.drivers.driver import Capabilities, Driver, Opened, Opening
from nexus_admin.data.drivers.failures import failure
from nexus_admin.data.drivers.opening import driver_of, open_address
from nexus_admin.data.drivers.products import product_of
from nexus_admin.data.drivers.reaching import Reach
from nexus_admin.data.sealing import Sealing
from nexus_admin.data.sharing import Share, SharedWrites
from nexus_admin.data.tables import Tables
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import NexusError, ReadOnly, SourceDown, SourceFailed
from nexus_admin.domain.resource import Schema

T = TypeVar("T")


MOST_DERIVED = 5000
"""Plans and decoders are kept up to here: some of their keys come from what people ask for."""


@dataclass(frozen=True)
class Snapshot:
    """A schema with the tables made from it, and whatever is derived from both; replaced as one.

    Args:
        schema: What introspection found, overlaid.
        tables: SQLAlchemy tables by resource name.
        derived: Things that are costly to make, kept as long as the schema is; filled by `once`.
    """

    schema: Schema
    tables: Mapping[str, sa.Table]
    derived: dict[Any, Any] = field(default_factory=dict)

    def once(self, key: Any, make: Callable[[], T]) -> T:
        """Return what *make* returned the first time that *key* was asked for."""
        try:
            return cast("T", self.derived[key])
        except KeyError:
            made = make()
            if len(self.derived) >= MOST_DERIVED:
                self.derived.clear()
            self.derived[key] = made
            return made


@dataclass(frozen=True, slots=True)
class PoolStats:
    """How the connections of a source are used.

    Args:
        size: Connections at most, of readers and writers each.
        reading: Readers in use.
        writing: Writers in use.
        idle: Open and waiting.
    """

    size: int
    reading: int
    writing: int
    idle: int


@dataclass(frozen=True, slots=True)
class Health:
    """Whether a source answers.

    Args:
        up: Yes or no.
        took_ms: How long the answer took.
        detail: A sentence, where it does not.
    """

    up: bool
    took_ms: float
    detail: str = ""


@dataclass(slots=True)
class Box:
    """The outbox that a source keeps: which, and whether it was seen there since the source was opened."""

    id: str
    seen: bool = False


class DataSource:
    """One connected database.

    Reads and writes have pools of their own: the sessions that read refuse to write, so no
    statement of a page can change anything.

    Args:
        name: Its name in addresses.
        url: A URL, or the path of a SQLite file.
        read_only: Whether writing is switched off.
        schema: What is known of its tables; may come later, by `use`.
        statement_timeout: In seconds.
        pool_size: Connections at most, for reading and writing each.
        pool_timeout: Seconds to wait for a free connection.
        forbidden: Files that are never a source: our own state.
        folders: Where SQLite files may lie; None for anywhere.
        reach: Where its host may lead, asked at each connect; None to trust its name.
        sealing: Opens and seals the values of encrypted columns; None where no column is one.
        drivers: Those of extensions, by the schemes that they open.

    Attributes:
        box: The outbox that every change leaves its events in; None where there is none.

    Raises:
        BadRequest: the address is not one, or not allowed.
    """

    box: Box | None = None

    def __init__(
        self,
        name: str,
        url: str,
        read_only: bool = True,
        schema: Schema | None = None,
        *,
        statement_timeout: float = 15,
        pool_size: int = 10,
        pool_timeout: float = 5,
        forbidden: Collection[Path] = (),
        folders: Collection[Path] | None = None,
        reach: Reach | None = None,
        sealing: Sealing | None = None,
        drivers: Mapping[str, DeclaredDriver] = MappingProxyType({}),
    ) -> None:
        self.name = name
        self.address = read_address(url, forbidden=forbidden, folders=folders, schemes=drivers)
        declared = drivers.get(self.address.url.drivername)
        self.driver: Driver = declared or driver_of(self.address)
        self._spoken = declared.dialect if declared is not None else ""
        self.read_only = read_only or self.capabilities.read_only
        self._limits = (statement_timeout, pool_size, pool_timeout)
        self._reach = reach
        self._sealing = sealing
        self._lock = threading.Lock()
        self._writes = SharedWrites(statement_timeout)
        self._opened: dict[bool, Opened] = {}
        self._running: dict[str, tuple[Any, Opened]] = {}
        self._snapshot: Snapshot | None = None
        if schema is not None:
            self.use(schema)

    @property
    def capabilities(self) -> Capabilities:
        """What its driver can do."""
        return self.driver.capabilities

    @property
    def dialect(self) -> str:
        """`sqlite`, `postgresql`, `mysql`, …"""
        if self._spoken:
            return self._spoken
        return self.address.url.get_backend_name() if self.address.family == "other" else self.address.family

    @property
    def product(self) -> str:
        """What people call the database: `PostgreSQL`, …; it is told from others like it once it was connected to."""
        opened = self._opened.get(True)
        return product_of(self.dialect, opened.engine.dialect if opened else None)

    @property
    def level(self) -> Literal["B", "C"]:
        """What is promised of its changes: `B` with an outbox in it, `C` without (`docs/concepts/guarantees.md`)."""
        return "C" if self.box is None else "B"

    @property
    def snapshot(self) -> Snapshot:
        """The schema and its tables, as they are now.

        Raises:
            SourceFailed: its structure was not read yet.
        """
        if self._snapshot is None:
            raise SourceFailed(f"The structure of {self.name} was not read yet. Connect it again.")
        return self._snapshot

    @property
    def schema(self) -> Schema:
        """Its tables and views as people see them."""
        return self.snapshot.schema

    def use(self, schema: Schema) -> None:
        """Take *schema* from now on; requests under way finish with the one that they began with."""
        self._snapshot = Snapshot(schema, Tables(schema, self.dialect))

    @property
    def sealing(self) -> Sealing:
        """What opens and seals the values of encrypted columns.

        Raises:
            SourceFailed: this source was opened without any keys.
        """
        if self._sealing is None:
            raise SourceFailed(f"{self.name} was opened without keys, so its encrypted columns cannot be used here.")
        return self._sealing

    @property
    def reader(self) -> sa.Engine:
        """The engine whose sessions refuse to write; for introspection and analytics."""
        return self._engine(read_only=True).engine

    @contextmanager
    def read(self, token: str | None = None) -> Iterator[sa.Connection]:
        """Give a connection that can only read.

        Args:
            token: A name under which `cancel` stops what runs here; a later read with the same name replaces it.

        Raises:
            SourceDown: the database does not answer, or all connections are in use.
            SourceTimeout: a statement ran past its deadline.
        """
        opened = self._engine(read_only=True)
        try:
            with opened.engine.connect() as connection:
                if token is None:
                    yield connection
                else:
                    with self._named(token, connection, opened):
                        yield connection
        except exc.SQLAlchemyError as error:
            raise self.failure(error) from error

    @contextmanager
    def write(self, share: Share | None = None) -> Iterator[sa.Connection]:
        """Give a connection with an open transaction; it is committed at the end, or rolled back by an error.

        Args:
            share: What lets the transaction be that of others too, where the database has one writer at a time; what is
                noted in it is written down before the commit, in any database.

        Raises:
            ReadOnly: writing is switched off; the sentence says what to do.
            SourceDown: as `read`.
            Apart: nothing was changed, and it is to be done again without *share*.
        """
        if self.read_only:
            raise ReadOnly(
                self.capabilities.notice
                or f"{self.name} is connected read-only. An administrator can allow writes in the source's settings."
            )
        engine = self._engine(read_only=False).engine
        try:
            if self.dialect == "sqlite":
                with self._writes.turn(engine, share) as connection:
                    if connection is None:
                        raise SourceDown(f"{self.name} is busy: others are writing. Try again in a moment.")
                    yield connection
                return
            with engine.begin() as connection:
                yield connection
                if share is not None and share.note is not None:
                    share.write_down([share.note])
        except exc.SQLAlchemyError as error:
            raise self.failure(error) from error

    def failure(self, error: exc.SQLAlchemyError) -> NexusError:
        """Return what an error of the database means."""
        return failure(error, self.driver, self.name)

    def cancel(self, token: str) -> bool:
        """Stop what runs under *token*, in the database too; return whether there was anything."""
        with self._lock:
            running = self._running.get(token)
            if running is None:
                return False
            connection, opened = running
            with suppress(Exception):  # it may have just finished, or died
                opened.cancel(connection)
            return True

    def health(self) -> Health:
        """Ask whether it answers; never raises."""
        began = time.perf_counter()
        try:
            with self.read() as connection:
                connection.exec_driver_sql("SELECT 1" if self.dialect != "oracle" else "SELECT 1 FROM dual")
        except NexusError as error:
            return Health(False, (time.perf_counter() - began) * 1000, str(error))
        return Health(True, (time.perf_counter() - began) * 1000)

    def stats(self) -> PoolStats:
        """Return how its connections are used right now."""
        opened = {read_only: one.engine.pool for read_only, one in self._opened.items()}
        pools = {read_only: pool for read_only, pool in opened.items() if isinstance(pool, sa.QueuePool)}
        used = {read_only: pool.checkedout() for read_only, pool in pools.items()}
        return PoolStats(
            size=self._limits[1],
            reading=used.get(True, 0),
            writing=used.get(False, 0),
            idle=sum(pool.checkedin() for pool in pools.values()),
        )

    def close(self) -> None:
        """Close every connection that rests; those in use close when they come back."""
        with self._lock:
            opened, self._opened = self._opened, {}
        for one in opened.values():
            one.engine.dispose()

    def _engine(self, *, read_only: bool) -> Opened:
        opened = self._opened.get(read_only)
        if opened is not None:
            return opened
        seconds, size, wait = self._limits
        with self._lock:
            if read_only not in self._opened:
                opening = Opening(read_only, seconds, size, wait, source_read_only=self.read_only, reach=self._reach)
                self._opened[read_only] = open_address(self.address, opening, self.driver)
            return self._opened[read_only]

    @contextmanager
    def _named(self, token: str, connection: sa.Connection, opened: Opened) -> Iterator[None]:
        mine = (connection.connection.dbapi_connection, opened)
        self.cancel(token)
        with self._lock:
            self._running[token] = mine
        try:
            yield
        finally:
            with self._lock:
                if self._running.get(token) is mine:
                    del self._running[token]
