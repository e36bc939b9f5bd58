"""A program elsewhere reads the ledger as a stream, by its own rights; what it calls `audit` is that alone."""

from __future__ import annotations

import threading

import pytest

from e2e.server import Served
from nexus_admin.brokers.stream import BEGIN, Fresh, Stream
from nexus_admin.client import Client
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import Forbidden, Refused
from nexus_admin.domain.target import Target
from tests.client.conftest import token_for

pytestmark = pytest.mark.req("S002-STREAM-04")


def did(served: Served, action: str) -> None:
    kernel = served.nexus.kernel
    kernel.ledger.note(Call(action, Target("shop"), {}, Actor("user:x", name="X")))
    kernel.state.flush()


def test_a_program_follows_the_audit_in_a_group_of_its_own(served: Served) -> None:
    did(served, "house.opened")
    with Client(served.url, token_for(served, "client.*", "audit.view")) as client:
        assert "audit" in [one.stream for one in client.stream.figures()]
        client.stream.group("audit", "siem", start="end")
        timer = threading.Timer(0.05, did, (served, "thing.done"))
        timer.start()
        batch = client.stream.fetch("audit", "siem", wait=60)
        timer.join()
        assert batch is not None
        assert (batch.stream, batch.events[0].stream, batch.events[-1].type) == ("audit", "audit", "thing.done")
        assert batch.events[-1].value["actor_name"] == "X"
        assert client.stream.commit(batch)
        read = client.stream.read("audit", types=["thing.*"], backwards=True, limit=1)
        assert read == [batch.events[-1]]
        assert next(iter(client.stream.replay("audit"))).position.seq == 1
        assert client.stream.wait("audit", BEGIN, 1)
        assert [one.group for one in client.stream.groups("audit")] == ["siem"]
        inside = served.nexus.kernel.services.get(Stream)  # type: ignore[type-abstract]
        assert [one.group for one in inside.groups("audit")] == ["siem"]
        assert client.stream.forget_group("audit", "siem")


def test_a_program_neither_writes_it_nor_takes_its_name(served: Served, client: Client) -> None:
    with Client(served.url, token_for(served, "client.*", "audit.view")) as auditor:
        with pytest.raises(Refused, match="'audit' is the ledger"):
            auditor.stream.append("audit", Fresh("thing.done", 1))
        with pytest.raises(Refused, match="it is kept whole"):
            auditor.stream.trim("audit", keep=0, force=True)
        auditor.stream.append("audit.notes", Fresh("thing.done", 1))
    inside = served.nexus.kernel.services.get(Stream)  # type: ignore[type-abstract]
    assert [one.stream for one in inside.figures() if one.stream.startswith("app.audit")] == ["app.audit.notes"]
    assert "thing.done" in [one.type for one in client.stream.read("audit.notes")]


def test_without_the_right_to_look_at_the_audit_there_is_none(served: Served, client: Client) -> None:
    did(served, "thing.done")
    for ask in (
        lambda: client.stream.read("audit"), lambda: client.stream.group("audit", "g"),
        lambda: client.stream.fetch("audit", "g"), lambda: client.stream.append("audit", Fresh("t")),
        lambda: client.stream.groups("audit"),
    ):  # fmt: skip
        with pytest.raises(Forbidden, match=r"audit\.view"):
            ask()
    assert "audit" not in [one.stream for one in client.stream.figures()]
