"""The state of the audit's page as its address holds it: who, what, where, when, and which page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from nexus_admin.domain.address import segment, text_of
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadRequest
from nexus_admin.domain.field_kind import Locale
from nexus_admin.screens.formats import day, moment

FACETS = ("actor", "action", "source", "resource", "outcome", "via")
"""What can be filtered by a choice of values."""
PERIODS = {
    "today": ("Today", 1),
    "7d": ("7 days", 7),
    "30d": ("30 days", 30),
    "90d": ("90 days", 90),
    "all": ("All", 0),
}
USUAL = "30d"

Values = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuditAsked:
    """What the address asks for.

    Args:
        path: The page's address.
        actor, action, source, resource, outcome, via: Values to choose; none does not narrow.
        key: One row's key.
        text: Words.
        period: One of `PERIODS`, where no days are named.
        since, until: Days, or moments of the reader's zone; a day is meant to its end.
        all: Reads, refusals and what changed nothing too.
        after: Where the page begins.
        open: The entry that is open in its place.
    """

    path: str
    actor: Values = ()
    action: Values = ()
    source: Values = ()
    resource: Values = ()
    outcome: Values = ()
    via: Values = ()
    key: str = ""
    text: str = ""
    period: str = USUAL
    since: str = ""
    until: str = ""
    all: bool = False
    after: str = ""
    open: str = ""

    @property
    def asked(self) -> dict[str, str]:
        """What belongs into the query string. Names are spelled as in addresses, so that a comma parts them."""
        dated = self.since or self.until
        given = {
            "text": self.text, "key": self.key,
            **{name: ",".join(map(segment, getattr(self, name))) for name in FACETS},
            "period": self.period if self.period != USUAL and not dated else "", "since": self.since,
            "until": self.until, "show": "all" if self.all else "", "after": self.after, "open": self.open,
        }  # fmt: skip
        return {name: value for name, value in given.items() if value}

    @property
    def narrowed(self) -> bool:
        """Whether anything but the period is asked for."""
        return bool(self.text or self.key or any(getattr(self, name) for name in FACETS))

    def url(self, verb: str = "", **changed: Any) -> str:
        """Return the address with other parts: from the first page, and nothing open, unless said."""
        other = replace(self, **{"after": "", "open": "", **changed})
        path = f"{self.path}/~{verb}" if verb else self.path
        return f"{path}?{urlencode(other.asked)}" if other.asked else path

    def with_value(self, facet: str, value: str) -> str:
        """Return the address with one value more or less of a facet."""
        now: Values = getattr(self, facet)
        other = tuple(one for one in now if one != value) if value in now else (*now, value)
        changed: dict[str, Any] = {facet: other}
        if facet in ("action", "outcome") and other:
            changed["all"] = True  # what somebody names may have changed nothing
        return self.url(**changed)

    def without(self, facet: str) -> str:
        """Return the address that does not ask for a facet."""
        changed: dict[str, Any] = {facet: ()}
        return self.url(**changed)

    def data(self, locale: Locale) -> dict[str, Any]:
        """Return it as the audit's actions take it.

        Raises:
            BadRequest: `since` or `until` is no day.
        """
        since, until = self.span(locale)
        found: dict[str, Any] = {name: getattr(self, name) for name in FACETS}
        found |= {"key": self.key or None, "text": self.text, "since": since, "until": until}
        return {**found, "outermost": True, "changing": not self.all}

    def span(self, locale: Locale) -> tuple[datetime | None, datetime | None]:
        """Return from when to when, in the reader's zone; None for open ends.

        Raises:
            BadRequest: `since` or `until` is no day.
        """
        if self.since or self.until:
            return _moment(self.since, locale, end=False), _moment(self.until, locale, end=True)
        days = PERIODS[self.period][1]
        if not days:
            return None, None
        first = locale.now.astimezone(locale.zone).date() - timedelta(days=days - 1)
        return datetime.combine(first, time.min, locale.zone), None

    def said(self, locale: Locale) -> str:
        """Return the period in words."""
        if not (self.since or self.until):
            return PERIODS[self.period][0]
        since, until = self.span(locale)
        if since and until and "T" not in self.since + self.until:
            last = (until - timedelta(seconds=1)).date()
            first = day(since.date(), locale, short=True)
            return first if since.date() == last else f"{first} – {day(last, locale, short=True)}"
        if since and until:
            return f"{moment(since, locale, short=True)} – {until.astimezone(locale.zone):%H:%M}"
        return f"From {moment(since, locale)}" if since else f"Until {moment(until, locale)}" if until else ""


def read_asked(path: str, query: Mapping[str, str]) -> AuditAsked:
    """Read an address.

    Raises:
        BadRequest: a name in it is not spelled as we spell it.
    """
    period = query.get("period", "")
    return AuditAsked(
        path,
        **{name: _values(query.get(name, "")) for name in FACETS},
        key=query.get("key", "")[:4000],
        text=query.get("text", "").strip()[:200],
        period=period if period in PERIODS else USUAL,
        since=query.get("since", "").strip()[:30],
        until=query.get("until", "").strip()[:30],
        all=query.get("show") == "all",
        after=query.get("after", "")[:40],
        open=query.get("open", "")[:60],
    )


def _values(text: str) -> Values:
    return tuple(text_of(part) for part in text.split(",") if part)[:100]


def _moment(text: str, locale: Locale, *, end: bool) -> datetime | None:
    if not text:
        return None
    try:
        if len(text) == len("2026-01-31"):
            found = date.fromisoformat(text) + timedelta(days=end)
            return datetime.combine(found, time.min, locale.zone)
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise BadRequest(f"{text!r} is not a day. Write one such as 2026-01-31.") from None
    return at if at.tzinfo else at.replace(tzinfo=locale.zone)
