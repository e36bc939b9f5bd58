"""Row values as JSON and back, exactly; secrets are sealed on the way.

What JSON has stays as it is. All else becomes an object with one key that starts with
`$`: `{"$decimal": "1.10"}`, `{"$bytes": …}`, `{"$sealed": …}`. A value that nobody
foresaw becomes Unreadable: it can be looked at, and is never written back.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from nexus_admin.domain.row import Masked, Row, Unreadable
from nexus_admin.domain.spelling import json_writer
from nexus_admin.state.vault import SealBroken, Vault

SEALED = Masked("••••")
SEALED_ANEW = Masked("•••••")
"""What a secret looks like, and what its new value looks like where it was changed."""


_compact = json_writer()


def compact(value: Any) -> str:
    """Return JSON-safe *value* as ASCII text without blanks; the same value always gives the same text."""
    return _compact(value)


def to_json(value: Any) -> Any:
    """Return *value* as JSON can hold it."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$float": repr(float(value))}
    if isinstance(value, Mapping):
        if all(isinstance(key, str) and not key.startswith("$") for key in value):
            return {key: to_json(one) for key, one in value.items()}
        return {"$dict": [[to_json(key), to_json(one)] for key, one in value.items()]}
    if isinstance(value, list):
        return [to_json(one) for one in value]
    return _tagged(value)


_AS_IT_IS = frozenset({str, int, bool, type(None)})
"""Most values of most rows: JSON has them."""


def _coded(value: Any) -> Any:
    if value.__class__ in _AS_IT_IS:
        return value
    try:
        coded = to_json(value)
        if isinstance(value, list | dict):
            compact(coded)
        return coded
    except RecursionError:
        return {"$unreadable": "(nested too deeply to be kept)"}


def _tagged(value: Any) -> Any:
    usual = _USUAL.get(value.__class__)
    if usual is not None:
        return usual(value)
    for kinds, writer in _WRITERS:
        if isinstance(value, kinds):
            return writer(value)
    return {"$unreadable": str(value)}


def _zone(zone: tzinfo | None, fold: int) -> dict[str, Any]:
    named = {"zone": zone.key} if isinstance(zone, ZoneInfo) and zone.key else {}
    return {**named, "fold": 1} if fold else named


_WRITERS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (Decimal, lambda value: {"$decimal": str(value)}),
    (datetime, lambda value: {"$datetime": value.isoformat(), **_zone(value.tzinfo, value.fold)}),
    (date, lambda value: {"$date": value.isoformat()}),
    (time, lambda value: {"$time": value.isoformat(), **_zone(value.tzinfo, value.fold)}),
    (timedelta, lambda value: {"$duration": [value.days, value.seconds, value.microseconds]}),
    ((bytes, bytearray, memoryview), lambda value: {"$bytes": base64.b64encode(value).decode()}),
    (UUID, lambda value: {"$uuid": str(value)}),
    (tuple, lambda value: {"$tuple": [to_json(one) for one in value]}),
    (Masked, lambda value: {"$masked": value.shape}),
    (Unreadable, lambda value: {"$unreadable": value.text}),
)
"""In this order: a datetime is a date too."""
_USUAL = {kind: writer for kind, writer in _WRITERS if isinstance(kind, type)}
"""For values of just these types, not of one derived from them: most of those that are written."""
_WRITTEN = _AS_IT_IS.union((Decimal, datetime, date, time, timedelta, UUID))
"""What the encoder of a row writes by itself, or comes to `_USUAL` for: it is quicker at that than we are."""
_row_text = json_writer(default=lambda value: _USUAL[value.__class__](value))
_READERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "$float": lambda box: float(box["$float"]),
    "$decimal": lambda box: Decimal(box["$decimal"]),
    "$datetime": lambda box: _in_zone(datetime.fromisoformat(box["$datetime"]), box),
    "$date": lambda box: date.fromisoformat(box["$date"]),
    "$time": lambda box: _in_zone(time.fromisoformat(box["$time"]), box),
    "$duration": lambda box: timedelta(*box["$duration"]),
    "$bytes": lambda box: base64.b64decode(box["$bytes"]),
    "$uuid": lambda box: UUID(box["$uuid"]),
    "$tuple": lambda box: tuple(from_json(one) for one in box["$tuple"]),
    "$dict": lambda box: {from_json(key): from_json(one) for key, one in box["$dict"]},
    "$masked": lambda box: Masked(box["$masked"]),
    "$unreadable": lambda box: Unreadable(box["$unreadable"]),
}


