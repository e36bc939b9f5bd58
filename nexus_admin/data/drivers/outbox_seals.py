"""Seals on the rows of an outbox: whoever may write to its table past Nexus can plant nothing in it that is believed.

A seal is a keyed hash of the row and of whose outbox it is, made with the keys of our own state; it stands before the
event, in the same column. A row that was changed, taken from another outbox or written by somebody else has none that
fits. That a row is taken away, nobody can see by it.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import replace

from nexus_admin.data.drivers.outbox import Line
from nexus_admin.state.vault import Vault

_LETTERS = 48
"""Of a seal: 36 bytes in base64."""


class Seals:
    """Makes and checks the seals of one outbox.

    Args:
        vault: Whose keys.
        box: Id of the outbox.
    """

    def __init__(self, vault: Vault, box: str) -> None:
        self._vault, self._box = vault, box

    def put_on(self, line: Line) -> Line:
        """Return *line* as it is written."""
        seal = base64.urlsafe_b64encode(self._vault.sign(self._said(line))).decode()
        return replace(line, event=seal + (line.event or ""))

    def taken_off(self, line: Line) -> Line | None:
        """Return *line* as it was before it was written; None where it is not ours."""
        text = line.event or ""
        bare = replace(line, event=text[_LETTERS:] or None)
        try:
            seal = base64.b64decode(text[:_LETTERS], altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        return bare if self._vault.verify(self._said(bare), seal) else None

    def _said(self, line: Line) -> bytes:
        return b"row of an outbox v1\0" + json.dumps([self._box, line.id, line.entry, line.event]).encode()
