"""Moments, dates and times in SQLite, in whatever spelling, are filtered, sorted and paged by what they mean."""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from nexus_admin.data.introspect import introspect
from nexus_admin.data.source import DataSource
from nexus_admin.domain.expression import Comparison, Not
from nexus_admin.domain.query import Dimension, Measure, Query
from nexus_admin.domain.row import ListRequest
from nexus_admin.language.aggregates import aggregate_statement
from nexus_admin.language.evaluate import comparable
from nexus_admin.language.operators import COMPARE
from nexus_admin.language.paths import Sight
from nexus_admin.testing.contract_world import User
from tests.language.world import variables

START = datetime(2024, 2, 28, 22, 0)
moments = st.builds(
    lambda hours, micro: START + timedelta(minutes=20 * hours, microseconds=micro),
    st.integers(0, 200),
    st.sampled_from((0, 0, 0, 500_000, 1_000, 999_999, 1)),
) | st.sampled_from((datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59), datetime(1000, 1, 1)))


def _of_zone(moment: datetime, hours: int, minutes: int = 0) -> datetime:
    try:
        return moment.replace(tzinfo=UTC).astimezone(timezone(timedelta(hours=hours, minutes=minutes)))
    except OverflowError:
        return moment.replace(tzinfo=UTC)


WAYS = (
    lambda one: one.isoformat(sep=" "),
    lambda one: one.isoformat(),
    lambda one: one.isoformat(sep=" ", timespec="microseconds"),
    lambda one: one.isoformat(timespec="milliseconds") if one.microsecond % 1000 == 0 else one.isoformat(),
    lambda one: one.isoformat() + "Z",
    lambda one: one.isoformat(timespec="minutes") if (one.second, one.microsecond) == (0, 0) else one.isoformat(),
    lambda one: _of_zone(one, 5, 30).isoformat(),
    lambda one: _of_zone(one, -11).isoformat(sep=" "),
    lambda one: one.date().isoformat() if one.time() == time() else one.isoformat(sep=" "),
)
written = st.tuples(moments, st.sampled_from(WAYS)).map(lambda both: (both[0], both[1](both[0])))
slow = settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)


def made(folder: Path, values: Sequence[Any], declared: str = "TIMESTAMP") -> User:
    path = folder / "spelled.sqlite"
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    connection.execute(f"CREATE TABLE seen (id INTEGER PRIMARY KEY, at {declared}, note TEXT)")
    connection.execute("CREATE INDEX seen_at ON seen (at)")
    connection.executemany("INSERT INTO seen (at) VALUES (?)", [(one,) for one in values])
    connection.commit()
    connection.close()
    source = DataSource("spelled", str(path), read_only=False)
    source.use(introspect(source.reader, "spelled"))
    return User(source)


def found(user: User, where: Any) -> set[int]:
    return {row["id"] for row in user.read.list("seen", ListRequest(where=where, limit=1000, sort=("id",))).rows}


def walked(user: User, sort: str, limit: int = 3) -> list[int]:
    ids: list[int] = []
    cursor = None
    while True:
        page = user.read.list("seen", ListRequest(sort=(sort,), limit=limit, cursor=cursor))
        ids += [row["id"] for row in page.rows]
        cursor = page.next
        if cursor is None:
            return ids


@slow
@given(st.lists(written, min_size=4, max_size=14), moments)
def test_moments_in_any_spelling_compare_as_moments(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[datetime, str]], bound: datetime
) -> None:
    user = made(tmp_path_factory.getbasetemp(), [text for _, text in rows])
    assert user.source.schema.resource("seen").field("at").kind == "datetime"
    for wanted in (bound, rows[0][0]):
        for op, test in COMPARE.items():
            held = {at for at, (moment, _) in enumerate(rows, 1) if test(moment, wanted)}
            assert found(user, Comparison(("at",), op, wanted)) == held, (op, wanted)
            assert found(user, Not(Comparison(("at",), op, wanted))) == set(range(1, len(rows) + 1)) - held
        same = {at for at, (moment, _) in enumerate(rows, 1) if moment in (wanted, rows[1][0])}
        assert found(user, Comparison(("at",), "in", (wanted, rows[1][0]))) == same
        day = {at for at, (moment, _) in enumerate(rows, 1) if moment.date() == wanted.date()}
        if wanted.date() != date.max:
            assert found(user, Comparison(("at",), "eq", wanted.date().isoformat())) == day
    user.source.close()


@slow
@given(st.lists(written, min_size=4, max_size=14))
def test_moments_in_any_spelling_come_in_the_order_of_time_page_by_page(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[datetime, str]]
) -> None:
    user = made(tmp_path_factory.getbasetemp(), [text for _, text in rows])
    field = user.source.schema.resource("seen").field("at")
    for sort in ("at", "-at"):
        ids = walked(user, sort)
        assert sorted(ids) == list(range(1, len(rows) + 1))
        times = [rows[at - 1][0] for at in ids]
        assert times == sorted(times, reverse=sort == "-at"), field.options
    query = Query("spelled", "seen", None, (), (Measure("min", "a", ("at",)), Measure("max", "b", ("at",)),
                  Measure("count_distinct", "n", ("at",))))  # fmt: skip
    snapshot = user.source.snapshot
    prepared = aggregate_statement(query, Sight(snapshot.schema), snapshot.tables, variables())
    with user.source.read() as connection:
        least, most, number = connection.execute(prepared.statement, dict(prepared.params)).one()
    moments = [one for one, _ in rows]
    read = [comparable(field, datetime.fromisoformat(one)) for one in (least, most)]
    assert read == [comparable(field, min(moments)), comparable(field, max(moments))]
    assert number >= len({one for one, _ in rows})
    user.source.close()


