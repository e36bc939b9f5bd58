"""Moments and lengths of time as they stand in a list and on a record."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from nexus_admin.domain.field_kind import Locale
from nexus_admin.domain.resource import Field
from nexus_admin.screens.cells import cell_of
from nexus_admin.screens.field_kinds import KINDS

MOMENTS = next(kind for kind in KINDS if kind.name == "datetime")
HERE = Locale(zone=ZoneInfo("Europe/Berlin"), now=datetime(2026, 11, 21, tzinfo=UTC))


def shown(value: datetime, *, whole: bool, short: bool) -> str:
    field = Field("day", "Day", "datetime", options={"whole_days": True} if whole else {})
    return str(cell_of(field, MOMENTS, HERE, short=short)(value))


@pytest.mark.parametrize(("short", "day"), [(True, "4 Jul"), (False, "4 Jul 2026")])
def test_where_moments_stand_for_days_only_one_with_a_time_says_it(short: bool, day: str) -> None:
    assert shown(datetime(2026, 7, 4), whole=True, short=short) == day
    assert shown(datetime(2026, 7, 4, 9, 30), whole=True, short=short) == f"{day}, 09:30"
    assert shown(datetime(2026, 7, 4), whole=False, short=short) == f"{day}, 00:00"


def test_a_moment_with_a_zone_always_says_its_time() -> None:
    assert shown(datetime(2026, 7, 4, tzinfo=UTC), whole=True, short=True) == "4 Jul, 02:00"


@pytest.mark.parametrize(("kind", "value", "said"), [("decimal", 200.5, "3 min 20 s"), ("integer", 90_000, "1 d 1 h")])
def test_a_number_of_seconds_is_said_as_people_do_and_kept_in_full(kind: str, value: float, said: str) -> None:
    field = Field("oldest", "Oldest", kind, unit="s")
    by_name = {one.name: one for one in KINDS}
    for short in (True, False):
        drawn = cell_of(field, by_name[kind], HERE, short=short)
        assert str(drawn(value)) == f'<data value="{value}" title="{value} s">{said}</data>'
        assert "nx-null" in str(drawn(None))
