"""What every store asks of keys, lifetimes and numbers."""

from __future__ import annotations

import math

from nexus_admin.brokers.content import JSON, Content
from nexus_admin.domain.errors import BadRequest, Refused

MOST_KEY = 1024
"""Bytes of a key, in UTF-8."""
WHOLE = range(-(2**63), 2**63)
"""Numbers that `incr` counts."""


def check_key(key: str) -> None:
    """Refuse what is no key."""
    try:
        size = len(key.encode())
    except UnicodeEncodeError as error:
        raise BadRequest(f"{key!r} is no key: it cannot be written as UTF-8.") from error
    if not 1 <= size <= MOST_KEY:
        raise BadRequest(f"A key has 1 to {MOST_KEY:,} bytes, not {size:,}.")


def check_lifetime(ttl: float | None) -> None:
    """Refuse what is no number of seconds."""
    if ttl is not None and not 0 < ttl < math.inf:
        raise BadRequest(f"A lifetime is a number of seconds above 0, not {ttl!r}. Without one, a value lives on.")


def whole(key: str, content: Content) -> int:
    """Return the whole number that *key* holds; refuse anything else."""
    try:
        if content.type == JSON:
            return int(content.data)
    except ValueError:
        pass
    raise Refused(f"{key!r} holds no whole number, so nothing can be added to it.")
