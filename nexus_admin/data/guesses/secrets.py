"""Which columns hold what nobody may read: password hashes, tokens, keys of interfaces, salts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nexus_admin.data.guesses.patterns import HASHED, mostly
from nexus_admin.data.guesses.words import listed, parts, singular_snake

_ALONE = listed(
    "password passwd passwort pwd passphrase passcode secret secrets salt token apikey otp totp cvv cvc credential "
    "credentials pin digest"
)
_PAIRS = frozenset(
    {
        ("api", "key"), ("private", "key"), ("secret", "key"), ("access", "key"), ("signing", "key"),
        ("encryption", "key"), ("hmac", "key"), ("master", "key"), ("license", "key"), ("recovery", "codes"),
        ("backup", "codes"), ("recovery", "code"), ("pass", "crypt"), ("pass", "salt"), ("pass", "hash"),
        ("security", "answer"), ("session", "key"), ("session", "data"), ("client", "secret"), ("webhook", "secret"),
        ("auth", "key"), ("refresh", "key"), ("mot", "passe"), ("otp", "seed"),
    }
)  # fmt: skip
_TAILS = listed("hash hashed digest encrypted crypt ciphertext value salt enc")
_OF_SECRETS = listed("value key hash digest body content data")
_HARMLESS = listed("type count at on id ids limit expiry name hint length policy url uri format version")


def secret_because(name: str, kind: str, values: Sequence[Any], table: str = "") -> str | None:
    """Return why the column is secret, as a sentence; None where it is not.

    Args:
        name: The column's.
        kind: What its type says; numbers, dates and booleans hold no secrets.
        values: Some of them; they are only looked at, never told.
        table: Where it is: the `value` of an API key is one.
    """
    if kind not in ("text", "long_text", "binary", "json", "uuid", "array", "unknown"):
        return None
    found = tuple(parts(name))
    if not found or found[-1] in _HARMLESS:
        return None
    core = found[:-1] if len(found) > 1 and found[-1] in _TAILS else found
    if len(found) == 1 and found[0] in _OF_SECRETS and _holds_secrets(table):
        return "It is in a table of secrets."
    if core[-1] in _ALONE or core[-2:] in _PAIRS or found[-2:] in _PAIRS or "password" in core:
        return "Its name says that it is a secret."
    if kind in ("text", "long_text") and mostly(values, HASHED, 0.5):
        return "Its values look like password hashes or signed tokens."
    return None


def _holds_secrets(table: str) -> bool:
    found = tuple(parts(singular_snake(table)))
    return found[-2:] in _PAIRS or (bool(found) and found[-1] in _ALONE)
