"""The vault: secrets at rest are sealed with AES-256-GCM, and heads of the ledger are signed.

A sealed value is `nx1` + key id (4 bytes) + nonce (12) + ciphertext and tag. The context,
e.g. `source:<id>`, is authenticated with it: what was sealed for one place opens in no other.
Several keys may be given; the first seals and signs, all of them open and verify (that is
how a key is changed).
"""

from __future__ import annotations

import contextlib
import hmac
import os
import re
import secrets
import tempfile
from collections.abc import Iterable
from pathlib import Path

from nexus_admin.domain.errors import NexusError, SettingError

VARIABLE = "NEXUS_SECRET_KEY"
SHORTEST = 32
_MARK = b"nx1"
_ID, _NONCE = 4, 12
_EXAMPLES = re.compile(rb"change[-_ ]?me|example|insecure|default|placeholder|your[-_ ]?(secret|key)|password", re.I)
_HOW = f"Make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))', and put it into {VARIABLE}."


class SealBroken(NexusError):
    """A sealed value does not open: another key, another place, or it was changed."""

    code, title = "seal_broken", "A secret cannot be opened"


class _Key:
    """What is derived from one master key: a seal, a signing key and an id that gives nothing away."""

    __slots__ = ("_cipher", "_seal", "id", "signing")

    def __init__(self, master: bytes) -> None:
        root = hmac.digest(b"nexus-admin vault", master, "sha256")
        self._seal = hmac.digest(root, b"seal v1", "sha256")
        self._cipher: object | None = None
        self.signing = hmac.digest(root, b"sign v1", "sha256")
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


class Vault:
    """Seals, opens, signs and verifies.

    Args:
        keys: Master keys, the newest first; each is checked.

    Raises:
        SettingError: there is none, or one is short, common or an example.
    """

    def __init__(self, keys: Iterable[bytes]) -> None:
        made = [_Key(checked_key(key)) for key in keys]
        if not made:
            raise SettingError(f"The vault has no key. {_HOW}")
        self._first = made[0]
        self._by_id = {key.id: key for key in reversed(made)}

    @property
    def key_id(self) -> str:
        """The first key's id in hex; it gives nothing of the key away."""
        return self._first.id.hex()

    def seal(self, plain: bytes, context: str) -> bytes:
        """Encrypt *plain* for one place, which *context* names."""
        nonce = secrets.token_bytes(_NONCE)
        return _MARK + self._first.id + nonce + self._first.encrypt(nonce, plain, context.encode())

    def unseal(self, sealed: bytes, context: str) -> bytes:
        """Return what was sealed for *context*.

        Raises:
            SealBroken: another key, another context, or not as it was sealed.
        """
        start = len(_MARK) + _ID
        if sealed[: len(_MARK)] != _MARK or len(sealed) < start + _NONCE + 16:
            raise SealBroken("This is not a sealed value. Enter the secret again.")
        key_id = sealed[len(_MARK) : start]
        key = self._by_id.get(key_id)
        if key is None:
            raise SealBroken(
                f"This was sealed with the key {key_id.hex()}, and this Nexus has {self.key_id}. "
                f"Give the old key too, after the new one and a comma, in {VARIABLE}."
            )
        return key.decrypt(sealed[start : start + _NONCE], sealed[start + _NONCE :], context.encode())

    def sign(self, data: bytes) -> bytes:
        """Return a keyed hash of *data*: key id (4 bytes) + HMAC-SHA-256."""
        return self._first.id + hmac.digest(self._first.signing, data, "sha256")

    def verify(self, data: bytes, signature: bytes) -> bool:
        """Whether *signature* came from `sign(data)` with one of the keys."""
        key = self._by_id.get(signature[:_ID])
        return key is not None and hmac.compare_digest(hmac.digest(key.signing, data, "sha256"), signature[_ID:])

    def knows(self, signature: bytes) -> bool:
        """Whether one of the keys made, or could have made, *signature*."""
        return signature[:_ID] in self._by_id


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


def keys_of_file(path: Path) -> list[bytes]:
    """Return the keys in *path*, one a line, newest first; makes the file (0600) where there is none.

    Raises:
        SettingError: others may read the file, or it cannot be made.
    """
    try:
        if not path.exists():
            _make_key_file(path)
    except OSError as error:
        raise SettingError(f"The key file {path} cannot be made: {error.strerror}. {_HOW}") from error
    return _read_keys(path)


def _make_key_file(path: Path) -> None:
    """Put a whole file there at once, so that two processes that start together get the same key."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        os.unlink(draft)


def _read_keys(path: Path) -> list[bytes]:
    try:
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise SettingError(f"Others on this machine may read the key file {path}. Run: chmod 600 {path}.")
        keys = [line for line in path.read_bytes().splitlines() if line.strip()]
    except OSError as error:
        raise SettingError(f"The key file {path} cannot be read: {error.strerror}.") from error
    if not keys:
        raise SettingError(f"The key file {path} is empty. Restore it from a backup: sealed secrets open with it only.")
    return keys
