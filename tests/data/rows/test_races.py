"""Two editors at once: whatever the order, nobody's change is lost without a word."""

import random
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from nexus_admin.data.introspect import introspect
from nexus_admin.data.source import DataSource
from nexus_admin.domain.errors import Conflict, SourceDown
from nexus_admin.testing.contract_world import User

RACES = {"sqlite": 1000, "postgresql": 1000, "mariadb": 300}
THREADS = 4


@pytest.fixture(params=RACES)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DataSource]:
    if request.param == "sqlite":
        url = str(tmp_path / "races.sqlite")
        sqlite3.connect(url).close()
        Path(url).touch()
    else:
        url = request.getfixturevalue({"postgresql": "new_postgres_url", "mariadb": "new_mariadb_url"}[request.param])
    source = DataSource("races", url, read_only=False, pool_size=THREADS + 1)
    with source.write() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE slots (id INTEGER PRIMARY KEY, holder VARCHAR(20) NOT NULL, note INTEGER)"
        )
        connection.exec_driver_sql("INSERT INTO slots VALUES (1, 'nobody', 0)")
    source.use(introspect(source.reader, "races"))
    yield source
    source.close()


def test_a_thousand_races_overwrite_nothing_silently(source: DataSource) -> None:
    """Each editor reads, then writes what they expected to replace: the chain of holders has no gap."""
    user = User(source)
    total = RACES[{"mysql": "mariadb"}.get(source.dialect, source.dialect)]
    won: list[tuple[str, str]] = []
    lost = 0
    lock = threading.Lock()

    def edit(thread: int) -> None:
        nonlocal lost
        chance = random.Random(thread)
        for turn in range(total // THREADS):
            seen = user.read.one("slots", "1")["holder"]
            mine = f"{thread}-{turn}-{chance.randrange(10**6)}"
            try:
                user.write.update("slots", "1", {"holder": mine}, {"holder": seen})
            except (Conflict, SourceDown):
                with lock:
                    lost += 1
            else:
                with lock:
                    won.append((seen, mine))

    threads = [threading.Thread(target=edit, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) + lost == total
    assert won
    replaced = dict(won)
    assert len(replaced) == len(won), "Two editors replaced the same value: one of them was overwritten silently."
    holder, steps = "nobody", 0
    while holder in replaced:
        holder, steps = replaced[holder], steps + 1
    assert steps == len(won)
    assert user.read.one("slots", "1")["holder"] == holder


def test_editors_of_different_fields_both_win(source: DataSource) -> None:
    user = User(source)
    seen = user.read.one("slots", "1")
    expected = {"holder": seen["holder"], "note": seen["note"]}
    both = [{"holder": "ann", "note": 0}, {"holder": "nobody", "note": 7}]
    threads = [threading.Thread(target=user.write.update, args=("slots", "1", values, expected)) for values in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = user.read.one("slots", "1")
    assert (after["holder"], after["note"]) == ("ann", 7)
