"""Ids that sort by time: ULIDs, carried as `uuid.UUID`, monotonic within a process.

Source: the ULID specification, section "Monotonicity".
"""

from __future__ import annotations

import secrets
import threading
import time
import uuid

from nexus_admin.domain.errors import InvalidId

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)} | {"I": 1, "L": 1, "O": 0}
_PAIRS = [one + other for one in _ALPHABET for other in _ALPHABET]
_PLACES = range(120, -1, -10)
"""Where each two letters stand in the number, in bits."""
_RANDOM_BITS = 80
_lock = threading.Lock()
_last = 0


def new_id() -> uuid.UUID:
    """Return an id greater than every one that this process made before, also when the clock goes back."""
    return uuid.UUID(int=_first_of(1))


def new_ulids(count: int) -> list[str]:
    """Return *count* new ids as `as_ulid` spells them, each greater than the one before; cheap where there are many."""
    first = _first_of(count)
    letters, beyond = [], first + count
    while first < beyond:
        most = min(beyond, (first | 0xFFFFF) + 1)
        start = "".join([_PAIRS[first >> place & 1023] for place in _PLACES[:-2]])
        letters += [start + _PAIRS[number >> 10 & 1023] + _PAIRS[number & 1023] for number in range(first, most)]
        first = most
    return letters


def _first_of(count: int) -> int:
    """Return the first of *count* numbers that are nobody else's."""
    global _last
    with _lock:
        fresh = (time.time_ns() // 1_000_000) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS - 1)
        first = fresh if fresh > _last else _last + 1
        _last = first + count - 1
    return first


def as_ulid(value: uuid.UUID) -> str:
    """Return the 26 letters of *value*."""
    number = value.int
    return "".join([_PAIRS[number >> place & 1023] for place in _PLACES])


def parse_id(text: str) -> uuid.UUID:
    """Read a ULID or a UUID, in either case.

    Raises:
        InvalidId: it is neither.
    """
    try:
        if len(text) != 26:
            return uuid.UUID(text)
        number = 0
        for letter in text.upper():
            number = number * 32 + _VALUES[letter]
        return uuid.UUID(int=number)
    except (KeyError, ValueError):
        raise InvalidId(f"{text[:60]!r} is neither a ULID nor a UUID.") from None
