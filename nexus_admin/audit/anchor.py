"""The anchor: the signed head in a file outside of the state.

Whoever can rewrite the whole database, or put an old copy of it back, cannot know what
this file says. It is written a minute after an entry at the latest, and never over a head
that the ledger no longer holds.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from nexus_admin.audit.links import Head, is_signed, read_head
from nexus_admin.domain.errors import NexusError, SettingError
from nexus_admin.state.engine import State
from nexus_admin.state.tables.ledger import audit_entry
from nexus_admin.state.vault import Vault

SECONDS = 60.0
_log = logging.getLogger(__name__)


def read_anchor(path: Path, vault: Vault) -> Head | None:
    """Return the head in *path*, None if there is no such file.

    Raises:
        SettingError: the file is damaged, or signed with a key that we do not have.
    """
    try:
        kept: dict[str, Any] = json.loads(path.read_text("utf-8"))
        head = Head(kept["opened"], kept["seq"], kept["hash"], kept["at"])
        if is_signed(head.payload, kept["signature"], vault):
            return head
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingError(f"The audit anchor {path} cannot be read: {error}.") from error
    raise SettingError(f"The audit anchor {path} does not bear our signature. Was it changed, or the key?")


def holds(connection: sa.Connection, head: Head) -> bool:
    """Whether the ledger still has *head* in it."""
    if head.seq == 0:
        return True
    found = connection.execute(sa.select(audit_entry.c.hash).where(audit_entry.c.seq == head.seq)).scalar()
    return found == head.hash


class Anchor:
    """Keeps the file up to date, from a thread of its own.

    Args:
        state: Whose ledger it is.
        path: The file; its folder must exist.
        every: Entries after which it is written at once.
    """

    def __init__(self, state: State, path: Path, every: int) -> None:
        self.path = path
        self._state, self._every = state, every
        self._new = 0
        self._stopping = False
        self._bell = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="nexus-audit-anchor", daemon=True)
        self._thread.start()

    def appended(self, count: int) -> None:
        """Take note of new entries."""
        with self._bell:
            before, self._new = self._new, self._new + count
            if not before or self._new >= self._every:
                self._bell.notify()

    def stop(self) -> None:
        """Write the file a last time and end the thread."""
        with self._bell:
            self._stopping = True
            self._bell.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._bell:
                self._bell.wait_for(lambda: self._new or self._stopping)
                until = time.monotonic() + SECONDS
                self._bell.wait_for(self._is_due, timeout=max(until - time.monotonic(), 0))
                stopping, new, self._new = self._stopping, self._new, 0
            if new or stopping:
                self._publish_safely()
            if stopping:
                return

    def _is_due(self) -> bool:
        return self._stopping or self._new >= self._every

    def _publish_safely(self) -> None:
        try:
            self.publish()
        except (NexusError, OSError) as error:
            _log.error("The audit anchor was not written: %s", error)

    def publish(self) -> Head:
        """Write the head now and return it.

        Raises:
            SettingError: the file is damaged, or holds a head that the ledger lost; it is left as it is.
            StateDown: the state cannot be read.
        """
        vault = self._state.vault
        last = read_anchor(self.path, vault)

        def look(connection: sa.Connection) -> tuple[Head, bool, bool]:
            return *read_head(connection, vault), last is None or holds(connection, last)

        head, trusted, held = self._state.read(look)
        if not trusted or not held:
            raise SettingError(
                f"The ledger no longer holds the head in {self.path}: entries were changed or cut off. "
                "The file was left as it is. Run `nexus audit verify`."
            )
        self._write(head, vault.sign(head.payload).hex())
        return head

    def _write(self, head: Head, signature: str) -> None:
        content = {"opened": head.opened, "seq": head.seq, "hash": head.hash, "at": head.at, "signature": signature}
        draft = self.path.with_name(self.path.name + ".new")
        with open(draft, "w", encoding="utf-8") as file:
            file.write(json.dumps(content) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, self.path)
