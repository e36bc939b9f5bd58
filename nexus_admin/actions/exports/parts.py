"""The bytes of an export in our own state: written in sealed parts of a bounded size, and read one at a time."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path

from nexus_admin.actions.exports import records
from nexus_admin.actions.exports.records import ExportRecord
from nexus_admin.domain.errors import NotFound
from nexus_admin.domain.job import Cancelled, GiveUp
from nexus_admin.state.engine import State

PART = 512 * 1024
"""Bytes of a file that are kept as one part, before they are deflated."""
SPARED = 100 * 1024 * 1024
"""Bytes of the disk of a state in a file that no export takes: without them nothing could be written at all."""
MEGABYTE = 1_000_000


class Parts:
    """Writes the parts of one attempt.

    Args:
        state: Where they are kept.
        id, attempt: Whose they are.
        most: Bytes that the file may have.
    """

    def __init__(self, state: State, id: str, attempt: int, most: int) -> None:
        self._state, self._id, self._attempt, self._most = state, id, attempt, most
        self._held = bytearray()
        self.size = self.count = 0

    def add(self, chunk: bytes) -> None:
        """Take some more bytes, and keep them as soon as they are a part.

        Raises:
            GiveUp: the file becomes too large, or the disk too full.
            Cancelled: nobody wants it any more.
            StateDown: our own state cannot be written.
        """
        self.size += len(chunk)
        if self.size > self._most:
            raise GiveUp(
                f"The file would be larger than {self._most // MEGABYTE:,} MB, which exports.most_megabytes allows. "
                "Narrow the filter or take fewer columns."
            )
        self._held += chunk
        while len(self._held) >= PART:
            self._keep(bytes(self._held[:PART]))
            del self._held[:PART]

    def close(self) -> None:
        """Keep what is left; raises as `add`."""
        if self._held:
            self._keep(bytes(self._held))
            self._held.clear()

    def _keep(self, data: bytes) -> None:
        self._check_disk()
        place = records.part_id(self._id, self._attempt, self.count)
        sealed = self._state.vault.seal(zlib.compress(data, 1), context_of(place))
        mine = (self._id, self._attempt, self.count, sealed)
        if not self._state.write(lambda connection: records.add_part(connection, *mine)):
            raise Cancelled("It was stopped, or another worker has it now.")
        self.count += 1

    def _check_disk(self) -> None:
        if self._state.dialect != "sqlite":
            return
        free = shutil.disk_usage(Path(self._state.where).parent).free
        if free < SPARED:
            raise GiveUp(
                f"The disk of our own state is full: {free // MEGABYTE:,} MB are left, and the last "
                f"{SPARED // MEGABYTE:,} MB are spared. Nothing of the file was kept. Make room, then export again."
            )


def context_of(place: str) -> str:
    """Return for which place the vault seals a part."""
    return f"export_part:{place}"


def read_parts(state: State, record: ExportRecord) -> Iterator[bytes]:
    """Yield the file, part by part; no connection is held between them.

    Raises:
        NotFound: it was deleted meanwhile.
        SealBroken: its key is gone.
    """
    for number in range(record.parts or 0):
        yield _read(state, record, number)


def check_parts(state: State, record: ExportRecord) -> None:
    """Raise as `read_parts` would at its first and its last part: while an answer can still say so."""
    for number in {0, (record.parts or 0) - 1} if record.parts else ():
        _read(state, record, number)


def clear(state: State, id: str, below: int | None = None) -> None:
    """Delete the parts of an export, in several transactions; of attempts before *below* only."""
    while state.write(lambda connection: records.clear(connection, id, below)):
        pass


def _read(state: State, record: ExportRecord, number: int) -> bytes:
    sealed = state.read(lambda connection: records.part(connection, record.id, record.attempt, number))
    if sealed is None:
        raise NotFound("The file was deleted. Export again.")
    place = records.part_id(record.id, record.attempt, number)
    return zlib.decompress(state.vault.unseal(sealed, context_of(place)))
