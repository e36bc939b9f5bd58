"""Enum-like columns: few distinct values that come again and again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from nexus_admin.data.guesses.words import listed, parts

MOST = 30
_TELLING = listed(
    "status state type kind category level role priority gender sex plan method mode stage tier currency locale "
    "language class severity channel phase grade size unit visibility frequency interval reason rating condition "
    "outcome result environment protocol position segment species genre format"
)
_PLACES = listed("city town zip postcode postal street address")
_NAMES = listed(
    "name title label city town street address zip postcode phone first last firstname lastname email username login "
    "company description note notes number code sku reference ref subject comment region lat lon date time"
)


def choices_seen(name: str, values: Sequence[Any], rows: int, beside: Iterable[str] = ()) -> tuple[str, ...] | None:
    """Return the values that a text column seems to choose from, most frequent first; None where it does not.

    Args:
        name: The column's; `status` needs less evidence than `city`.
        values: What was seen, without NULL.
        rows: How many rows were looked at.
        beside: The names of the table's columns; a `state` beside a `city` is part of an address.
    """
    texts = [value for value in values if isinstance(value, str) and value.strip()]
    if len(texts) < 8 or rows < 8:
        return None
    counted = Counter(texts)
    longest = max(map(len, counted))
    found = set(parts(name))
    address = found & {"state", "region", "province", "county"} and any(set(parts(one)) & _PLACES for one in beside)
    if address or len(counted) < 2:
        return None
    telling = bool(found & _TELLING) and not found & {"id"}
    if longest > 40 or len(counted) > MOST or (found & _NAMES and not telling):
        return None
    again = len(texts) / len(counted)
    enough = again >= 2.5 and len(counted) <= 20 if telling else again >= 8 and len(counted) <= 12 and len(texts) >= 50
    if not enough or not any(letter.isalpha() for text in counted for letter in text):
        return None
    return tuple(text for text, _ in sorted(counted.items(), key=lambda one: (-one[1], one[0])))
