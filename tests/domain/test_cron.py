"""When cron says that something is due, on clocks that are put forward and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nexus_admin.domain.cron import cron_of, zone_of
from nexus_admin.domain.errors import BadRequest

BERLIN = ZoneInfo("Europe/Berlin")


def times(text: str, start: str, n: int, zone: ZoneInfo = BERLIN) -> list[str]:
    cron, at, found = cron_of(text), datetime.fromisoformat(start).replace(tzinfo=zone).astimezone(UTC), []
    for _ in range(n):
        at = cron.after(at, zone)
        found.append(at.astimezone(zone).strftime("%m-%d %H:%M %z"))
    return found


@pytest.mark.req("S002-QUEUE-17")
@pytest.mark.parametrize(
    ("text", "start", "expected"),
    [
        ("30 2 * * *", "2026-03-28T12:00", ["03-29 03:00 +0200", "03-30 02:30 +0200"]),
        ("30 2 * * *", "2026-10-24T12:00", ["10-25 02:30 +0200", "10-26 02:30 +0100"]),
        ("*/30 * * * *", "2026-03-29T01:15", ["03-29 01:30 +0100", "03-29 03:00 +0200", "03-29 03:30 +0200"]),
        ("30 * * * *", "2026-10-25T01:45", ["10-25 02:30 +0200", "10-25 02:30 +0100", "10-25 03:30 +0100"]),
        ("0 9 1 * mon", "2026-10-25T01:45", ["10-26 09:00 +0100", "11-01 09:00 +0100", "11-02 09:00 +0100"]),
        ("0 0 29 feb *", "2026-01-01T00:00", ["02-29 00:00 +0100"]),
        ("0 0 * * 7", "2026-01-01T00:00", ["01-04 00:00 +0100"]),
        ("5,10-12/2 1 * * sat-sun", "2026-01-02T00:00", [f"01-03 01:{one} +0100" for one in ("05", "10", "12")]),
        ("@monthly", "2026-01-15T00:00", ["02-01 00:00 +0100"]),
    ],
)  # fmt: skip
def test_it_is_due_when_the_clock_on_the_wall_says_so(text: str, start: str, expected: list[str]) -> None:
    assert times(text, start, len(expected)) == expected


def test_a_day_that_a_country_leapt_over_is_made_up_for_once() -> None:
    assert times("0 12 * * *", "2011-12-29T13:00", 2, ZoneInfo("Pacific/Apia")) == [
        "12-31 00:00 +1400",
        "12-31 12:00 +1400",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("61 * * * *", "'61' cannot be the minute of a schedule"),
        ("0 0 * * mun", "Did you mean 'sun'?"),
        ("0 0 30 2 *", "is never due"),
        ("often", "it has 1 fields"),
        ("*/0 * * * *", "'0' cannot be the minute"),
        ("9-5 * * * *", "it ends before it begins"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, said: str) -> None:
    with pytest.raises(BadRequest, match=said.replace("?", r"\?")):
        cron_of(text)


def test_a_time_zone_that_is_none_is_named() -> None:
    for name in ("Mars/Olympus", "../etc/passwd", ""):
        with pytest.raises(BadRequest, match="There is no time zone"):
            zone_of(name)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]),
    st.integers(0, 59),
    st.integers(0, 23),
    st.integers(0, 3_000 * 24 * 60),
)
def test_a_daily_time_is_due_once_on_each_day(zone: str, minute: int, hour: int, start: int) -> None:
    cron, clock = cron_of(f"{minute} {hour} * * *"), ZoneInfo(zone)
    at = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=start)
    days = []
    for _ in range(3):
        at = cron.after(at, clock)
        days.append(at.astimezone(clock).date())
    assert [later - earlier for earlier, later in pairwise(days)] == [timedelta(days=1)] * 2
