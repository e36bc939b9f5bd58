"""Our own database, opened: reading, durable writing, and writing that may wait.

On SQLite one process has the writer lane; commands that only need a moment open it
shared. On PostgreSQL every write is a plain transaction of its own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from nexus_admin.domain.errors import SettingError, StateDown
from nexus_admin.state import carried, schema
from nexus_admin.state.failure import commit_unclear, is_failure, read_failed, write_failed
from nexus_admin.state.group import Batch
from nexus_admin.state.key_file import KeyFile
from nexus_admin.state.lane import LINGER, Lane
from nexus_admin.state.sqlite import SqliteFile
from nexus_admin.state.vault import VARIABLE, Vault, keys_of_environment

Asked = TypeVar("Asked")
T = TypeVar("T")
Work = Callable[[sa.Connection], T]

MIGRATION_LOCK = 0x6E78_0001
ATTEMPTS = 5
"""How often a write is tried that PostgreSQL gave up in favour of another one."""
ALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
"""How PostgreSQL's connections notice within a minute that the other side is gone: those that only listen never ask."""
COPIES = ("source_reading", "repeat", "preference", "export_part")
"""The tables in which values of data sources are kept that can be purged."""
_AGAIN = ("40P01", "40001")


class State:
    """Our own database. Make one with `State.open`; safe to use from many threads.

    Attributes:
        vault: Seals secrets and signs the ledger.
        dialect: `sqlite` or `postgresql`.
        where: How messages call it; holds no password.
        shared: Whether another process may have the writer lane.
    """

    def __init__(
        self,
        reading: sa.Engine,
        writing: sa.Engine,
        vault: Vault,
        where: str,
        *,
        file: SqliteFile | None = None,
        shared: bool = False,
    ) -> None:
        self.vault = vault
        self.dialect = writing.dialect.name
        self.where = where
        self.shared = shared
        self._reading, self._writing, self._file = reading, writing, file
        self._making = threading.Lock()
        self._closed = False
        self._lane: Lane | None = None
        self._appender: Lane | None = None
        self._batches: Lane | None = None
        if file is not None and not shared:
            self._lane = Lane(writing, where, tidy=file.checkpoint, sync=file.sync)

    @classmethod
    def open(cls, path_or_url: str | Path, *, key: bytes | None = None, shared: bool = False) -> State:
        """Open the state, make or migrate its tables.

        Args:
            path_or_url: A SQLite file (a path, or `sqlite:///path`) or `postgresql://…`.
            key: The vault's master key, at least 32 bytes; else `NEXUS_SECRET_KEY`; else, for SQLite, the file
                `<path>.key`, which is made at first.
            shared: For short commands beside a running server: writes go one by one, without the lane.

        Raises:
            StateDown: another process has it, it does not answer, or a newer Nexus has written it.
            SettingError: the address or the key is no good.
        """
        url = _url_of(path_or_url)
        if url.get_backend_name() == "sqlite":
            return cls._open_file(Path(str(url.database)), key, shared)
        return cls._open_server(url, key)

    @classmethod
    def _open_file(cls, path: Path, key: bytes | None, shared: bool) -> State:
        path = path.expanduser().absolute()
        file = SqliteFile(path)
        try:
            if not shared:
                file.own()
            keys = [key] if key is not None else keys_of_environment()
            key_file = None if keys else KeyFile(path.with_name(path.name + ".key"))
            vault = Vault(key_file.keys() if key_file else keys, key_file)
            _prepare(file, shared)
        except BaseException as error:
            file.close()
            if is_failure(error):
                raise write_failed(str(path), error) from error
            raise
        return cls(file.reading, file.writing, vault, str(path), file=file, shared=shared)

    @classmethod
    def _open_server(cls, url: sa.URL, key: bytes | None) -> State:
        keys = [key] if key is not None else keys_of_environment()
        if not keys:
            raise SettingError(
                f"A state in PostgreSQL needs a key that all its processes share, and {VARIABLE} is not set. Make one "
                "with: python -c 'import secrets; print(secrets.token_urlsafe(48))'."
            )
        vault = Vault(keys)
        where = f"{url.host or 'localhost'}/{url.database}"
        engine = _server_engine(url)
        try:
            with engine.begin() as connection:
                if not schema.is_current(connection):
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
                    schema.bring_up_to_date(connection, where)
        except BaseException as error:
            engine.dispose()
            if is_failure(error) or isinstance(error, sa.exc.ProgrammingError):
                raise write_failed(where, error) from error
            raise
        return cls(engine, engine, vault, where)

    def read(self, work: Work[T]) -> T:
        """Run *work* on a connection of the pool; what it reads is of one moment on SQLite.

        Raises:
            StateDown: the database does not answer.
        """
        try:
            with self._reading.connect() as connection:
                return work(connection)
        except (sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
            if is_failure(error):
                raise read_failed(self.where, error) from error
            raise

    def write(self, work: Work[T]) -> T:
        """Run *work* in a transaction; it is durable when this returns.

        *work* must not commit, and must not ask for another write. It may run again if the database asks for it.

        Raises:
            StateDown: nothing was changed, because the database cannot be written.
            Whatever *work* raises; then nothing of it was changed.
        """
        if self._closed:
            raise StateDown(f"Nothing was changed. The state in {self.where} is closed.")
        if self._file is None:
            return self._write_server(work)
        if self.shared:
            return self._write_shared(self._file, work)
        assert self._lane is not None
        return self._lane.write(work)

    def later(self, work: Work[Any]) -> None:
        """Run *work* soon, in one commit with others: within 250 ms, and at `close`. Errors are logged."""
        self._later_lane().later(work)

    def later_together(self, batch: Batch[Asked, Any], asked: Asked, *, within: float = LINGER) -> None:
        """Like `later`, for what is done in one call of *batch* with whatever else waits *within* so many seconds."""
        self._later_lane().later_together(batch, asked, within=within)

    def _later_lane(self) -> Lane:
        with self._making:
            self._lane = lane = self._lane or self._new_lane()
        return lane

    def rewrite(self) -> bool:
        """Leave nothing in the state's files of what was deleted from the tables of copies; writes wait meanwhile.

        Returns:
            Whether that is so already; False where somebody reads what was there before.

        Raises:
            StateDown: it cannot be written anew, because the disk is full for one.
        """
        if self._file is None:
            with self._writing.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(sa.text("VACUUM FULL " + ", ".join(COPIES)))
            return True
        if self._lane is not None and not self.shared:
            return self._lane.apart(self._file.rewrite).result()
        with self._writing.connect() as connection:
            return self._file.rewrite(connection)

    def flush(self) -> None:
        """Wait until all that was given to `later` before this is durable.

        Raises:
            StateDown: it cannot be written now; it is kept trying.
        """
        if self._lane is not None:
            self._lane.flush()

    def append(self, work: Work[T]) -> T:
        """Like `write`, for what only one transaction can do at a time anyway: grouped on PostgreSQL too."""
        return self.write(work) if self._file is not None else self._appending().write(work)

    def append_together(self, batch: Batch[Asked, T], asked: Asked) -> T:
        """Like `append`, for what is done in one call of *batch* with whatever else waits for the same."""
        if self._file is not None:
            return self.write_together(batch, asked)
        return self._appending().write_together(batch, asked)

    def write_together(self, batch: Batch[Asked, T], asked: Asked, *, lasting: bool = True) -> T:
        """Do *asked* in one call of *batch* and one commit with whatever else waits for the same.

        Args:
            batch: See `Batch`. Where it raises, each of its items is tried alone.
            lasting: Whether it is to outlive a power cut. What is not still outlives the process, and SQLite's disk is
                not waited for; PostgreSQL does as it is set.

        Raises: as `write`, and whatever *batch* raises.
        """
        if self._file is not None and self.shared:
            return self.write(lambda connection: batch(connection, [asked])[0])
        lane = self._lane if self._file is not None else self._batching()
        assert lane is not None
        return lane.write_together(batch, asked, lasting=lasting)

    def _appending(self) -> Lane:
        with self._making:
            self._appender = lane = self._appender or self._new_lane()
        return lane

    def _batching(self) -> Lane:
        with self._making:
            self._batches = lane = self._batches or self._new_lane()
        return lane

    def _new_lane(self) -> Lane:
        if self._closed:
            raise StateDown(f"Nothing was changed. The state in {self.where} is closed.")
        return Lane(self._writing, self.where, around=self._file.written_alone if self._file else nullcontext)

    def close(self) -> None:
        """Write what waits, then close every connection."""
        with self._making:
            if self._closed:
                return
            self._closed = True
        for lane in (self._batches, self._appender, self._lane):
            if lane is not None:
                lane.close()
        if self._file is not None:
            self._file.close()
        self._reading.dispose()

    def __enter__(self) -> State:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _write_shared(self, file: SqliteFile, work: Work[T]) -> T:
        try:
            with file.written_alone(), self._writing.connect() as connection:
                with connection.begin():
                    result = _whole(work, connection)
                carried.committed(connection)
                return result
        except (sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
            if is_failure(error):
                raise write_failed(self.where, error) from error
            raise

    def _write_server(self, work: Work[T]) -> T:
        for attempt in range(1, ATTEMPTS + 1):
            committing = False
            try:
                with self._writing.connect() as connection, connection.begin() as transaction:
                    result = _whole(work, connection)
                    committing = True
                    transaction.commit()
                    carried.committed(connection)
                    return result
            except (sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
                if getattr(getattr(error, "orig", None), "sqlstate", None) in _AGAIN and attempt < ATTEMPTS:
                    time.sleep(0.01 * attempt)
                    continue
                if not is_failure(error):
                    raise
                raise (commit_unclear if committing else write_failed)(self.where, error) from error
        raise AssertionError("The last attempt returns or raises.")


def _server_engine(url: sa.URL) -> sa.Engine:
    engine = sa.create_engine(
        url, pool_size=10, max_overflow=20, pool_pre_ping=True, pool_timeout=10, hide_parameters=True,
        connect_args=ALIVE,
    )  # fmt: skip
    sa.event.listen(engine, "connect", _without_compiling)
    return engine


def _without_compiling(connection: Any, _record: Any) -> None:
    """Keep PostgreSQL from compiling our statements, which takes longer than any of them."""
    with connection.cursor() as cursor:
        cursor.execute("SET jit = off")
    connection.commit()


def _whole(work: Work[T], connection: sa.Connection) -> T:
    carried.begin(connection)
    result = work(connection)
    carried.end(connection)
    return result


def _prepare(file: SqliteFile, shared: bool) -> None:
    """Turn WAL on, and bring the tables up to date."""
    with file.written_alone(), file.writing.connect() as connection:
        current = schema.is_current(connection)
    if current:
        return
    if shared:
        file.own(patience=30)  # a server that runs has migrated already, so whoever has it now is quick
    try:
        with file.written_alone(), file.writing.begin() as connection:
            schema.bring_up_to_date(connection, str(file.path))
    finally:
        if shared:
            file.owner.give_back()


def _url_of(path_or_url: str | Path) -> sa.URL:
    text = str(path_or_url)
    if isinstance(path_or_url, Path) or "://" not in text:
        return sa.URL.create("sqlite", database=text)
    try:
        url = sa.make_url("postgresql" + text.removeprefix("postgres") if text.startswith("postgres://") else text)
    except sa.exc.ArgumentError:
        raise SettingError(
            "The address of the state cannot be read. Write a path or postgresql://user@host/name."
        ) from None
    backend = url.get_backend_name()
    if backend == "sqlite" and url.database and url.database != ":memory:":
        return url
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url
    raise SettingError(
        f"The state can live in a SQLite file or in PostgreSQL, not in {url.drivername!r} without a file."
    )
