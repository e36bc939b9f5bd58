"""Ids that sort by time: ULIDs, carried as `uuid.UUID`, monotonic within a process.

Source: the ULID specification, section "Monotonicity".
"""

from __future__ import annotations

import os
import threading
import time
import uuid

from nexus_admin.domain.errors import InvalidId

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)} | {"I": 1, "L": 1, "O": 0}
_PAIRS = [one + other for one in _ALPHABET for other in _ALPHABET]
_PLACES = range(120, 19, -10)
"""Where each two letters stand in the number, in bits; those of the last four go through all values in a row."""
_RANDOM_BITS = 80
_PART = (1 << 40) - 1
_lock = threading.Lock()
_last = 0


def new_id() -> uuid.UUID:
    """Return an id greater than every one that this process made before, also when the clock goes back."""
    return uuid.UUID(int=_first_of(1))


def new_ulid() -> str:
    """Return a new id as `as_ulid` spells it."""
    return _spelled(_first_of(1))


def new_ulids(count: int) -> list[str]:
    """Return *count* new ids as `as_ulid` spells them, each greater than the one before; cheap where there are many."""
    first = _first_of(count)
    if count == 1:
        return [_spelled(first)]
    letters, beyond = [], first + count
    while first < beyond:
        most = min(beyond, (first | 0xFFFFF) + 1)
        start = "".join([_PAIRS[first >> place & 1023] for place in _PLACES])
        letters += [start + _PAIRS[number >> 10 & 1023] + _PAIRS[number & 1023] for number in range(first, most)]
        first = most
    return letters


def _first_of(count: int) -> int:
    """Return the first of *count* numbers that are nobody else's."""
    global _last
    with _lock:
        chance = int.from_bytes(os.urandom(_RANDOM_BITS // 8)) >> 1  # the first bit is 0: there is always room above
        fresh = (time.time_ns() // 1_000_000) << _RANDOM_BITS | chance
        first = fresh if fresh > _last else _last + 1
        _last = first + count - 1
    return first


def as_ulid(value: uuid.UUID) -> str:
    """Return the 26 letters of *value*."""
    return _spelled(value.int)


def _spelled(number: int) -> str:
    """Return the letters of *number*, in three parts: a shift of all of it copies all of it."""
    a, b, c = number >> 80, number >> 40 & _PART, number & _PART
    return (
        f"{_PAIRS[a >> 40]}{_PAIRS[a >> 30 & 1023]}{_PAIRS[a >> 20 & 1023]}{_PAIRS[a >> 10 & 1023]}{_PAIRS[a & 1023]}"
        f"{_PAIRS[b >> 30]}{_PAIRS[b >> 20 & 1023]}{_PAIRS[b >> 10 & 1023]}{_PAIRS[b & 1023]}"
        f"{_PAIRS[c >> 30]}{_PAIRS[c >> 20 & 1023]}{_PAIRS[c >> 10 & 1023]}{_PAIRS[c & 1023]}"
    )


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
