"""How many requests work in one source at once: few that read a SQLite file, many that wait for their turn to write."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

import httpx2

from nexus_admin import Nexus
from nexus_admin.actions.sources.known import SQLITE_WRITERS
from nexus_admin.audit.ledger import Ledger
from nexus_admin.audit.opening import Noted
from nexus_admin.domain.actor import Actor
from nexus_admin.kernel.options import Options
from tests.waiting import until

WRITERS = 2 * SQLITE_WRITERS


def served(folder: Path) -> tuple[Nexus, str]:
    """Return an app with a file of rows, and a token of somebody who may change them."""
    with sqlite3.connect(folder / "data.db") as connection:
        connection.executescript("pragma journal_mode=wal; create table notes (id integer primary key, text text);")
        connection.executemany("insert into notes values (?, 'old')", [(n,) for n in range(WRITERS)])
    urls = (("data", f"sqlite:///{folder}/data.db"),)
    app = Nexus(options=Options(urls=urls, state=str(folder / "nexus.db"), allow_writes=True, environ={}))
    app.start()
    user = app.kernel.access.users.create("ada@example.com", roles=("owner",), by=Actor.system("test"))
    until(lambda: app.kernel.sources.get("data").schema)
    return app, app.kernel.access.tokens.create(user.id, "programs")[0]


def test_requests_that_write_one_sqlite_file_come_far_enough_to_share_a_commit(tmp_path: Path) -> None:
    app, token = served(tmp_path)
    groups, write_down = list[int](), Ledger.write_down
    source = app.kernel.sources.get("data")

    def counted(ledger: Ledger, noted: Sequence[Noted]) -> None:
        groups.append(len(noted))
        write_down(ledger, noted)

    async def crowd() -> list[int]:
        transport = httpx2.ASGITransport(app)
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx2.AsyncClient(transport=transport, base_url="http://nexus", headers=headers) as client:
            with source.write():  # until all have come that are let in
                asked = [
                    asyncio.create_task(client.patch(f"/api/v1/data/notes/{n}", json={"text": "new"}))
                    for n in range(WRITERS)
                ]
                while len(source._writes._turns._waiting) < SQLITE_WRITERS:
                    await asyncio.sleep(0.01)
                page = await client.get("/api/v1/data/notes?limit=1")
            return [page.status_code, *[(await one).status_code for one in asked]]

    with patch.object(Ledger, "write_down", counted), patch("nexus_admin.data.sharing.LONGEST", 60):
        assert set(asyncio.run(crowd())) == {200}
    app.kernel.stop()
    assert sum(groups) == WRITERS
    assert groups[0] == SQLITE_WRITERS
