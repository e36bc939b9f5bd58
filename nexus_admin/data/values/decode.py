"""From what a driver gives to Python values: chosen once a field, run a column at a time, never raising."""

from __future__ import annotations

import math
import sys
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from types import NoneType
from typing import Any

from nexus_admin.data.values.json_values import JsonArray, JsonObject, parsed_json
from nexus_admin.data.values.natives import is_float
from nexus_admin.data.values.spelling import loose_moment
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.kinds import FAMILIES
from nexus_admin.domain.resource import Field
from nexus_admin.domain.row import Unreadable

MAX_JSON = 1_000_000
"""A longer JSON text is shown as text, not parsed."""

MAX_KNOWN = 4096
"""Prices repeat: so many of a column are remembered."""

_NUMBERS = frozenset({"decimal", "money", "percent"})


@dataclass(frozen=True, slots=True)
class Decoder:
    """How the values of one field are read.

    Args:
        plain: Types that stand for themselves; a column of nothing else is not looked at again.
        quick: Reads one value that is not None; may raise anything.
        bulk: Reads a whole column without None faster than one by one; may raise anything.
    """

    plain: frozenset[type]
    quick: Callable[[Any], Any]
    bulk: Callable[[Sequence[Any]], Sequence[Any]] | None = None

    def one(self, raw: Any) -> Any:
        """Return the value of *raw*, or Unreadable; never raises."""
        if type(raw) in self.plain:
            return raw
        try:
            return self.quick(raw)
        except Exception:  # whatever it is, the page goes on
            return Unreadable(raw_text(raw))

    def column(self, raws: Sequence[Any]) -> Sequence[Any]:
        """Return the values of a whole column; never raises."""
        if self.plain.issuperset(map(type, raws)):
            return raws
        quick = self.quick
        try:
            if self.bulk is not None and None not in raws:
                return self.bulk(raws)
            return [None if raw is None else quick(raw) for raw in raws]
        except Exception:
            return [self.one(raw) for raw in raws]


def decode(field: Field, raw: Any, dialect: str) -> Any:
    """Return the Python value of what the driver gave, or Unreadable; never raises."""
    return decoder(field, dialect).one(raw)


def decoder(field: Field, dialect: str) -> Decoder:
    """Choose how *field* is read from *dialect*."""
    kind = field.kind
    if kind == "secret" or kind not in FAMILIES:
        return _ANY
    if field.as_text:
        return _ANY if kind == "array" or dialect == "sqlite" else _TEXT
    if kind in _NUMBERS:
        return _numbers(field)
    if kind == "array":
        return _arrays(field, dialect)
    if kind == "datetime" and dialect == "sqlite":
        return _LOOSE_MOMENTS
    return _BY_KIND.get(kind, _ANY)


def raw_text(raw: Any) -> str:
    """Return what the driver gave as text for showing; bytes as `X'…'`, the way that SQL spells them."""
    if isinstance(raw, bytes | bytearray | memoryview):
        return f"X'{bytes(raw).hex()}'"
    return str(raw)


# ── one value ────────────────────────────────────────────────────────────────────────────────


def _text(raw: Any) -> str:
    kind = type(raw)
    if kind is str:
        return str(raw)
    if kind in (int, float, Decimal, uuid.UUID):
        return str(raw)
    raise ValueError


def _whole(raw: Any) -> int:
    if type(raw) is int:
        return raw
    if type(raw) in (float, Decimal) and raw == int(raw):
        return int(raw)
    raise ValueError


def _boolean(raw: Any) -> bool:
    if type(raw) is bool:
        return raw
    if type(raw) is int and raw in (0, 1):
        return raw == 1
    if raw in (b"\x00", b"\x01"):
        return bool(raw == b"\x01")
    raise ValueError


def _date(raw: Any) -> date:
    if type(raw) is str:
        if len(raw) == 10:
            return date.fromisoformat(raw)
        moment = loose_moment(raw)
        if moment.time() == time.min and moment.tzinfo is None and len(raw) > 10:
            return moment.date()
    raise ValueError


def _time(raw: Any) -> time:
    if type(raw) is str and not raw.startswith("24") and len(raw) <= 21:
        return time.fromisoformat(raw)
    raise ValueError


def _moment(raw: Any) -> datetime:
    if sys.version_info >= (3, 13) and raw[11:13] == "24":
        raise ValueError
    return datetime.fromisoformat(raw)


def _plain_moments(raws: Sequence[Any]) -> Sequence[Any]:
    """Read moments that need no second look; any that does sends the column to be read one by one."""
    if sys.version_info >= (3, 13) or max(map(len, raws)) > 26:
        raise ValueError
    return list(map(datetime.fromisoformat, raws))


def _plain_dates(raws: Sequence[Any]) -> Sequence[Any]:
    if set(map(len, raws)) != {10}:
        raise ValueError
    return list(map(date.fromisoformat, raws))


