"""Rows that somebody writes into the outbox of a database past Nexus hold nothing up and break nothing."""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from nexus_admin.audit.outbox import event_of
from nexus_admin.audit.query import AuditQuery
from nexus_admin.data.drivers.outbox import Line
from nexus_admin.data.drivers.outbox_seals import Seals
from nexus_admin.domain.ids import as_ulid, new_id
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.working.proving import is_proved
from nexus_admin.state.vault import Vault
from tests.kernel.test_outbox import ROWS, SOURCE, any_url, run, started, status, told
from tests.kernel.test_relaying import happened
from tests.kernel.test_settling import TABLE as NOTES
from tests.kernel.world import perform

__all__ = ["any_url"]
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


def plant(url: str, id: str, entry: str, event: str | None) -> None:
    at = time.time_ns() // 1000
    said = "null" if event is None else "'" + event.replace("'", "''").replace(":", "\\:") + "'"
    run(url, f"insert into nx_outbox (id, entry, event, at) values ('{id}', '{entry}', {said}, {at})")


def refusals(kernel: Kernel) -> list[Any]:
    kernel.state.flush()
    return kernel.ledger.find(AuditQuery(actions=("outbox.refuse",))).entries


def test_a_well_formed_event_that_somebody_planted_is_refused_and_reported(any_url: str, tmp_path: Path) -> None:
    """Also one that takes the seal of a row that is ours, changes a row of ours, or says that a call was committed."""
    with started(tmp_path, any_url) as kernel:
        perform(kernel, "outbox.install", SOURCE)
        kernel.crew.outboxes.stop()
        perform(kernel, "row.create", ROWS, values={"id": 1, "text": "a"})
        perform(kernel, "row.create", ROWS, values={"id": 2, "text": "b"})
        kernel.state.flush()
        first, second = run(any_url, "select seq, entry, event from nx_outbox where entry <> '' order by seq")
        id = as_ulid(new_id())
        said = json.dumps({**SAID, "id": id})
        plant(any_url, id, as_ulid(new_id()), said)
        plant(any_url, as_ulid(new_id()), first.entry, first.event[:48] + said)
        plant(any_url, as_ulid(new_id()), first.entry, first.event)
        plant(any_url, as_ulid(new_id()), first.entry, None)
        run(any_url, f"update nx_outbox set entry = '{as_ulid(new_id())}' where seq = {second.seq}")
        kernel.crew.outboxes.round()
        assert status(kernel).waiting == 0
        assert told(kernel) == ["row.created"]
        (refused,) = refusals(kernel)
        assert (refused.outcome, refused.detail.split()[:2]) == ("denied", ["5", "rows"])


def test_a_planted_row_proves_no_call(any_url: str, tmp_path: Path) -> None:
    """A call that died before its commit stays one that was not done, whoever writes that it was."""
    with started(tmp_path, any_url) as kernel:
        perform(kernel, "outbox.install", SOURCE)
        kernel.crew.outboxes.stop()
        seals = Seals(kernel.state.vault, kernel.sources.get("data").box.id)
        real = Line(as_ulid(new_id()), as_ulid(new_id()), None)
        row = {"source": "data", "id": real.entry}
        plant(any_url, as_ulid(new_id()), real.entry, None)
        plant(any_url, as_ulid(new_id()), real.entry, "A" * 48)
        assert not is_proved(kernel.sources, kernel.state.vault, row, "")
        plant(any_url, real.id, real.entry, seals.put_on(real).event)
        assert is_proved(kernel.sources, kernel.state.vault, row, "")


def test_a_row_of_another_outbox_or_another_nexus_is_not_ours() -> None:
    line = Line(as_ulid(new_id()), as_ulid(new_id()), json.dumps(SAID))
    key, other, newer = (secrets.token_urlsafe(32).encode() for _ in range(3))
    ours, theirs = Vault([key]), Vault([other])
    sealed = Seals(ours, "one").put_on(line)
    assert Seals(ours, "one").taken_off(sealed) == line
    assert Seals(Vault([newer, key]), "one").taken_off(sealed) == line  # the key was changed meanwhile
    assert Seals(ours, "other").taken_off(sealed) is None
    assert Seals(theirs, "one").taken_off(sealed) is None
