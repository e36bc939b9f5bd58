"""Enum-like columns: few distinct values that come again and again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from nexus_admin.data.catalog import FoundTable, Sample
from nexus_admin.data.guesses.types import typed
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


def choosing(table: FoundTable, sample: Sample) -> list[str]:
    """Return the columns that seem to choose from few values: worth a look at all of them."""
    beside = [column.name for column in table.columns]
    alone = {group[0] for group in (table.primary_key, *table.uniques) if len(group) == 1}
    linked = {name for key in table.foreign_keys for name in key.columns}
    return [
        column.name
        for column in table.columns
        if column.name not in alone | linked
        and not column.shape
        and typed(column.base).kind in ("text", "long_text")
        and choices_seen(column.name, sample.present(column.name), sample.rows, beside)
    ]


def choices_of(name: str, sample: Sample, beside: Iterable[str]) -> tuple[str, ...] | None:
    """Return the choices of a text column, from all its values where they were looked at; None where it has none."""
    seen = choices_seen(name, sample.present(name), sample.rows, beside)
    known = sample.chosen.get(name)
    if seen is None or known is None:
        return seen
    texts = [value for value, _ in known if isinstance(value, str) and value.strip()]
    short = len(texts) <= MOST and max(map(len, texts), default=0) <= 40
    often = sum(count for _, count in known) >= 3 * len(known)
    return tuple(texts) if texts and short and often else None


def choices_seen(name: str, values: Sequence[Any], rows: int, beside: Iterable[str] = ()) -> tuple[str, ...] | None:
    """Return the values that a text column seems to choose from, most frequent first; None where it does not.

    Args:
        name: The column's; `status` needs less evidence than `city`.
        values: What was seen, without NULL.
        rows: How many rows were looked at.
        beside: The names of the table's columns; a `state` beside a `city` is part of an address.
    """
    texts = [value for value in values if isinstance(value, str) and value.strip()]
    counted = Counter(texts)
    if min(len(texts), rows) < 8 or not 2 <= len(counted) <= MOST or max(map(len, counted)) > 40:
        return None
    found = set(parts(name))
    address = found & {"state", "region", "province", "county"} and any(set(parts(one)) & _PLACES for one in beside)
    telling = bool(found & _TELLING) and "id" not in found
    if address or parts(name)[-1:] == ["name"] or (found & _NAMES and not telling):
        return None
    again = len(texts) / len(counted)
    enough = again >= 2.5 and len(counted) <= 20 if telling else again >= 8 and len(counted) <= 12 and len(texts) >= 50
    if not enough or not any(letter.isalpha() for text in counted for letter in text):
        return None
    return tuple(text for text, _ in sorted(counted.items(), key=lambda one: (-one[1], one[0])))
