"""Events in Parquet files, written before they are forgotten, and read again from there.

A file has the events between two positions and is named by both and by the id of its first. It is there as a whole or
not at all. What is in a file already is not written again, and it is looked for by its id: positions begin anew where
a state was made anew.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import chain, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nexus_admin.brokers.content import Content
from nexus_admin.brokers.stream.position import BEGIN, Position
from nexus_admin.brokers.stream.protocol import Stream, StreamEvent
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Refused, StateDown

if TYPE_CHECKING:
    import duckdb

MOST_EVENTS = 100_000
MOST_BYTES = 64 * 2**20
"""Events of one file, and the bytes of their payloads after which it ends."""
LONGEST = 200
"""Letters of a folder's name: file systems take 255 bytes, and each capital is two here."""
LEFT = 3600.0
"""Seconds after which nobody writes what is half written any more."""

_COLUMNS = {
    "xid": "BIGINT", "seq": "BIGINT", "id": "VARCHAR", "stream": "VARCHAR", "type": "VARCHAR", "key": "VARCHAR",
    "version": "BIGINT", "appended": "BIGINT", "note": "VARCHAR", "content_type": "VARCHAR", "data": "VARCHAR",
}  # fmt: skip
_MADE = {"appended": "make_timestamptz(appended) AS appended", "data": "from_base64(data) AS data"}
_LINES = "{" + ", ".join(f"{name}: '{kind}'" for name, kind in _COLUMNS.items()) + "}"
_CHOSEN = ", ".join(_MADE.get(one, one) for one in _COLUMNS)
_READ = """SELECT DISTINCT ON (xid, seq, id) xid, seq, id, type, key, version, epoch_us(appended), note, content_type,
data FROM read_parquet($files) WHERE stream = $stream AND (xid, seq) > ($xid, $at) ORDER BY xid, seq, id LIMIT $limit"""
_NOT = "Events could not be archived, so none were forgotten."
_FILE = re.compile(r"(\d+\.\d+)-(\d+\.\d+)\.([0-9A-Z]{26})\.parquet")


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """A file with the events from *first* to *last*."""

    path: Path
    first: Position
    last: Position
    bytes: int


