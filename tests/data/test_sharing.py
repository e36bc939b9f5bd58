"""Short writes that wait for one commit: each stands or falls alone, and nobody is told too early."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from nexus_admin.data.sharing import Apart, Share, _Crew
from nexus_admin.data.source import DataSource
from nexus_admin.domain.errors import Invalid, NexusError, Refused, SourceFailed, StateDown, UnknownField

MANY = 24


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "shop.sqlite"
    with sqlite3.connect(path) as connection:
        connection.executescript(
            """pragma journal_mode=wal;
            create table teams (id integer primary key);
            create table people (
                id integer primary key, team integer references teams deferrable initially deferred
            );"""
        )
    return path


@pytest.fixture
def source(path: Path) -> Iterator[DataSource]:
    source = DataSource("shop", str(path), read_only=False, statement_timeout=60)
    yield source
    source.close()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everybody in who waits, however slow this machine is just now."""
    monkeypatch.setattr("nexus_admin.data.sharing.LONGEST", 60)


def ids(path: Path) -> list[int]:
    """Return who is in the file, as another program sees it."""
    with sqlite3.connect(path) as connection:
        return [id for (id,) in connection.execute("select id from people order by id")]


class Notes:
    """What was written down before each commit."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.groups: list[list[int]] = []
        self.early: list[bool] = []

    def __call__(self, notes: Sequence[Any]) -> None:
        seen = ids(self.path)
        self.early.append(any(note in seen for note in notes))
        self.groups.append(list(notes))


def add(source: DataSource, notes: Callable[[Sequence[Any]], None], id: int, team: int | None = None) -> str:
    """Add somebody; return what came of it."""

    def once(share: Share | None) -> None:
        with source.write(share) as connection:
            connection.exec_driver_sql("insert into people values (?, ?)", (id, team))
            if share is not None:
                share.note = id
            if id % 5 == 0:
                raise Refused("Every fifth is refused.")

    try:
        try:
            once(Share("", notes))
        except Apart:
            once(None)
            return "alone"
    except (Refused, SourceFailed, StateDown) as error:
        return type(error).__name__
    return "done"


def together(source: DataSource, *works: Callable[[], str]) -> list[str]:
    """Do all of *works* while the turn is held back, so that they come one behind the other."""
    with ThreadPoolExecutor(len(works)) as pool:
        with source.write():
            began = []
            for work in works:
                began.append(pool.submit(work))
                while len(source._writes._turns._waiting) < len(began):
                    time.sleep(0.001)
        return [one.result() for one in began]


def test_those_who_wait_share_a_commit_which_is_noted_before_it(source: DataSource, path: Path) -> None:
    notes = Notes(path)
    told = together(source, *(lambda id=id: add(source, notes, id) for id in range(1, MANY + 1)))
    kept = [id for id in range(1, MANY + 1) if id % 5]
    assert told == ["done" if id % 5 else "Refused" for id in range(1, MANY + 1)]
    assert ids(path) == kept
    assert sorted(id for group in notes.groups for id in group) == kept
    assert len(notes.groups) < len(kept) / 2
    assert not any(notes.early)


def test_where_a_constraint_is_looked_at_last_only_the_one_that_breaks_it_is_refused(
    source: DataSource, path: Path
) -> None:
    notes = Notes(path)
    told = together(source, *(lambda id=id: add(source, notes, id, 99 if id == 3 else None) for id in (1, 2, 3, 4)))
    assert told[:2] + told[3:] == ["alone"] * 3
    assert told[2] not in ("done", "alone")
    assert ids(path) == [1, 2, 4]


def test_what_cannot_be_written_down_is_not_committed_for_anybody(source: DataSource, path: Path) -> None:
    def down(_notes: Sequence[Any]) -> None:
        raise StateDown("The ledger cannot be written.")

    assert together(source, *(lambda id=id: add(source, down, id) for id in (1, 2, 3))) == ["StateDown"] * 3
    assert ids(path) == []
    assert add(source, Notes(path), 4) == "done"


def test_one_row_is_changed_once_in_a_transaction(source: DataSource, path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("insert into people values (1, null)")
    groups: list[list[str]] = []

    def touch(place: str) -> str:
        share = Share(place, lambda notes: groups.append(list(notes)))
        with source.write(share) as connection:
            connection.exec_driver_sql("update people set team = null")
            share.note = place
        return "done"

    places = ["people/1", "people/2", "people/1", "people/1", "people/3"]
    assert together(source, *(lambda place=place: touch(place) for place in places)) == ["done"] * 5
    assert [one for group in groups for one in group] == places
    assert all(len(group) == len(set(group)) for group in groups)


def test_a_write_that_is_stopped_takes_the_others_back_and_they_are_done_again(source: DataSource, path: Path) -> None:
    notes = Notes(path)

    def stopped() -> str:
        try:
            with source.write(Share("", notes)) as connection:
                connection.exec_driver_sql("insert into people values (90, null)")
                connection.connection.rollback()  # as SQLite does by itself where it is interrupted, or full
                raise SourceFailed("Stopped.")
        except SourceFailed:
            return "stopped"
        raise AssertionError("It was stopped.")

    told = together(source, lambda: add(source, notes, 1), lambda: add(source, notes, 2), stopped)
    assert told == ["alone", "alone", "stopped"]
    assert ids(path) == [1, 2]


def test_who_must_be_alone_finds_all_before_it_committed(source: DataSource, path: Path) -> None:
    seen: list[list[int]] = []

    def alone() -> str:
        with source.write():
            seen.append(ids(path))
        return "alone"

    works = [lambda id=id: add(source, Notes(path), id) for id in (1, 2, 3)]
    assert together(source, *works, alone, lambda: add(source, Notes(path), 4)) == ["done"] * 3 + ["alone", "done"]
    assert seen == [[1, 2, 3]]


def lost(source: DataSource, notes: Callable[[Sequence[Any]], None]) -> str:
    """Have the database take all of it back, and keep that to oneself, as an extension can."""
    try:
        with source.write(Share("", notes)) as connection:
            connection.connection.rollback()
    except SourceFailed:
        return "told"
    return "done"


@pytest.mark.parametrize("before", [0, 2])
def test_a_write_that_kept_quiet_about_a_lost_transaction_is_told_and_holds_up_nobody(
    source: DataSource, path: Path, before: int
) -> None:
    notes = Notes(path)
    works = [lambda id=id: add(source, notes, id) for id in range(1, before + 1)]
    told = together(source, *works, lambda: lost(source, notes), lambda: add(source, notes, 3))
    assert told == ["alone"] * before + ["told", "done"]
    assert ids(path) == [*range(1, before + 1), 3]


def test_nothing_is_written_outside_of_a_transaction_that_the_database_took_back(
    source: DataSource, path: Path
) -> None:
    def write_on() -> None:
        with source.write() as connection:
            connection.connection.rollback()
            connection.exec_driver_sql("insert into people values (1, null)")

    with pytest.raises(SourceFailed, match="rolled back"):
        write_on()
    assert ids(path) == []
    assert add(source, Notes(path), 2) == "done"


def test_who_cannot_come_aboard_leaves_nobody_behind(
    source: DataSource, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes, says = Notes(path), _Crew.says
    monkeypatch.setattr(_Crew, "says", lambda crew, *words: words != ("SAVEPOINT share",) and says(crew, *words))
    told = together(source, *(lambda id=id: add(source, notes, id) for id in (1, 2, 3)))
    assert sorted(told) == ["alone", "alone", "done"]
    assert ids(path) == [1, 2, 3]


def test_a_transaction_that_cannot_be_rolled_back_is_thrown_away(source: DataSource, path: Path) -> None:
    def stuck() -> str:
        try:
            with source.write(Share("", Notes(path))) as connection:
                connection.connection.dbapi_connection.close()
                raise SourceFailed("Disk I/O error.")
        except SourceFailed:
            return "told"
        raise AssertionError("It was told.")

    told = together(source, lambda: add(source, Notes(path), 1), stuck, lambda: add(source, Notes(path), 2))
    assert told == ["alone", "told", "done"]
    assert ids(path) == [1, 2]
    assert source.stats().writing == 0


@pytest.mark.parametrize("error", [Invalid({"text": "Too long."}), UnknownField("a", "b", ["c"])])
def test_an_error_that_cannot_be_made_twice_reaches_all_whom_it_concerns(
    source: DataSource, path: Path, error: NexusError
) -> None:
    def down(_notes: Sequence[Any]) -> None:
        raise error

    def noted(id: int) -> str:
        share = Share("", down, note=id)
        try:
            with source.write(share) as connection:
                connection.exec_driver_sql("insert into people values (?, null)", (id,))
        except NexusError as raised:
            return str(raised)
        return "done"

    assert together(source, *(lambda id=id: noted(id) for id in (1, 2, 3))) == [str(error)] * 3
    assert ids(path) == []
    assert add(source, Notes(path), 4) == "done"
