"""The bars above the audit: how much happened when; each leads to its part of the time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.field_kind import Locale
from nexus_admin.screens.audit.query import AuditAsked
from nexus_admin.screens.formats import day, plural

MOST = 60
"""How many bars there are at most."""
HEIGHT = 32
WIDTH = 10


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: how many entries, the words for it, where it leads, and how high and where it stands."""

    count: int
    title: str
    url: str
    x: int
    height: int

    @property
    def y(self) -> int:
        """Where it begins, from above."""
        return HEIGHT - self.height


@dataclass(frozen=True, slots=True)
class Bars:
    """The bars of a period, with what stands at their ends."""

    bars: Sequence[Bar]
    total: int
    first: str
    last: str

    @property
    def width(self) -> int:
        """How wide they are together."""
        return WIDTH * len(self.bars)


def grain_of(asked: AuditAsked, locale: Locale) -> tuple[str, int]:
    """Return whether hours or days are counted, and the reader's offset from UTC in minutes."""
    since, until = asked.span(locale)
    offset = locale.now.astimezone(locale.zone).utcoffset() or timedelta()
    short = since is not None and (until or locale.now) - since <= timedelta(days=2)
    return "hour" if short else "day", round(offset.total_seconds() / 60)


def bars(asked: AuditAsked, counts: Sequence[tuple[datetime, int]], locale: Locale) -> Bars | None:
    """Draw what `audit.timeline` counted; None where there is nothing to draw."""
    if not counts:
        return None
    grain, offset = grain_of(asked, locale)
    zone = timezone(timedelta(minutes=offset))
    unit = timedelta(hours=1) if grain == "hour" else timedelta(days=1)
    since, until = asked.span(locale)
    begin = _floor(min(since or counts[0][0], counts[0][0]).astimezone(zone), grain)
    end = max((until or locale.now).astimezone(zone), counts[-1][0].astimezone(zone) + unit)
    units = max(1, -((begin - end) // unit))
    step = -(-units // MOST)
    sums = [0] * -(-units // step)
    for at, count in counts:
        sums[min((at - begin) // unit // step, len(sums) - 1)] += count
    top = max(sums)
    found = [
        _bar(asked, index, count, (begin + index * step * unit, begin + (index + 1) * step * unit), top, locale)
        for index, count in enumerate(sums)
    ]
    last = end - timedelta(seconds=1)
    if grain == "hour":
        return Bars(found, sum(sums), f"{begin:%H:%M}", f"{last:%H:%M}")
    return Bars(found, sum(sums), day(begin.date(), locale, short=True), day(last.date(), locale, short=True))


def _bar(asked: AuditAsked, index: int, count: int, span: tuple[datetime, datetime], top: int, locale: Locale) -> Bar:
    begin, end = span
    if end - begin < timedelta(days=1):
        title = f"{day(begin.date(), locale, short=True)}, {begin:%H:%M} – {end:%H:%M}"
        since, until = f"{begin:%Y-%m-%dT%H:%M}", f"{end:%Y-%m-%dT%H:%M}"
    else:
        last = (end - timedelta(seconds=1)).date()
        title = day(begin.date(), locale, short=True)
        title += f" – {day(last, locale, short=True)}" if last != begin.date() else ""
        since, until = begin.date().isoformat(), last.isoformat()
    height = max(2, round(count / top * HEIGHT)) if count else 0
    words = f"{title}: {plural(count, 'entry', 'entries')}"
    return Bar(count, words, asked.url(since=since, until=until), index * WIDTH, height)


def _floor(at: datetime, grain: str) -> datetime:
    at = at.replace(minute=0, second=0, microsecond=0)
    return at if grain == "hour" else at.replace(hour=0)
