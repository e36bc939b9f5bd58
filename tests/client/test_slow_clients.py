"""A client that does not read costs the server no more than the room that its subscription has."""

from __future__ import annotations

import os
from typing import Any

import pytest

from e2e.server import Served
from nexus_admin.brokers.frames import packed, unpacked
from nexus_admin.brokers.pubsub.protocol import Gap
from nexus_admin.web.remote import telling
from tests.client.test_rights import opened

LARGE = os.urandom(60_000)
"""That no compression makes smaller."""
MANY = 600
"""More than the buffers of both sockets hold."""


def asked(socket: Any, number: int, do: str, *given: Any, **named: Any) -> Any:
    socket.send(packed({"n": number, "do": do, "given": list(given), "named": named}))
    while True:
        answer = unpacked(socket.recv(timeout=60))
        if answer.get("n") == number:
            return answer


def flooded(served: Served, token: str, topic: str, buffer: int) -> tuple[int, int]:
    """Return how many messages a client gets that begins to read after all were published, and how many it lost."""
    with opened(served, token) as socket, opened(served, token) as other:
        assert unpacked(socket.recv(timeout=60))["ok"] is unpacked(other.recv(timeout=60))["ok"] is True
        assert "ok" in asked(socket, 1, "topic.subscribe", topic, buffer=buffer)
        for at in range(MANY):  # each is answered before the next, so the server has the time to hand them on
            assert "ok" in asked(other, at, "topic.publish", topic, LARGE)
        assert "ok" in asked(other, MANY, "topic.publish", topic, "end")
        got = lost = 0
        while True:
            told = unpacked(socket.recv(timeout=60)).get("told")
            if isinstance(told, Gap):
                lost += told.lost
            elif told is not None and told.value == "end":
                return got, lost
            else:
                got += told is not None


def test_what_a_client_does_not_read_waits_in_its_buffer_alone(served: Served, token: str) -> None:
    got, lost = flooded(served, token, "flood", 10)
    assert got + lost == MANY
    assert lost > MANY / 2


def test_large_messages_fill_a_buffer_by_their_bytes(
    served: Served, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "MOST_BYTES", 20 * len(LARGE))
    got, lost = flooded(served, token, "large", 10_000)
    assert got + lost == MANY
    assert lost > MANY / 2