class Archive:
    """Archived events, below *folder*."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def files(self, stream: str) -> list[ArchiveFile]:
        """Return the files of *stream*, in the order of their events; a link that leads nowhere is none.

        Raises:
            StateDown: the folder cannot be read.
        """
        try:
            found = list(_files(self._folder(stream)))
        except OSError as error:
            raise StateDown(f"The archive of {stream} cannot be read. {error.strerror or error}.") from error
        return sorted(found, key=lambda one: (one.first, one.last, one.path.name))

    def read(self, stream: str, *, after: Position = BEGIN, limit: int = 1000) -> list[StreamEvent]:
        """Return up to *limit* archived events after a position, in order.

        Raises:
            Refused: DuckDB is not installed.
        """
        files = [str(one.path) for one in self.files(stream) if one.last > after]
        if not files:
            return []
        with _duckdb() as database:
            given = {"files": files, "stream": stream, "xid": after.xid, "at": after.seq, "limit": limit}
            return [_event(stream, row) for row in database.execute(_READ, given).fetchall()]

    def write(self, broker: Stream, stream: str, before: Position) -> int:
        """Archive all events of *stream* before a position that are not yet; return how many were written.

        Raises:
            Refused: DuckDB is not installed.
            StateDown: the folder cannot be written.
        """
        with _duckdb() as database:
            known = self._known(database, stream, before)
            ahead = takewhile(lambda one: one.position < before, broker.replay(stream))
            fresh = (one for one in ahead if one.id not in known)
            try:
                return sum(self._file(database, stream, one, fresh) for one in fresh)
            except OSError as error:
                raise StateDown(f"{_NOT} {error.strerror or error}.") from error

    def _known(self, database: duckdb.DuckDBPyConnection, stream: str, before: Position) -> frozenset[str]:
        """Return the ids of events that are archived already, of files that reach into what is still there."""
        files = [str(one.path) for one in self.files(stream) if one.first < before]
        if not files:
            return frozenset()
        asked = "SELECT id FROM read_parquet($files) WHERE stream = $stream AND (xid, seq) < ($xid, $at)"
        given = {"files": files, "stream": stream, "xid": before.xid, "at": before.seq}
        return frozenset(row[0] for row in database.execute(asked, given).fetchall())

    def _file(
        self, database: duckdb.DuckDBPyConnection, stream: str, first: StreamEvent, rest: Iterator[StreamEvent]
    ) -> int:
        """Write a file that begins with *first* and goes on with as much of *rest* as it takes."""
        folder = self._folder(stream)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _tidy(folder)
        with tempfile.TemporaryDirectory(prefix=".part-", dir=folder) as part:  # readable by its owner alone
            lines, made = Path(part, "events.ndjson"), Path(part, "events.parquet")
            count, last, longest = _spool(lines, chain([first], rest))
            database.execute(_written(made, longest), {"lines": str(lines)})
            there = database.execute("SELECT count(*) FROM read_parquet($made)", {"made": str(made)}).fetchone()
            if there != (count,):
                raise OSError(f"{count} events were to be written, and {there} are there")
            made.chmod(0o600)
            _settle(made)
            made.replace(folder / f"{first.position}-{last}.{first.id}.parquet")
        _settle(folder)
        return count

    def _folder(self, stream: str) -> Path:
        """Return where the files of *stream* are; told apart also where a file system folds letters."""
        name = re.sub(r"[A-Z]|^\.+", lambda found: f"%{found[0].lower()}", stream)
        if len(name) > LONGEST:  # the readable beginning, and all of it as a number
            name = f"{name[: LONGEST - 41]}%{hashlib.blake2b(stream.encode(), digest_size=20).hexdigest()}"
        return self.folder / name


def _files(folder: Path) -> Iterator[ArchiveFile]:
    for path in folder.iterdir() if folder.is_dir() else ():
        named = _FILE.fullmatch(path.name)
        with suppress(FileNotFoundError):  # it was moved away meanwhile, or was a link
            if named:
                size = path.stat().st_size
                yield ArchiveFile(path, Position.parse(named[1]), Position.parse(named[2]), size)


def _written(made: Path, longest: int) -> str:
    """Return the statement that makes a file of lines; DuckDB takes neither its name nor a size as a parameter."""
    name = str(made).replace("'", "''")
    return f"""COPY (SELECT {_CHOSEN} FROM read_json($lines, format = 'newline_delimited', columns = {_LINES},
    maximum_object_size = {2 * max(longest, 2**20)}) ORDER BY xid, seq)
    TO '{name}' (FORMAT parquet, COMPRESSION zstd)"""


def _tidy(folder: Path) -> None:
    """Take away what a process that was killed has left half written."""
    for path in folder.glob(".part-*"):
        with suppress(FileNotFoundError):  # another process was first
            if not path.is_symlink() and time.time() - path.stat().st_mtime > LEFT:
                shutil.rmtree(path, ignore_errors=True)


def _spool(path: Path, events: Iterable[StreamEvent]) -> tuple[int, Position, int]:
    """Write events as lines until a file is full; return how many, the position of the last, the longest line."""
    count = size = longest = 0
    last = BEGIN
    with path.open("w", encoding="utf-8") as file:
        for one in events:
            written = file.write(json.dumps(_line(one)) + "\n")
            count, size, last = count + 1, size + len(one.content.data), one.position
            longest = max(longest, written)
            if count >= MOST_EVENTS or size >= MOST_BYTES:
                break
    return count, last, longest


def _line(one: StreamEvent) -> dict[str, Any]:
    return {
        "xid": one.position.xid, "seq": one.position.seq, "id": one.id, "stream": one.stream, "type": one.type,
        "key": one.key, "version": one.version, "appended": round(one.at.timestamp() * 1_000_000),
        "note": json.dumps(dict(one.note)), "content_type": one.content.type,
        "data": base64.b64encode(one.content.data).decode(),
    }  # fmt: skip


def _event(stream: str, row: tuple[Any, ...]) -> StreamEvent:
    xid, seq, id, type, key, version, appended, note, content_type, data = row
    at = datetime.fromtimestamp(appended / 1_000_000, UTC)
    return StreamEvent(
        Position(xid, seq), id, stream, type, Content(bytes(data), content_type), at, key, version, json.loads(note)
    )


def _settle(path: Path) -> None:
    """See that *path* outlives a loss of power; a folder cannot be asked so on Windows."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _duckdb() -> Iterator[duckdb.DuckDBPyConnection]:
    try:
        import duckdb
    except ImportError as error:
        raise Refused(
            "Archiving needs DuckDB, which is not installed, so nothing was forgotten. Install it: "
            "pip install 'nexus-admin[analytics]'; or take the stream out of streams.archive."
        ) from error
    offline: dict[str, Any] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    try:
        with duckdb.connect(config=offline) as database:
            yield database
    except duckdb.Error as error:
        raise StateDown(f"The archive does not answer; nothing was forgotten. DuckDB says: {error}") from error
