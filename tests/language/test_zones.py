"""Dates are cut where the reader is: the groups are those of clocks there, on three engines."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from nexus_admin.domain.query import Dimension, Measure, Query
from nexus_admin.language import moments
from nexus_admin.language.aggregates import aggregate_statement
from nexus_admin.language.paths import Sight
from nexus_admin.language.zones import clock_changes
from tests.language.world import World, variables

ZONES = ("UTC", "Europe/Paris", "America/New_York", "Asia/Kolkata", "Pacific/Apia")


@pytest.mark.parametrize("engine", ["sqlite", "postgres", "mariadb"])
@pytest.mark.parametrize("zone", ZONES)
def test_steps_of_days_are_those_of_the_readers_clocks(engine: str, zone: str, request: pytest.FixtureRequest) -> None:
    world: World = request.getfixturevalue(engine)
    for grain in ("day", "week", "month", "quarter", "year"):
        query = Query(
            "shop", "orders", None, (Dimension(("placed_at",), "step", grain),), (Measure("count", "n"),), limit=5000
        )
        prepared = aggregate_statement(query, Sight(world.schema), world.tables, variables(zone))
        with world.engine.connect() as connection:
            found = {row[0]: row[1] for row in connection.execute(prepared.statement, dict(prepared.params))}
        assert found == expected(world, lambda day, grain=grain: moments.grain_start(day, grain), zone)


def expected(world: World, cut: Callable[[date], date], zone: str) -> dict[str | None, int]:
    """Count in Python; times without a zone are meant in UTC."""
    steps: Counter[str | None] = Counter()
    for row in world.rows["orders"]:
        placed = row["placed_at"]
        if placed is None:
            steps[None] += 1
            continue
        aware = placed if placed.tzinfo else placed.replace(tzinfo=UTC)
        steps[cut(aware.astimezone(ZoneInfo(zone)).date()).isoformat()] += 1
    return dict(steps)


@pytest.mark.parametrize("zone", ZONES)
def test_changes_of_clocks_are_found_to_the_second(zone: str) -> None:
    changes = clock_changes(zone)
    place = ZoneInfo(zone)
    for moment, minutes in changes:
        assert round(moment.astimezone(place).utcoffset().total_seconds() / 60) == minutes  # type: ignore[union-attr]
    for moment, minutes in changes[1:]:
        before = (moment - timedelta(seconds=1)).astimezone(place).utcoffset()
        assert before is not None
        assert round(before.total_seconds() / 60) != minutes
    summer = datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert (zone != "Europe/Paris") or (summer, 120) in changes