def from_json(value: Any) -> Any:
    """Return what `to_json` was given."""
    if isinstance(value, list):
        return [from_json(one) for one in value]
    if isinstance(value, dict):
        tag = next(iter(value), "")
        reader = _READERS.get(tag) if tag.startswith("$") else None
        return reader(value) if reader else {key: from_json(one) for key, one in value.items()}
    return value


def _in_zone(moment: Any, box: dict[str, Any]) -> Any:
    changes: dict[str, Any] = {"fold": box.get("fold", 0)}
    if "zone" in box:
        changes["tzinfo"] = ZoneInfo(box["zone"])
    return moment.replace(**changes)


class RowText:
    """Rows as text: `write` seals the secret fields for one place in the ledger, `read` opens or masks them.

    Args:
        vault: Seals, and tells whether two sealed values are the same.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def write(self, row: Mapping[str, Any] | None, secret: Collection[str], place: str, side: str) -> str | None:
        """Return *row* as text.

        Args:
            row: Values by field.
            secret: Names of the fields to seal.
            place: Names the change, e.g. `<entry id>/0`; a sealed value opens nowhere else.
            side: `before` or `after`.
        """
        if row is None:
            return None
        if not secret:
            return _row_text({name: one if one.__class__ in _WRITTEN else _coded(one) for name, one in row.items()})
        safe = {}
        for name, value in row.items():
            coded = _coded(value)
            safe[name] = self._sealed(coded, place, side, name) if name in secret and value is not None else coded
        return compact(safe)

    def _sealed(self, coded: Any, place: str, side: str, name: str) -> dict[str, str]:
        plain = compact(coded).encode()
        sealed = self._vault.seal(plain, f"audit/{place}/{side}/{name}")
        same = self._vault.sign(f"audit/{place}/{name}/".encode() + plain)[4:12]
        return {"$sealed": base64.b64encode(sealed).decode(), "same": same.hex()}

    def read(
        self, before: str | None, after: str | None, place: str, *, unsealed: bool = False
    ) -> tuple[Row | None, Row | None]:
        """Return both sides of a change, secrets opened or masked; a changed secret differs even when masked."""
        old, new = (None if text is None else json.loads(text) for text in (before, after))
        return self._side(old, None, place, "before", unsealed), self._side(new, old, place, "after", unsealed)

    def _side(self, safe: Any, old: Any, place: str, side: str, unsealed: bool) -> Row | None:
        if safe is None:
            return None
        row: Row = {}
        for name, value in safe.items():
            if not (isinstance(value, dict) and "$sealed" in value):
                row[name] = from_json(value)
            elif unsealed:
                row[name] = self._opened(value["$sealed"], f"audit/{place}/{side}/{name}")
            else:
                was = (old or {}).get(name)
                changed = isinstance(was, dict) and was.get("same") != value["same"]
                row[name] = SEALED_ANEW if changed else SEALED
        return row

    def _opened(self, sealed: str, context: str) -> Any:
        try:
            return from_json(json.loads(self._vault.unseal(base64.b64decode(sealed), context)))
        except SealBroken:
            return SEALED  # the key is gone: undo says so, and everything else goes on


def same(one: Any, other: Any) -> bool:
    """Whether two values mean the same to a database: 1.1 is 1.10, and NaN is NaN.

    Args:
        one, other: Values as `Row` has them.
    """
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    if _is_nan(one) or _is_nan(other):
        return _is_nan(one) and _is_nan(other)
    return bool(one == other)


def _is_nan(value: Any) -> bool:
    return value.is_nan() if isinstance(value, Decimal) else isinstance(value, float) and math.isnan(value)
