"""Rows that somebody writes into the outbox of a database past Nexus hold nothing up and break nothing."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path

import pytest

from nexus_admin.audit.outbox import event_of
from nexus_admin.domain.ids import as_ulid, new_id
from tests.kernel.test_outbox import ROWS, SOURCE, started, status, told
from tests.kernel.test_relaying import happened
from tests.kernel.test_settling import TABLE as NOTES
from tests.kernel.world import perform

SAID = {"name": "row.created", "target": ["data", "notes", "9"], "data": {}, "actor": "eve", "by": "Eve"}
FORGED = (
    "", "7", '"a text"', "[]", "[" * 100_000, "{}", json.dumps(SAID), json.dumps({**SAID, "id": "no id"}),
    json.dumps({**SAID, "id": ["x"]}), json.dumps({**SAID, "target": "data"}),
)  # fmt: skip
"""Nothing that we write."""
STRANGE = {**SAID, "actor": {"id": "eve"}}


def forge(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        for event in (*FORGED, STRANGE):
            id = as_ulid(new_id())
            said = event if isinstance(event, str) else json.dumps({**event, "id": id})
            row = (id, as_ulid(new_id()), said, time.time_ns() // 1000)
            connection.execute("insert into nx_outbox (id, entry, event, at) values (?, ?, ?, ?)", row)


@pytest.mark.parametrize("removed", [False, True], ids=["moved", "removed"])
def test_what_is_not_of_nexus_is_passed_over_and_what_is_of_it_is_told(tmp_path: Path, *, removed: bool) -> None:
    file = tmp_path / "data.db"
    with sqlite3.connect(file) as connection:
        connection.execute(NOTES)
    with started(tmp_path, f"sqlite:///{file}") as kernel:
        perform(kernel, "outbox.install", SOURCE)
        kernel.crew.outboxes.stop()
        forge(file)
        perform(kernel, "row.create", ROWS, values={"id": 1, "text": "a"})
        kernel.state.flush()
        if removed:
            assert perform(kernel, "outbox.remove", SOURCE) == 1
        else:
            kernel.crew.outboxes.round()
            assert status(kernel).waiting == 0
        assert told(kernel) == ["row.created"]
        (made,) = (event_of(one) for one in happened(kernel) if one.type == "row.created")
        assert made.data["key"] == "1"
