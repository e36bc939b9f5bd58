"""How long events of streams are kept: a setting says it by stream, and what is older is forgotten once a minute.

Never what a group still needs or has set aside. Without a word of the setting a stream is kept whole.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import timedelta
from fnmatch import fnmatchcase

from nexus_admin.brokers.stream import Stream
from nexus_admin.domain.errors import SettingError

SETTING = "streams.keep_days"


def read_kept(entries: Iterable[str]) -> Mapping[str, timedelta]:
    """Read `["orders.events=30", "app.*=0.5"]`.

    Raises:
        SettingError: names the entry that says something else.
    """
    found: dict[str, timedelta] = {}
    for entry in entries:
        name, _, number = entry.rpartition("=")
        try:
            days = float(number)
            fits = math.isfinite(days) and 0 < days <= 36_500
        except ValueError:
            fits = False
        if not name.strip() or not fits:
            raise SettingError(f"{SETTING}: {entry!r} does not say how many days. Write it as 'orders.events=30'.")
        found[name.strip()] = timedelta(days=days)
    return found


def forget(stream: Stream, kept: Mapping[str, timedelta]) -> int:
    """Forget what is older than *kept* says of its stream; the first entry that fits counts. Return how many."""
    gone = 0
    for name in [one.stream for one in stream.figures()] if kept else ():
        age = next((age for pattern, age in kept.items() if fnmatchcase(name, pattern)), None)
        if age is not None:
            gone += stream.trim(name, older_than=age)
    return gone