def _plain_booleans(raws: Sequence[Any]) -> Sequence[Any]:
    if set(map(type, raws)) != {int} or not set(raws) <= {0, 1}:
        raise ValueError
    return list(map(bool, raws))


def _json(raw: Any) -> Any:
    if type(raw) is not str:
        if type(raw) in (int, float):
            return parsed_json(repr(raw))
        raise ValueError
    if len(raw) > MAX_JSON:
        raise ValueError
    return parsed_json(raw)


def _uuid(raw: Any) -> uuid.UUID:
    if type(raw) is bytes and len(raw) == 16:
        return uuid.UUID(bytes=raw)
    raise ValueError


def _bytes(raw: Any) -> bytes:
    if isinstance(raw, bytes | bytearray | memoryview):
        return bytes(raw)
    raise ValueError


def _anything(raw: Any) -> Any:
    kind = type(raw)
    if kind in (memoryview, bytearray):
        return bytes(raw)
    if isinstance(raw, str):
        raise ValueError  # text that is not UTF-8
    if kind is list:
        return [None if one is None else _anything(one) if type(one) is list else one for one in raw]
    if kind.__module__ in ("builtins", "datetime", "decimal", "uuid"):
        return raw
    return str(raw)


_TEXT = Decoder(frozenset({str, NoneType}), _text)
_ANY = Decoder(frozenset({str, int, float, bool, bytes, Decimal, uuid.UUID, NoneType}), _anything)
_MOMENTS = Decoder(frozenset({NoneType}), _moment, _plain_moments)
_LOOSE_MOMENTS = Decoder(frozenset({NoneType}), loose_moment, _plain_moments)
_WHOLES = Decoder(frozenset({int, NoneType}), _whole)

_BY_KIND: dict[str, Decoder] = {
    **{kind: _TEXT for kind, family in FAMILIES.items() if family == "text"},
    "enum": _TEXT,
    "integer": _WHOLES,
    "year": _WHOLES,
    "boolean": Decoder(frozenset({bool, NoneType}), _boolean, _plain_booleans),
    "date": Decoder(frozenset({NoneType}), _date, _plain_dates),
    "datetime": _MOMENTS,
    "time": Decoder(frozenset({NoneType}), _time),
    "json": Decoder(frozenset({JsonObject, JsonArray, NoneType}), _json),
    "uuid": Decoder(frozenset({uuid.UUID, str, NoneType}), _uuid),
    "binary": Decoder(frozenset({bytes, NoneType}), _bytes),
}


# ── numbers and arrays ───────────────────────────────────────────────────────────────────────


def _numbers(field: Field) -> Decoder:
    """Decimals stay decimals and floats floats; SQLite's floats are read as the decimals that they are shown as."""
    if is_float(field.native) and field.kind != "money":
        return Decoder(frozenset({NoneType}), _finite_float)
    return Decoder(frozenset({NoneType}), _decimal if field.scale is None else _scaled(field.scale))


def _finite_float(raw: Any) -> float:
    if type(raw) is float or type(raw) is int:
        if math.isfinite(raw):
            return float(raw)
        raise ValueError
    if type(raw) is Decimal and raw.is_finite():
        return float(raw)
    raise ValueError


def _decimal(raw: Any) -> Decimal:
    kind = type(raw)
    if kind is Decimal:
        value: Decimal = raw
    elif kind is float:
        value = Decimal(repr(raw))
    elif kind is int or (kind is str and raw.isascii() and raw == raw.strip() and "_" not in raw):
        value = Decimal(raw)
    else:
        raise ValueError
    if not value.is_finite():
        raise ValueError
    return value


def _scaled(scale: int) -> Callable[[Any], Decimal]:
    """Return a reader that shows 9.5 as 9.50 where two digits are declared, and never rounds."""
    shape = f"%.{max(scale, 0)}f"
    known: dict[Any, Decimal] = {}

    def read(raw: Any) -> Decimal:
        value = known.get(raw)
        if value is not None:
            return value
        if (type(raw) is float or type(raw) is int) and -1e15 < raw < 1e15:
            text = shape % raw
            if float(text) == raw:
                if len(known) >= MAX_KNOWN:
                    known.clear()
                known[raw] = value = Decimal(text)
                return value
        return _decimal(raw)

    return read


def _arrays(field: Field, dialect: str) -> Decoder:
    """Read lists element by element; elsewhere an array is JSON text."""
    inner = decoder(replace(field, kind=field.unit or "unknown", unit=None), dialect)
    if field.unit == "array":
        inner = _ANY

    def read(raw: Any) -> Any:
        if type(raw) is list:
            return [read(one) if type(one) is list else inner.one(one) for one in raw]
        return _json(raw)

    return Decoder(frozenset({NoneType}), read)
