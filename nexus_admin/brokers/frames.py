"""Calls to the brokers as binary frames, and back: a head in JSON, then the bytes that it speaks of.

A frame is the length of its head in four bytes, big end first; the head; and all the rest is the parts, one after
another. In a head, what JSON cannot say is an object with `$`, the name of its kind:

    {"$": "bytes", "at": 0}                     the first part
    {"$": "content", "type": "image/png", "at": 1}
    {"$": "moment", "is": "2026-01-02T03:04:05+00:00"}
    {"$": "span", "is": 3.5}                    seconds
    {"$": "float", "is": "inf"}                 what JSON has no number for
    {"$": "object", "is": [["$", 1]]}           an object that itself has a `$`
    {"$": "Job", "id": "…", …}                  one of the brokers' nouns, field by field

The head of a frame from a client has `parts`, the length of each. No kind makes anything but a value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from functools import cache
from math import isfinite
from typing import Any

from pydantic import TypeAdapter

from nexus_admin.brokers.content import Content
from nexus_admin.brokers.pubsub.protocol import Gap, Message, PubSubFigures
from nexus_admin.brokers.queue.protocol import Job, QueueFigures
from nexus_admin.brokers.store.protocol import Entry, StoreFigures
from nexus_admin.brokers.stream import protocol as stream
from nexus_admin.brokers.stream import trimming
from nexus_admin.domain.errors import BadRequest, Invalid

PREFIX = 4
"""Bytes that say how long the head is."""
NOUNS: Mapping[str, type] = {
    one.__name__: one
    for one in (
        Entry,
        Gap,
        Job,
        Message,
        PubSubFigures,
        QueueFigures,
        StoreFigures,
        stream.Batch,
        stream.Fresh,
        stream.GroupFigures,
        stream.LaneFigures,
        stream.Parked,
        stream.Position,
        stream.Shift,
        stream.StreamEvent,
        stream.StreamFigures,
        trimming.Need,
        trimming.Trimming,
    )
}
_FIELDS = {
    kind: tuple((one.name, str(one.type).startswith("tuple")) for one in fields(kind)) for kind in NOUNS.values()
}


def packed(head: Mapping[str, Any]) -> bytes:
    """Return *head*, whose values may be anything that the brokers know, as a frame."""
    parts: list[bytes] = []
    said = {name: _said(value, parts) for name, value in head.items()}
    if parts:
        said["parts"] = [len(part) for part in parts]
    text = json.dumps(said, allow_nan=False, separators=(",", ":")).encode()  # as ASCII: half a letter passes, too
    return b"".join([len(text).to_bytes(PREFIX, "big"), text, *parts])


def unpacked(frame: bytes) -> dict[str, Any]:
    """Return the head of *frame* with everything in it made anew.

    Raises:
        BadRequest: it is no such frame.
    """
    end = PREFIX + int.from_bytes(frame[:PREFIX], "big")
    try:
        if len(frame) < PREFIX or end > len(frame):
            raise ValueError("it ends too early")
        head = json.loads(frame[PREFIX:end])
        lengths = head.pop("parts", [])
        parts = _cut(frame, end, lengths)
        return {name: _meant(value, parts) for name, value in head.items()}
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, OverflowError) as error:
        raise BadRequest(f"That is no frame of the brokers: {error}.") from None


def _cut(frame: bytes, start: int, lengths: Sequence[int]) -> list[bytes]:
    parts = []
    for length in lengths:
        if type(length) is not int or length < 0:
            raise ValueError(f"{length!r} is no length")
        parts.append(frame[start : start + length])
        start += length
    if start != len(frame):
        raise ValueError("the parts are not as long as it says")
    return parts


def _said(value: Any, parts: list[bytes]) -> Any:
    match value:
        case float() if not isfinite(value):
            return {"$": "float", "is": str(value)}
        case None | bool() | int() | float() | str():
            return value
        case bytes() | bytearray() | memoryview():
            parts.append(bytes(value))
            return {"$": "bytes", "at": len(parts) - 1}
        case Content():
            parts.append(value.data)
            return {"$": "content", "type": value.type, "at": len(parts) - 1}
        case datetime():
            return {"$": "moment", "is": value.isoformat()}
        case timedelta():
            return {"$": "span", "is": value.total_seconds()}
        case Mapping():
            return _said_object(value, parts)
        case Sequence():
            return [_said(one, parts) for one in value]
    kind = type(value)
    if kind not in _FIELDS:
        raise Invalid({"": f"{kind.__name__} cannot be sent to a broker."})
    return {"$": kind.__name__} | {name: _said(getattr(value, name), parts) for name, _ in _FIELDS[kind]}


def _said_object(value: Mapping[Any, Any], parts: list[bytes]) -> Any:
    if "$" in value:
        return {"$": "object", "is": [[str(name), _said(one, parts)] for name, one in value.items()]}
    return {str(name): _said(one, parts) for name, one in value.items()}


def _meant(value: Any, parts: list[bytes]) -> Any:
    if isinstance(value, list):
        return [_meant(one, parts) for one in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("$")
    if kind is None:
        return {name: _meant(one, parts) for name, one in value.items()}
    match kind:
        case "bytes":
            return parts[_place(value)]
        case "content":
            return Content(parts[_place(value)], str(value["type"]))
        case "moment":
            return datetime.fromisoformat(value["is"])
        case "float":
            return float(value["is"])
        case "span":
            return timedelta(seconds=value["is"])
        case "object":
            return {str(name): _meant(one, parts) for name, one in value["is"]}
    return _noun(NOUNS[kind], value, parts)


def _place(value: Mapping[str, Any]) -> int:
    place = value["at"]
    if type(place) is not int or place < 0:
        raise ValueError(f"{place!r} is no part")
    return place


def _noun(kind: type, value: Mapping[str, Any], parts: list[bytes]) -> Any:
    given = {}
    for name, many in _FIELDS[kind]:
        if name in value:
            one = _meant(value[name], parts)
            given[name] = tuple(one) if many else one
    return _adapter(kind).validate_python(given)


@cache
def _adapter(kind: type) -> TypeAdapter[Any]:
    return TypeAdapter(kind)  # what came from elsewhere has the types that it is said to have, or is refused
