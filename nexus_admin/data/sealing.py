"""Values of encrypted columns: sealed on the way into the database, opened on the way out.

In a row, in Python, a value is always in the clear; what a role may see of it is up to decisions, as for any other.
A value that was there before is read as it is, and marked; one that does not open is shown as unreadable.
"""

from __future__ import annotations

import base64
from functools import partial
from types import NoneType
from typing import Any

from nexus_admin.data.values.decode import Decoder
from nexus_admin.domain.encryption import MARK, room
from nexus_admin.domain.errors import Invalid
from nexus_admin.domain.resource import Field
from nexus_admin.domain.row import Unreadable, Unsealed
from nexus_admin.state.vault import Vault

_ID = slice(3, 7)
"""Where a sealed value of the vault holds the id of its key."""


class Sealing:
    """Seals and opens the values of encrypted columns.

    Args:
        vault: Holds the keys. The newest seals, each of them opens.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    @property
    def newest(self) -> str:
        """What a value begins with that the newest key sealed."""
        return f"{MARK}{self._vault.key_id}."

    def columns(self, field: Field, value: Any) -> dict[str, Any]:
        """Return what is written for *value*: by column, its blind index too.

        Raises:
            Invalid: it does not fit into the column when it is encrypted.
        """
        if isinstance(value, Unreadable):
            return {field.name: value.text}
        found = {field.name: None if value is None else self._sealed(field, str(value))}
        if field.blind:
            found[field.blind] = None if value is None else self.digests(field, str(value))[0]
        return found

    def decoder(self, field: Field) -> Decoder:
        """Return what reads the values of *field*."""
        return Decoder(frozenset({NoneType}), partial(self.opened, field))

    def opened(self, field: Field, raw: Any) -> str:
        """Return a stored value in the clear.

        Raises:
            SealBroken, ValueError: it is none of ours, was changed or moved, or its key is gone.
        """
        if not isinstance(raw, str):
            raise ValueError("not a text")
        if not raw.startswith(MARK):
            return Unsealed(raw)
        key, _, rest = raw.removeprefix(MARK).rstrip(" ").partition(".")
        sealed = b"nx1" + bytes.fromhex(key) + base64.urlsafe_b64decode(rest + "=" * (-len(rest) % 4))
        return self._vault.unseal(sealed, _place(field)).decode()

    def digests(self, field: Field, text: str) -> list[str]:
        """Return what the blind index of *field* may hold for *text*: the newest key's first."""
        return [one.hex() for one in self._vault.digests(text.encode(), _place(field))]

    def _sealed(self, field: Field, text: str) -> str:
        plain = text.encode()
        fits = room(_width(field))
        if fits is not None and len(plain) > fits:
            raise Invalid({field.name: f"At most {fits} bytes fit encrypted; this has {len(plain)}."})
        sealed = self._vault.seal(plain, _place(field))
        rest = base64.urlsafe_b64encode(sealed[_ID.stop :]).decode().rstrip("=")
        return f"{MARK}{sealed[_ID].hex()}.{rest}"


def _width(field: Field) -> int | None:
    """Return the characters that the column holds, as it was found."""
    width = field.options.get("width")
    return width if isinstance(width, int) else None


def _place(field: Field) -> str:
    """Return what a value is sealed for: in another column it does not open."""
    return f"column:{field.encrypted}"
