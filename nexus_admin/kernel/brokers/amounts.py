"""Settings that say by the name of a stream or queue how much: days, events, bytes."""

from __future__ import annotations

import math
from collections.abc import Iterable

from nexus_admin.brokers.sizes import size_of
from nexus_admin.domain.by_name import read_by_name

MOST_DAYS, MOST_EVENTS = 36_500.0, 1e12


def read_days(setting: str, entries: Iterable[str]) -> dict[str, float]:
    """Read `["orders.events=30", "app.*=0.5"]`.

    Raises:
        SettingError: names the entry that says something else.
    """
    return read_by_name(setting, entries, lambda text: _positive(text, MOST_DAYS), "days", "orders.events=30")


def read_events(setting: str, entries: Iterable[str]) -> dict[str, int]:
    """Read `["orders.events=1000000"]`; errors as `read_days`."""
    return read_by_name(setting, entries, _whole, "events", "orders.events=30")


def read_sizes(setting: str, entries: Iterable[str]) -> dict[str, int]:
    """Read `["orders.events=500MB", "app.*=2 GB"]` as bytes; errors as `read_days`."""
    return read_by_name(setting, entries, size_of, "bytes", "orders.*=500MB")


def _positive(text: str, most: float) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and 0 < number <= most else None


def _whole(text: str) -> int | None:
    number = _positive(text, MOST_EVENTS)
    return int(number) if number is not None and number == int(number) else None
