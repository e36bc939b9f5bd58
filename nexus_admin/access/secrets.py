"""Random texts that open a door, and the hashes of them that are all we keep."""

from __future__ import annotations

import hashlib
import secrets

TOKEN_PREFIX = "nxt_"
"""What an API token begins with, so that scanners for leaked secrets can know it."""

LONGEST = 200
"""Longer texts are no secrets of ours, and are not worth hashing."""


def new_secret(prefix: str = "") -> str:
    """Return a text with 256 random bits."""
    return prefix + secrets.token_urlsafe(32)


def hash_of(secret: str) -> str:
    """Return what is stored: SHA-256 in hex. Nothing slower is needed, because nobody can guess 256 bits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
