"""What every engine of the stream checks in the same words, and what an event is made into before it is kept."""

from __future__ import annotations

import math
import re
import time
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from nexus_admin.brokers.content import Content, content_of
from nexus_admin.brokers.stream.protocol import Fresh
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadRequest, Invalid, TooLarge
from nexus_admin.domain.ids import as_ulid, new_ulids, parse_id
from nexus_admin.domain.spelling import json_writer

MOST_PAYLOAD = 2**20
"""Bytes of a payload, unless an engine is told otherwise."""
MOST_NOTE = 2**14
MOST_KEY = 1024
MOST_EVENTS = 10_000
"""Events in one append, one read or one batch."""
MOST_LANES = 1024
LONGEST_LEASE = 86_400.0
"""Seconds. What seems to be leased for longer was leased before the clock went back, so it is over."""
COUNTED = 10_000
"""How far events are counted that a lane is behind."""

_NAME = re.compile(r"[A-Za-z0-9._-]{1,200}")
_TYPE = re.compile(r"[A-Za-z0-9._:/-]{1,200}")
_MEDIA = re.compile(r"[\x20-\x7e]{1,200}")
_note = json_writer(allow_nan=False, sort_keys=True)
_started = time.time() - time.monotonic()


def steady() -> float:
    """Return seconds since 1970 as they were known at start, so that leases do not follow a clock that is moved."""
    return _started + time.monotonic()


@dataclass(slots=True)
class Ready:
    """An event as it is about to be kept; *given* says whether its id came with it."""

    id: str
    given: bool
    type: str
    key: str | None
    slot: int
    content: Content
    note: str | None
    at: int


def check_name(name: str, what: str = "stream") -> str:
    """Return *name* as it is.

    Raises:
        BadRequest: it is none.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise BadRequest(
            f"{str(name)[:60]!r} is no name of a {what}. One has 1 to 200 of the letters a to z, digits, '.', '_', '-'."
        )
    return name


def check_number(number: float, what: str, least: float, most: float) -> None:
    """Refuse a number that is out of bounds, and what is none."""
    if not least <= number <= most:
        raise BadRequest(f"{what} is between {least:,g} and {most:,g}, not {number!r}.")


def check_wait(seconds: float) -> None:
    """Refuse a wait that never ends or is none."""
    if not 0 <= seconds < math.inf:
        raise BadRequest(f"A wait is a number of seconds from 0 on, not {seconds!r}.")


def slot_of(text: str) -> int:
    """Return a number that stays the same for *text* on every machine; its rest by the lanes is the lane."""
    return zlib.crc32(text.encode()) & 0x7FFFFFFF


def micros(seconds: float) -> int:
    """Return *seconds* in microseconds."""
    return int(seconds * 1_000_000)


def moment(at: int) -> datetime:
    """Return the moment of *at*, microseconds since 1970."""
    return datetime.fromtimestamp(at / 1_000_000, UTC)


def micros_of(at: datetime) -> int:
    """Return microseconds since 1970 of *at*.

    Raises:
        BadRequest: it has no time zone.
    """
    if at.tzinfo is None:
        raise BadRequest(f"{at} has no time zone. Give datetime.now(UTC) or the like.")
    return round(at.timestamp() * 1_000_000)


def prepare(events: Sequence[Fresh], expect: int | None, at: int, most_payload: int) -> list[Ready]:
    """Return *events* as they are kept.

    Raises:
        BadRequest, Invalid, TooLarge: as `Stream.append` says.
    """
    if not events:
        raise BadRequest("Say what happened: an append has one event at least.")
    check_number(len(events), "The number of events in one append", 1, MOST_EVENTS)
    if expect is not None:
        if expect < 0:
            raise BadRequest(f"A version is a number from 0 on, not {expect!r}.")
        if events[0].key is None or any(one.key != events[0].key for one in events):
            raise BadRequest("Where a version is expected, all events have one key, the one whose version it is.")
    ids = iter(new_ulids(sum(one.id is None for one in events)))
    return [_ready(one, next(ids) if one.id is None else as_ulid(parse_id(one.id)), at, most_payload) for one in events]


def _ready(event: Fresh, id: str, at: int, most_payload: int) -> Ready:
    type, key = event.type, event.key
    if not isinstance(type, str) or not _is_type(type):
        raise BadRequest(f"{str(type)[:60]!r} is no type of an event. One reads like order.paid.")
    content = content_of(event.payload)
    if len(content.data) > most_payload:
        raise TooLarge(
            f"The payload of {type} has {len(content.data):,} bytes; one may have {most_payload:,} here. "
            "Put what is large into a file or a table, and append where it is."
        )
    if not _is_media(content.type):
        raise BadRequest(f"{content.type[:60]!r} is no media type.")
    if key is not None:
        _check_key(key)
    note = _noted(event.note) if event.note else None
    return Ready(id, event.id is not None, type, key, slot_of(id if key is None else key), content, note, at)


@lru_cache(1024)
def _is_type(text: str) -> bool:
    return _TYPE.fullmatch(text) is not None


@lru_cache(1024)
def _is_media(text: str) -> bool:
    return _MEDIA.fullmatch(text) is not None


def _check_key(key: str) -> None:
    try:
        size = len(key.encode())
    except (UnicodeEncodeError, AttributeError) as error:
        raise BadRequest(f"{key!r} is no key: it cannot be written as UTF-8.") from error
    if not 1 <= size <= MOST_KEY or "\0" in key:
        raise BadRequest(f"A key of an event has 1 to {MOST_KEY:,} bytes, and none of them is 0.")


def _noted(note: Any) -> str:
    try:
        text = _note(dict(note))
    except (TypeError, ValueError, RecursionError) as error:
        raise Invalid({"note": f"It cannot be kept: it is not JSON ({error})."}) from error
    if len(text) > MOST_NOTE:
        raise TooLarge(f"The note has {len(text):,} bytes; one may have {MOST_NOTE:,}.")
    return text


def fits(type: str, types: Sequence[str]) -> bool:
    """Whether *type* is one of *types*, of which one that ends with `.*` means all that begin so."""
    return not types or any(type == one or (one.endswith(".*") and type.startswith(one[:-1])) for one in types)
