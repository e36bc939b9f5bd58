"""How moments are written in SQLite, which keeps them as texts: read in any spelling, written in the column's own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

MIXED = "mixed"
"""The spelling of a column whose texts do not come in the order of time."""

_SPELLED = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)"
    r"(?:(?P<mark>.)(?P<clock>\d\d:\d\d(?::\d\d)?)(?:\.(?P<fraction>\d+))?(?P<zone>Z|[+-]\d\d:?\d\d(?::\d\d)?)?)?",
    re.DOTALL,
)
_WRITTEN = re.compile(r"(?P<mark>[ T])(?:\.(?P<digits>[1-6]))?(?P<zone>Z|\+00:00)?")


def loose_moment(raw: Any) -> datetime:
    """Read a moment from SQLite, where anything may stand; more than microseconds would be lost.

    Raises:
        ValueError: it cannot be read without losing something.
    """
    if type(raw) is not str or len(raw) < 10 or raw[4] != "-" or raw[11:13] == "24":
        raise ValueError
    if len(raw) > 26:
        fraction = raw[20:].partition("+")[0].partition("-")[0].rstrip("Zz")
        if raw[19] == "." and len(fraction) > 6:
            raise ValueError
    return datetime.fromisoformat(raw)


def sortable_moment(raw: Any) -> Any:
    """Return a moment in any spelling as `2026-03-01 10:00:00.000000` in UTC; what cannot be read, as it is."""
    try:
        moment = loose_moment(raw)
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return raw
    return moment.isoformat(sep=" ", timespec="microseconds")


def spelling_of(texts: Iterable[Any]) -> str | None:
    """Return how the moments of a column are written, by some of its values.

    Returns:
        `" "`, `"T"`, `"T.3Z"`: the mark before the time, digits of a second's fraction, the zone. `mixed` where
        the order of the texts is not that of time. None where nothing is known, or no rule writes them.
    """
    found = [match for one in texts if isinstance(one, str) and (match := _SPELLED.fullmatch(one))]
    timed = [match for match in found if match["clock"]]
    if not timed:
        return None
    marks, zones = {match["mark"] for match in timed}, {match["zone"] or "" for match in timed}
    lengths = {len(match[0]) for match in timed}
    (zone, *others) = zones
    if len(marks) > 1 or others or (zone and len(timed) < len(found)) or (zone == "Z" and len(lengths) > 1):
        return MIXED
    digits = {len(match["fraction"] or "") for match in timed}
    written = f"{marks.pop()}{f'.{digits.pop()}' if digits != {0} and len(digits) == 1 else ''}{zone}"
    return written if _WRITTEN.fullmatch(written) else None


def spell(moment: datetime, spelling: str) -> str:
    """Return *moment* as text in *spelling*, with more digits where it has more; a plain one is meant in UTC."""
    written = _WRITTEN.fullmatch(spelling)
    if written is None:
        return moment.isoformat(sep=" ")
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    text = moment.replace(microsecond=0).isoformat(sep=written["mark"])
    least = int(written["digits"] or 0)
    fraction = f"{moment.microsecond:06}"
    shown = max(least, len(fraction.rstrip("0")))
    return text + (f".{fraction[:shown]}" if shown else "") + (written["zone"] or "")
