"""Cron: five fields that say at which minutes of a clock on the wall something is due, and when that is next.

    minute  hour  day-of-month  month  day-of-week        `0 3 * * mon-fri`: at three on working days

As in every cron: where both days are given, either is enough; Sunday is 0 and 7. The clock is that of a time zone, so
days with a change of the clock have rules of their own:

* A time that the clock leaps over is due once, at the moment of the leap.
* A time that the clock shows twice is due once, the first time.
* Where the hour is `*` or `*/n`, nothing of that holds: every minute that really passes and fits is due.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadRequest
from nexus_admin.domain.nearest import did_you_mean

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
SHORT = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of the month", 1, 31), ("month", 1, 12), ("day of the week", 0, 7))

FARTHEST = 366 * 8 + 2
"""Days that are looked through for the next time: 29 February may be eight years away."""
_MINUTE = timedelta(minutes=1)
_SHIFT = timedelta(hours=2)
"""The most that a clock is put forward or back; whole days, as at the date line, have no times of their own."""


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron expression, read; make one with `cron_of`.

    Args:
        text: As it was written.
        minutes, hours, days, months, weekdays: What fits; weekdays count from 0, Sunday.
        either: Whether a fitting day of the month or of the week is enough, because both were given.
        every_hour: Whether the hour was `*` or `*/n`.
    """

    text: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool
    every_hour: bool

    def after(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """Return the first time after *moment* (which has a time zone) that fits on a clock in *zone*, in UTC."""
        found = self._after(moment.astimezone(UTC), zone)
        assert found is not None, "cron_of has seen that there is one"
        return found

    def _after(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        start = moment.astimezone(zone).replace(tzinfo=None) - _SHIFT
        for day in (start.date() + timedelta(days=n) for n in range(FARTHEST)):
            if not self._fits(day):
                continue
            found = min((at for at in self._due(day, zone, moment, start) if at > moment), default=None)
            if found is not None:
                return found
        return None

    def _fits(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        of_month, of_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return (of_month or of_week) if self.either else (of_month and of_week)

    def _due(self, day: date, zone: ZoneInfo, moment: datetime, start: datetime) -> Iterator[datetime]:
        """Yield the moments of *day* from *start* on, as far as one of them can be the first after *moment*."""
        found: datetime | None = None
        for hour in self.hours:
            for minute in self.minutes:
                wall = datetime.combine(day, time(hour, minute))
                if wall < start:
                    continue
                if found is not None and wall - found > _SHIFT:
                    return
                for at in _moments(wall, zone, self.every_hour):
                    yield at
                    found = found or (wall if at > moment else None)


def cron_of(text: str) -> Cron:
    """Read a cron expression: five fields, or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`.

    Raises:
        BadRequest: names the field that cannot be read, or says that no day fits.
    """
    written = SHORT.get(text.strip().lower(), text).split()
    if len(written) != len(FIELDS):
        known = " or ".join(sorted(SHORT)[:2])
        raise BadRequest(f"{text!r} is no schedule: it has {len(written)} fields, and a schedule has 5, or is {known}.")
    read = [_read(part, *field) for part, field in zip(written, FIELDS, strict=True)]
    minutes, hours, days, months, weekdays = read
    cron = Cron(
        text.strip(),
        tuple(sorted(minutes)),
        tuple(sorted(hours)),
        frozenset(days),
        frozenset(months),
        frozenset(day % 7 for day in weekdays),
        either=not (written[2].startswith("*") or written[4].startswith("*")),
        every_hour=written[1].startswith("*"),
    )
    if cron._after(datetime(2024, 1, 1, tzinfo=UTC), ZoneInfo("UTC")) is None:
        raise BadRequest(f"{text!r} is never due: no month has such a day.")
    return cron


def zone_of(name: str) -> ZoneInfo:
    """Return the time zone called *name*.

    Raises:
        BadRequest: there is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadRequest(f"There is no time zone called {name!r}. Write it like Europe/Berlin, or UTC.") from None


def _read(part: str, noun: str, low: int, high: int) -> set[int]:
    found: set[int] = set()
    for piece in part.split(","):
        span, slash, step_text = piece.partition("/")
        step = _number(step_text, noun, 1, high) if slash else 1
        if span == "*":
            first, last = low, min(high, 6) if noun == "day of the week" else high
        else:
            begin, dash, end = span.partition("-")
            first = _number(begin, noun, low, high)
            last = _number(end, noun, low, high) if dash else high if slash else first
        if noun == "day of the week" and last == 0 < first:
            last = 7  # sat-sun
        if last < first:
            raise BadRequest(f"{piece!r} cannot be the {noun} of a schedule: it ends before it begins.")
        found.update(range(first, last + 1, step))
    return found


def _number(text: str, noun: str, low: int, high: int) -> int:
    names = {"month": MONTHS, "day of the week": DAYS}.get(noun, ())
    if text.lower() in names:
        return names.index(text.lower()) + (1 if noun == "month" else 0)
    if text.isascii() and text.isdigit() and low <= int(text[:4]) <= high:
        return int(text)
    hint = did_you_mean(text, names) if names and text.isalpha() else ""
    raise BadRequest(f"{text!r} cannot be the {noun} of a schedule: it is {low} to {high}, or *.{hint}")


def _moments(wall: datetime, zone: ZoneInfo, every_hour: bool) -> list[datetime]:
    """Return when a clock in *zone* shows *wall*, in UTC; for one that it leaps over, see above."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return [first]
    if first < second:  # shown twice
        return [first, second] if every_hour else [first]
    return [] if every_hour else [_leap(second, first, zone)]


def _leap(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment between *low* and *high* from which the clock in *zone* goes otherwise, to the minute."""
    after = high.astimezone(zone).utcoffset()
    while high - low > _MINUTE:
        middle = low + (high - low) // 2
        low, high = (low, middle) if middle.astimezone(zone).utcoffset() == after else (middle, high)
    return high.replace(second=0, microsecond=0)