def test_what_is_no_moment_is_found_by_no_comparison_and_lost_on_no_page(tmp_path: Path) -> None:
    odd = ["infinity", "", 5, 1.5, b"x", None, "2024-03-01 10:00:00.123456789"]
    user = made(tmp_path, [*["2024-03-01 10:00:00", "2024-03-02T10:00:00"] * 20, *odd])
    assert found(user, Comparison(("at",), "ge", "2024-03-01T10:00:01")) == set(range(2, 41, 2))
    assert found(user, Comparison(("at",), "le", "2999-01-01")) == {*range(1, 41), 47}
    assert found(user, Comparison(("at",), "ne", "2024-03-01T10:00:00")) == {*range(2, 41, 2), *range(41, 48)}
    for sort in ("at", "-at"):
        assert sorted(walked(user, sort, 7)) == list(range(1, 48))
    user.source.close()


@pytest.mark.parametrize("spelling", ["2024-03-%02d 00:00:00.000", "2024-03-%02dT10:00:00Z", "2024-03-%02d 10:00"])
def test_a_column_of_one_spelling_is_read_by_its_index_and_written_alike(tmp_path: Path, spelling: str) -> None:
    user = made(tmp_path, [spelling % (1 + at % 28) for at in range(400)])
    source = user.source
    asked: list[tuple[str, Any]] = []
    event.listen(source.reader, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
    third = datetime.fromisoformat(spelling % 3)
    assert len(found(user, Comparison(("at",), "eq", third))) == 15
    user.read.list("seen", ListRequest(sort=("-at",), limit=5))
    user.read.list("seen", ListRequest(where=Comparison(("at",), "ge", "2024-03-27"), limit=5, sort=("-at",)))
    lists = [one for one in asked if "FROM" in one[0]]
    with source.read() as connection:
        for sql, values in lists:
            plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all())
            assert "seen_at" in plan, plan
    user.write.update("seen", "1", {"at": "2024-03-30T10:30"})
    with sqlite3.connect(str(source.address.file)) as connection2:
        (stored,) = connection2.execute("SELECT at FROM seen WHERE id = 1").fetchone()
    sample = spelling % 30
    assert (stored[10], stored[-1] == "Z", "." in stored) == (sample[10], sample[-1] == "Z", "." in sample)
    user.source.close()


@pytest.mark.parametrize("behind", ["", " 00:00:00", " 00:00:00.000"])
def test_dates_with_a_midnight_behind_them_are_dates(tmp_path: Path, behind: str) -> None:
    days = [date(2024, 2, 27) + timedelta(at) for at in range(5)]
    user = made(tmp_path, [*(one.isoformat() for one in days), *(one.isoformat() for one in days),
                           days[2].isoformat() + behind], "DATE")  # fmt: skip
    assert user.source.schema.resource("seen").field("at").kind == "date"
    all_days = [*days, *days, days[2]]
    for wanted in days:
        for op, test in COMPARE.items():
            held = {at for at, one in enumerate(all_days, 1) if test(one, wanted)}
            assert found(user, Comparison(("at",), op, wanted)) == held, op
        assert found(user, Comparison(("at",), "in", (wanted, days[0]))) == {
            at for at, one in enumerate(all_days, 1) if one in (wanted, days[0])
        }
    user.source.close()


def test_times_with_and_without_seconds_compare_as_times(tmp_path: Path) -> None:
    texts = ["09:30", "09:30:00", "09:30:00.000", "09:30:01", "09:29:59.999999", "23:59", "00:00:00", "10:00"]
    user = made(tmp_path, texts, "TIME")
    times = [time.fromisoformat(one) for one in texts]
    for wanted in times:
        for op, test in COMPARE.items():
            held = {at for at, one in enumerate(times, 1) if test(one, wanted)}
            assert found(user, Comparison(("at",), op, wanted)) == held, (op, wanted)
        assert found(user, Comparison(("at",), "in", (wanted,))) == {
            at for at, one in enumerate(times, 1) if one == wanted
        }
    user.source.close()


def test_steps_of_time_count_every_spelling(tmp_path: Path) -> None:
    user = made(
        tmp_path, ["2024-03-01 10:00:00.000", "2024-03-01T10:00:00Z", "2024-03-02 10:00", "2024-03-02T01:00+05:00"]
    )
    query = Query("spelled", "seen", None, (Dimension(("at",), "day", "day"),), (Measure("count", "n"),))
    snapshot = user.source.snapshot
    prepared = aggregate_statement(query, Sight(snapshot.schema), snapshot.tables, variables())
    with user.source.read() as connection:
        rows = connection.execute(prepared.statement, dict(prepared.params)).all()
    assert [tuple(row) for row in rows] == [("2024-03-01", 3), ("2024-03-02", 1)]
    user.source.close()
