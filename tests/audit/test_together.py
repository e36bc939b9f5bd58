"""What many calls in one commit leave behind is written at once, and each of them still stands or falls alone."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import patch

import pytest
import sqlalchemy as sa

from nexus_admin.audit.chain import verify
from nexus_admin.audit.ledger import Ledger
from nexus_admin.audit.outbox import Outbox, Ready
from nexus_admin.audit.query import AuditQuery
from nexus_admin.brokers.stream.durable import DurableStream
from nexus_admin.brokers.stream.protocol import Fresh, Stream
from nexus_admin.domain.action import Call
from nexus_admin.domain.errors import Refused
from nexus_admin.state.engine import State
from tests.audit.conftest import call
from tests.kernel.world import HOUSE, kernel_of, owner_of, plugin

CALLS = 60
PLUGIN = """
from nexus_admin.sdk import Action, Refused, hookimpl, job
from pydantic import BaseModel

class Asked(BaseModel):
    number: int

@job("odd.tell", title="Tell", queue="held")
def tell(job, data):
    return None

def keep(unit, data):
    unit.emit("odd.kept", number=data.number)
    unit.enqueue("odd.tell")
    if data.number % 2:
        raise Refused("Odd ones are refused.")

@hookimpl
def nexus_jobs():
    return [tell]

@hookimpl
def nexus_actions():
    return [Action("odd.keep", Asked, keep, "Keep", on="house", transaction=False)]
"""


@pytest.mark.req("S002-QUEUE-18")
def test_a_call_that_is_refused_takes_back_its_own_event_and_job_and_nobody_elses(tmp_path: Path) -> None:
    plugin(tmp_path, "odd", PLUGIN)
    kernel = kernel_of(tmp_path)
    kernel.crew.queue.pause("held")
    actor = owner_of(kernel)

    def act(number: int) -> bool:
        try:
            kernel.perform(Call("odd.keep", HOUSE, {"number": number}, actor))
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(12) as pool:
        done = list(pool.map(act, range(CALLS)))
    assert done == [number % 2 == 0 for number in range(CALLS)]
    events = kernel.services.get(Stream).read("house", types=["odd.kept"])  # type: ignore[type-abstract]
    assert sorted(event.value["data"]["number"] for event in events) == list(range(0, CALLS, 2))
    assert len(kernel.crew.queue.jobs("held", limit=CALLS)) == CALLS // 2
    entries = kernel.ledger.find(AuditQuery(actions=("odd.keep",), limit=CALLS)).entries
    assert sorted(entry.outcome for entry in entries) == ["done"] * (CALLS // 2) + ["failed"] * (CALLS // 2)
    assert verify(kernel.state).ok
    kernel.stop()


def test_a_call_whose_job_the_queue_refuses_is_not_done(tmp_path: Path) -> None:
    plugin(tmp_path, "odd", PLUGIN)
    kernel = kernel_of(tmp_path)
    refused = patch.object(kernel.crew.queue, "push", side_effect=Refused("The queue is full."))
    with refused, pytest.raises(Refused, match="full"):
        kernel.perform(Call("odd.keep", HOUSE, {"number": 2}, owner_of(kernel)))
    assert kernel.services.get(Stream).read("house", types=["odd.kept"]) == []  # type: ignore[type-abstract]
    (entry,) = kernel.ledger.find(AuditQuery(actions=("odd.keep",))).entries
    assert entry.outcome == "failed"
    kernel.stop()


def test_an_event_that_the_stream_refuses_takes_no_others_along(state: State, caplog: pytest.LogCaptureFixture) -> None:
    stream = DurableStream(state)
    outbox = Outbox(stream)

    def fresh(number: int) -> Fresh:
        return Fresh("order.paid", {"number": number}, note={"entry": "x" * (20_000 if number == 3 else 1)})

    def work(connection: sa.Connection) -> None:
        for number in range(8):
            outbox.leave(connection, Ready([fresh(number)], []))

    with caplog.at_level(logging.ERROR):
        state.write(work)
    assert [event.value["number"] for event in stream.read("house")] == [0, 1, 2, 4, 5, 6, 7]
    assert "An event order.paid" in caplog.text
    stream.close()


def test_an_entry_that_its_transaction_does_not_close_is_there_and_open(state: State, ledger: Ledger) -> None:
    def work(connection: sa.Connection) -> tuple[str, str]:
        outer = ledger.open_within(connection, call("role.grant", HOUSE))
        inner = ledger.open_within(connection, call("role.grant", HOUSE), outer)
        ledger.close_within(connection, inner, "done")
        return outer, inner

    outer, inner = state.write(work)
    assert ledger.get(outer).outcome == "open"
    assert ledger.get(inner).outcome == "done"
    assert verify(state).ok
    ledger.close(outer, "done")
    assert verify(state).upto == 2
