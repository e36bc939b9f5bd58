"""The vault: secrets at rest are sealed with AES-256-GCM, and heads of the ledger are signed.

A sealed value is `nx1` + key id (4 bytes) + nonce (12) + ciphertext and tag. The context,
e.g. `source:<id>`, is authenticated with it: what was sealed for one place opens in no other.
Several keys may be given; the first seals and signs, all of them open and verify (that is
how a key is changed). Where they come from a file, a key that another process put there is
found as soon as something bears it.
"""

from __future__ import annotations

import hmac
import logging
import os
import re
import secrets
from collections.abc import Iterable

from nexus_admin.domain.errors import NexusError, SettingError
from nexus_admin.state.key_file import KeyFile

VARIABLE = "NEXUS_SECRET_KEY"
SHORTEST = 32
_MARK = b"nx1"
_ID, _NONCE = 4, 12
_EXAMPLES = re.compile(rb"change[-_ ]?me|example|insecure|default|placeholder|your[-_ ]?(secret|key)|password", re.I)
_HOW = f"Make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))', and put it into {VARIABLE}."


_log = logging.getLogger(__name__)


class SealBroken(NexusError):
    """A sealed value does not open: another key, another place, or it was changed."""

    code, title = "seal_broken", "A secret cannot be opened"


class _Key:
    """What is derived from one master key: a seal, a signing key and an id that gives nothing away."""

    __slots__ = ("_cipher", "_seal", "id", "indexing", "signing")

    def __init__(self, master: bytes) -> None:
        root = hmac.digest(b"nexus-admin vault", master, "sha256")
        self._seal = hmac.digest(root, b"seal v1", "sha256")
        self._cipher: object | None = None
        self.signing = hmac.digest(root, b"sign v1", "sha256")
        self.indexing = hmac.digest(root, b"index v1", "sha256")
        self.id = hmac.digest(root, b"id v1", "sha256")[:_ID]

    def encrypt(self, nonce: bytes, plain: bytes, context: bytes) -> bytes:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # 40 ms that most starts can spare

        return AESGCM(self._seal).encrypt(nonce, plain, context)

    def decrypt(self, nonce: bytes, sealed: bytes, context: bytes) -> bytes:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            return AESGCM(self._seal).decrypt(nonce, sealed, context)
        except InvalidTag:
            raise SealBroken(
                "A sealed value was changed, or moved from another place. Restore it, or enter the secret again."
            ) from None


class _Ring:
    """Keys as they were given at one moment; a vault changes to another one as a whole."""

    __slots__ = ("by_id", "first")

    def __init__(self, keys: Iterable[bytes]) -> None:
        made = [_Key(checked_key(key)) for key in keys]
        if not made:
            raise SettingError(f"The vault has no key. {_HOW}")
        self.first = made[0]
        self.by_id = {key.id: key for key in reversed(made)}


class Vault:
    """Seals, opens, signs and verifies.

    Args:
        keys: Master keys, the newest first; each is checked.
        file: Where they come from, if it is a file: it may get newer ones while this vault lives.

    Raises:
        SettingError: there is none, or one is short, common or an example.
    """

    def __init__(self, keys: Iterable[bytes], file: KeyFile | None = None) -> None:
        self._ring = _Ring(keys)
        self._file = file

    @property
    def key_id(self) -> str:
        """The first key's id in hex; it gives nothing of the key away."""
        return self._ring.first.id.hex()

    def renew(self) -> bool:
        """Put a new key before the others, which stay. False, and nothing, where the keys come from no file."""
        if self._file is None:
            return False
        self._file.add()
        self._ring = _Ring(self._file.read())
        return True

    def is_newest(self, sealed: bytes) -> bool:
        """Whether *sealed* was sealed with the first key."""
        return sealed[len(_MARK) : len(_MARK) + _ID] == self._ring.first.id

    def seal(self, plain: bytes, context: str) -> bytes:
        """Encrypt *plain* for one place, which *context* names."""
        self._reread()  # what a command that changes the key has passed already would bear the old one
        nonce, key = secrets.token_bytes(_NONCE), self._ring.first
        return _MARK + key.id + nonce + key.encrypt(nonce, plain, context.encode())

    def unseal(self, sealed: bytes, context: str) -> bytes:
        """Return what was sealed for *context*.

        Raises:
            SealBroken: another key, another context, or not as it was sealed.
        """
        start = len(_MARK) + _ID
        if sealed[: len(_MARK)] != _MARK or len(sealed) < start + _NONCE + 16:
            raise SealBroken("This is not a sealed value. Enter the secret again.")
        key_id = sealed[len(_MARK) : start]
        key = self._key(key_id)
        if key is None:
            raise SealBroken(
                f"This was sealed with the key {key_id.hex()}, and this Nexus has {self.key_id}. "
                f"Give the old key too, after the new one and a comma, in {VARIABLE}."
            )
        return key.decrypt(sealed[start : start + _NONCE], sealed[start + _NONCE :], context.encode())

    def digests(self, plain: bytes, context: str) -> list[bytes]:
        """Return keyed hashes (16 bytes each) by which *plain* is found in one place, the newest key's first.

        There is one for each key: what another process sealed with a key that came meanwhile is found, too.
        """
        self._reread()
        given = context.encode() + b"\0" + plain
        first = self._ring.first
        keys = [first, *(one for one in self._ring.by_id.values() if one is not first)]
        return [hmac.digest(one.indexing, given, "sha256")[:16] for one in keys]

    def sign(self, data: bytes) -> bytes:
        """Return a keyed hash of *data*: key id (4 bytes) + HMAC-SHA-256."""
        key = self._ring.first
        return key.id + hmac.digest(key.signing, data, "sha256")

    def verify(self, data: bytes, signature: bytes) -> bool:
        """Whether *signature* came from `sign(data)` with one of the keys."""
        key = self._key(signature[:_ID])
        return key is not None and hmac.compare_digest(hmac.digest(key.signing, data, "sha256"), signature[_ID:])

    def knows(self, signature: bytes) -> bool:
        """Whether one of the keys made, or could have made, *signature*."""
        return self._key(signature[:_ID]) is not None

    def _key(self, key_id: bytes) -> _Key | None:
        """Return the key with that id; one that is not known may have come into the file meanwhile."""
        found = self._ring.by_id.get(key_id)
        return found or (self._ring.by_id.get(key_id) if self._reread() else None)

    def _reread(self) -> bool:
        """Read the keys again where their file is another one; return whether that was so."""
        if self._file is None or not self._file.changed():
            return False
        try:
            self._ring = _Ring(self._file.read())
        except SettingError as error:
            _log.error("The keys are used as they were read before: %s", error)
        return True


def checked_key(key: bytes) -> bytes:
    """Return *key* without blanks around it.

    Raises:
        SettingError: it is short, has too little variety, or reads like an example.
    """
    key = key.strip()
    if len(key) < SHORTEST:
        raise SettingError(f"{VARIABLE} has {len(key)} characters, and at least {SHORTEST} are needed. {_HOW}")
    if len(set(key)) < 10 or key.lower() in b"0123456789abcdef" * (len(key) // 16 + 1) or _EXAMPLES.search(key):
        raise SettingError(f"{VARIABLE} is an example or easily guessed. {_HOW}")
    return key


def keys_of_environment() -> list[bytes]:
    """Return the keys in `NEXUS_SECRET_KEY`, parted by commas; [] if it is not set."""
    return [part.encode() for part in os.environ.get(VARIABLE, "").split(",") if part.strip()]
