"""When things happen in the shop: a calendar of days with a trend, a week, a year and a few sales.

A moment is a whole number of seconds since the calendar's first midnight. `days` and `clock` turn one into
text by two look-ups, which is ten times quicker than formatting a datetime and matters at a million orders.
"""

from __future__ import annotations

from datetime import date, timedelta
from math import cos, pi
from random import Random

from example_app.shop.chance import Wheel

DAY = 86_400
HISTORY = 1_096  # days with orders: three years, the last day included
BEFORE = 760  # days before those, in which the first customers joined
AFTER = 60  # days ahead, for dates that are promised
LAST_SECOND = 16 * 3_600 + 41 * 60  # the last day is still running: the shop is looked at in the afternoon
GROWTH = 1.1  # busier by this factor's worth at the end than at the start

WEEK = (1.06, 1.01, 0.98, 1.00, 0.94, 0.89, 1.12)
MONTHS = (0.84, 0.82, 0.93, 1.04, 1.13, 1.12, 1.08, 1.02, 0.95, 0.94, 1.08, 1.16)
HOURS = (
    1.4,
    0.8,
    0.5,
    0.4,
    0.5,
    0.9,
    1.8,
    2.9,
    4.0,
    5.0,
    5.6,
    5.7,
    5.9,
    5.6,
    5.2,
    5.1,
    5.2,
    5.5,
    6.2,
    7.2,
    7.8,
    7.0,
    5.0,
    2.8,
)

clock = [f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}" for second in range(DAY)]


class Calendar:
    """The days of the shop.

    `days[n]` is the n-th day as `"2026-11-20 "`, ready for a time of day to follow; `first` and `last` are the
    numbers of the first and last day with orders; `end` is the moment at which the shop is looked at.
    """

    def __init__(self, until: date) -> None:
        """Lay out the three years that end with *until*."""
        self.start = until - timedelta(days=BEFORE + HISTORY - 1)
        self.first = BEFORE
        self.last = BEFORE + HISTORY - 1
        self.end = self.last * DAY + LAST_SECOND
        self.days = [f"{self.start + timedelta(days=n)} " for n in range(self.last + 1 + AFTER)]
        minutes = [(minute, HOURS[minute // 60]) for minute in range(1_440)]
        self._minute = Wheel(minutes, bits=14)
        self._minute_of_last_day = Wheel(minutes[: LAST_SECOND // 60], bits=14)

    def spread(self, count: int, random: Random) -> list[int]:
        """Return how many of *count* things fall on each day from `first` to `last`; they add up exactly."""
        weights = [self._weight(n) * random.uniform(0.9, 1.1) for n in range(HISTORY)]
        scale = count / sum(weights)
        counts, reached, given = [], 0.0, 0
        for weight in weights[:-1]:
            reached += weight * scale
            counts.append(round(reached) - given)
            given += counts[-1]
        return [*counts, count - given]

    def moments(self, day: int, count: int, random: Random) -> list[int]:
        """Return *count* moments of one day, in order, more of them in the evening than at night."""
        wheel = self._minute_of_last_day if day == self.last else self._minute
        places, bits, draw, midnight = wheel.places, wheel.bits, random.getrandbits, day * DAY
        return sorted([midnight + places[draw(bits)] * 60 + draw(16) % 60 for _ in range(count)])

    def text(self, moment: int) -> str:
        """Return a moment as `"2026-11-20 16:40:00"`."""
        return self.days[moment // DAY] + clock[moment % DAY]

    def month(self, day: int) -> int:
        """Return the month, 1 to 12, of a day."""
        return int(self.days[day][5:7])

    def _weight(self, number: int) -> float:
        """Return how busy the number-th day with orders is."""
        day = self.start + timedelta(days=self.first + number)
        trend = 1 + GROWTH * number / HISTORY
        wave = 1 + 0.03 * cos(number * 2 * pi / 29)
        part = LAST_SECOND / DAY if number == HISTORY - 1 else 1.0
        return trend * wave * part * WEEK[day.weekday()] * _season(day) * _sale(day)


def _season(day: date) -> float:
    """Return the month's factor, sliding from the middle of one month to the middle of the next."""
    along = day.month - 1 + (day.day - 1) / 31 - 0.5
    share = along % 1
    return MONTHS[int(along // 1) % 12] * (1 - share) + MONTHS[int(along // 1 + 1) % 12] * share


def _sale(day: date) -> float:
    """Return the factor of sales and holidays."""
    if day.month == 11 and 1 <= day.day <= 7:
        return 1.28
    if day.month == 11 and 23 <= day.day <= 30:
        return 1.55
    if day.month == 12 and 24 <= day.day <= 27:
        return 0.55
    return 1.18 if day.month == 7 and 10 <= day.day <= 17 else 1.0
