"""A process that dies while it writes a file leaves none; the next one writes all of it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from nexus_admin.actions.exports.export import Exported
from nexus_admin.actions.exports.kept import Export
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.target import Target
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Part
from nexus_admin.state.tables.exports import export_part
from tests.kernel.working.export_child import SOME, options
from tests.kernel.working.tally_child import KEY
from tests.waiting import until

ORDERS = Target("shop", "orders")
ROWS = 8_000


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("NEXUS_SECRET_KEY", KEY)
    shop(tmp_path)
    if request.param == "sqlite":
        return str(tmp_path / "state.db")
    return str(request.getfixturevalue("new_postgres_url"))


def shop(folder: Path) -> None:
    with sqlite3.connect(folder / "shop.db") as connection:
        connection.execute("create table orders (id integer primary key, number text not null)")
        connection.execute(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < ?) "
            "insert into orders select i, 'N-' || i || hex(randomblob(40)) from n", (ROWS,),
        )  # fmt: skip


def asked(kernel: Kernel, action: str, **data: Any) -> Any:
    return kernel.perform(Call(action, ORDERS, data, Actor.system("reports")))


def seen(kernel: Kernel, id: str) -> Export:
    found: Export = asked(kernel, "export.follow", id=id)
    return found


def parts(state: str) -> int:
    """Ask the state past Nexus how much of a file there is."""
    engine = sa.create_engine(state if "://" in state else f"sqlite:///{state}", poolclass=sa.NullPool)
    with engine.connect() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(export_part)).scalar_one())


def test_a_killed_process_leaves_no_half_file_and_the_next_one_begins_anew(tmp_path: Path, state: str) -> None:
    first = Kernel(options(tmp_path, state, shared=True)).start()  # which does no jobs
    id = asked(first, "export.begin", format="ndjson")
    first.stop()
    command = [sys.executable, "-m", "tests.kernel.working.export_child", str(tmp_path), state]
    root = Path(__file__).parents[3]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        until(lambda: parts(state) >= SOME, "some of the file")
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert SOME <= parts(state) < 30, "It had more to write."
    looking = Kernel(options(tmp_path, state, shared=True)).start()
    assert seen(looking, id).state in ("running", "waiting")
    with pytest.raises(Exception, match="There is no file yet"):
        asked(looking, "export.fetch", id=id)
    looking.stop()
    again = Kernel(options(tmp_path, state)).start()
    try:
        told = until(lambda: one if (one := seen(again, id)).over else None, "the file")
        assert (told.state, told.record.rows) == ("done", ROWS)
        assert told.record.attempt > 1
        file: Exported = asked(again, "export.fetch", id=id)
        content = b"".join(file.chunks)
        assert len(content) == file.size
        assert content.count(b"\n") == ROWS
        assert parts(state) == told.record.parts  # nothing of the first attempt is left
    finally:
        again.stop()


def test_what_a_worker_of_its_own_writes_a_web_process_gives_out(
    tmp_path: Path, new_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEXUS_SECRET_KEY", KEY)
    shop(tmp_path)
    web = Kernel(options(tmp_path, new_postgres_url, parts=frozenset({Part.web}))).start()
    worker = Kernel(options(tmp_path, new_postgres_url, parts=frozenset({Part.worker}))).start()
    try:
        id = asked(web, "export.begin", format="csv", filter="id:<=2000")
        told = until(lambda: one if (one := seen(web, id)).over else None, "the file")
        assert (told.state, told.record.rows) == ("done", 2000)
        file: Exported = asked(web, "export.fetch", id=id)
        assert b"".join(file.chunks).count(b"\r\n") == 2001
    finally:
        worker.stop()
        web.stop()
