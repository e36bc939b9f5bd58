"""Time zones for databases that know none: how far clocks are from UTC at each moment, as an expression.

Clocks are known from 1970 to 2037; before and after, they stand as they did at the edge.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from nexus_admin.language.dialects import Column

UTC_NAME = "UTC"
FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2037, 12, 31, tzinfo=UTC)


def offset_minutes(zone: str, column: Column, literal: Callable[[datetime], Column]) -> Column:
    """Return how many minutes the clocks of *zone* are ahead of UTC at the moment that *column* holds.

    Args:
        zone: Its IANA name.
        column: A time in UTC.
        literal: Spells a moment so that *column* can be compared with it.
    """
    changes = clock_changes(zone)
    later = [(column >= literal(moment), _minutes(minutes)) for moment, minutes in reversed(changes[1:])]
    standing = _minutes(changes[0][1])
    return sa.case(*later, else_=standing) if later else standing


def _minutes(minutes: int) -> Column:
    return sa.literal_column(str(minutes), sa.Integer)


@lru_cache(maxsize=64)
def clock_changes(zone: str) -> tuple[tuple[datetime, int], ...]:
    """Return each moment from which the clocks of *zone* stood otherwise, with their minutes ahead of UTC."""
    place = ZoneInfo(zone)
    found = [(FIRST, _ahead(place, FIRST))]
    at = FIRST
    while at < LAST:
        following = at + timedelta(days=14)
        if _ahead(place, following) != found[-1][1]:
            change = _first_after(place, at, following)
            found.append((change, _ahead(place, change)))
        at = following
    return tuple(found)


def _first_after(place: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Return the first second between two moments at which the clocks stand as they do *after*."""
    then = _ahead(place, before)
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        if _ahead(place, middle) == then:
            before = middle
        else:
            after = middle
    return after


def _ahead(place: ZoneInfo, moment: datetime) -> int:
    offset = moment.astimezone(place).utcoffset() or timedelta(0)
    return round(offset.total_seconds() / 60)
