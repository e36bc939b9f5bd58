"""Writers of a database that has one at a time: in the order in which they came, and nobody starves."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

from nexus_admin.data.source import DataSource
from nexus_admin.data.turns import Turns
from nexus_admin.domain.errors import SourceDown


def test_turns_come_in_the_order_of_arrival() -> None:
    turns, order = Turns(), list[int]()

    def wait(number: int) -> None:
        with turns.taken(10) as came:
            assert came
            order.append(number)

    with turns.taken(0):
        threads = []
        for number in range(20):
            threads.append(threading.Thread(target=wait, args=(number,)))
            threads[-1].start()
            while len(turns._waiting) <= number:
                time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert order == list(range(20))


def test_whoever_has_waited_too_long_gets_no_turn_and_holds_up_nobody() -> None:
    turns = Turns()
    with turns.taken(0) as first, turns.taken(0.01) as second:
        assert (first, second) == (True, False)
    with turns.taken(0) as third:
        assert third


def test_sixty_four_writers_on_one_file_all_come_through(tmp_path: Path) -> None:
    path = tmp_path / "counts.sqlite"
    with sqlite3.connect(path) as connection:
        connection.executescript(
            "create table counts (id integer primary key, n integer); insert into counts values (1, 0)"
        )
    source = DataSource("counts", str(path), read_only=False, statement_timeout=60)
    failed: list[Exception] = []

    def add() -> None:
        try:
            for _ in range(5):
                with source.write() as connection:
                    n = connection.exec_driver_sql("select n from counts").scalar_one()
                    time.sleep(0.001)
                    connection.exec_driver_sql("update counts set n = ?", (n + 1,))
        except SourceDown as error:
            failed.append(error)

    threads = [threading.Thread(target=add) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with source.read() as connection:
        assert (failed, connection.exec_driver_sql("select n from counts").scalar_one()) == ([], 320)
    source.close()
