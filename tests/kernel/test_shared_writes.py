"""Many who change rows of one SQLite file at once: few commits, and each change is told, kept or refused alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import patch

from nexus_admin.audit.chain import verify
from nexus_admin.audit.ledger import Ledger
from nexus_admin.audit.opening import Noted
from nexus_admin.audit.outbox import HOUSE as STREAM
from nexus_admin.audit.query import AuditQuery
from nexus_admin.brokers.stream.protocol import Stream
from nexus_admin.domain.action import Call
from nexus_admin.domain.errors import Invalid, NexusError
from nexus_admin.domain.target import Target
from tests.kernel.world import kernel_of, owner_of
from tests.waiting import until

ROWS = 240


def test_each_change_of_a_crowd_stands_or_falls_alone(tmp_path: Path) -> None:
    path = tmp_path / "data.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(
            """pragma journal_mode=wal;
            create table notes (id integer primary key, n integer not null check (n % 7 <> 3));"""
        )
        connection.executemany("insert into notes values (?, 0)", [(n,) for n in range(ROWS)])
    kernel = kernel_of(tmp_path, urls=(("data", f"sqlite:///{path}"),), allow_writes=True)
    actor, groups = owner_of(kernel), list[int]()
    write_down = Ledger.write_down

    def counted(ledger: Ledger, noted: Sequence[Noted]) -> None:
        groups.append(len(noted))
        write_down(ledger, noted)

    def change(n: int) -> bool:
        try:
            kernel.perform(Call("row.update", Target("data", "notes", str(n)), {"values": {"n": n}}, actor))
        except Invalid:
            return False
        return True

    with patch.object(Ledger, "write_down", counted), ThreadPoolExecutor(24) as pool:
        done = list(pool.map(change, range(1, ROWS)))
    kept = [n for n in range(1, ROWS) if n % 7 != 3]
    assert [n for n, well in enumerate(done, 1) if well] == kept
    with sqlite3.connect(path) as connection:
        assert connection.execute("select id, n from notes where n > 0").fetchall() == [(n, n) for n in kept]
    assert sum(groups) == len(kept)
    assert max(groups) > 1
    entries = list(kernel.ledger.export(AuditQuery(actions=("row.update",))))
    assert sorted(str(one.key) for one in entries if one.outcome == "done") == sorted(map(str, kept))
    assert sum(one.outcome == "invalid" for one in entries) == ROWS - 1 - len(kept)
    kernel.state.flush()
    events = kernel.services.get(Stream).read(STREAM, types=["row.updated"], limit=ROWS)  # type: ignore[type-abstract]
    assert {event.note["entry"] for event in events} == {one.id for one in entries if one.outcome == "done"}
    assert verify(kernel.state).ok
    kernel.stop()


def test_what_one_breaks_at_the_commit_is_refused_to_it_alone(tmp_path: Path) -> None:
    path = tmp_path / "data.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(
            """pragma journal_mode=wal;
            create table teams (id integer primary key, name text);
            create table notes (id integer primary key, team_id integer references teams deferrable initially deferred);
            insert into teams values (1, 'A');
            insert into notes (id) values (0), (1), (2), (3), (4), (5);"""
        )
    kernel = kernel_of(tmp_path, urls=(("data", f"sqlite:///{path}"),), allow_writes=True)
    actor, source = owner_of(kernel), kernel.sources.get("data")

    def change(n: int) -> bool:
        try:
            kernel.perform(Call("row.update", Target("data", "notes", str(n)), {"values": {"team_id": 1}}, actor))
        except NexusError:
            return False
        return True

    with patch("nexus_admin.data.sharing.LONGEST", 60), ThreadPoolExecutor(6) as pool:
        with source.write() as held:
            began = [pool.submit(change, n) for n in range(6)]
            until(lambda: len(source._writes._turns._waiting) == 6)
            held.exec_driver_sql("create trigger odd after update on notes when new.id = 3 "
                                       "begin update notes set team_id = 99 where id = 3; end")  # fmt: skip
        done = [one.result() for one in began]
    assert done == [True, True, True, False, True, True]
    with sqlite3.connect(path) as connection:
        teams = [team for (team,) in connection.execute("select team_id from notes order by id")]
    assert teams == [1, 1, 1, None, 1, 1]
    entries = list(kernel.ledger.export(AuditQuery(actions=("row.update",))))
    assert sorted((one.key, one.outcome == "done") for one in entries) == [(str(n), n != 3) for n in range(6)]
    assert verify(kernel.state).ok
    kernel.stop()
