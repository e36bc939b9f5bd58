"""Who comes in and who has an account is told of as an event, with the entry of the ledger that says so."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nexus_admin import Nexus
from nexus_admin.audit.outbox import HOUSE, event_of
from nexus_admin.brokers.stream import Stream
from nexus_admin.domain.action import Call, Event
from nexus_admin.domain.target import Target
from tests.web.test_second_factor import set_up
from tests.web.world import served, signed_in


@pytest.fixture
def nexus(tmp_path: Path) -> Iterator[Nexus]:
    with served(tmp_path) as app:
        yield app


def told(nexus: Nexus) -> list[Event]:
    nexus.kernel.state.flush()
    stream = nexus.kernel.services.get(Stream)  # type: ignore[type-abstract]
    return [event_of(one) for one in stream.read(HOUSE, types=["user.*"])]


@pytest.mark.req("S004-EVT-18")
def test_a_sign_in_is_told_of_with_its_entry_and_a_wrong_one_is_not(nexus: Nexus) -> None:
    signed_in(nexus, password="another long one 2")
    signed_in(nexus)
    (event,) = told(nexus)
    ada = nexus.kernel.access.users.by_email("ada@example.com")
    assert ada is not None
    assert (event.name, dict(event.data), event.actor) == ("user.signed_in", {"user": ada.id}, f"user:{ada.id}")
    entry = nexus.kernel.ledger.get(event.call)
    assert (entry.action, entry.actor, entry.outcome) == ("session.begin", f"user:{ada.id}", "done")


@pytest.mark.req("S004-EVT-18")
def test_where_a_second_factor_is_asked_for_nobody_is_in_before_it(nexus: Nexus) -> None:
    totp, _ = set_up(signed_in(nexus))
    again = signed_in(nexus)
    assert len(told(nexus)) == 1
    again.post("/sign-in/code", data={"code": totp.at(time.time() + 30)})
    assert [nexus.kernel.ledger.get(one.call).action for one in told(nexus)] == ["session.begin", "session.pass"]


def test_whoever_is_invited_is_registered(nexus: Nexus) -> None:
    ada = nexus.kernel.access.users.by_email("ada@example.com")
    assert ada is not None
    owner = nexus.kernel.access.actor_of_user(ada.id)
    assert owner is not None
    given = {"email": "cy@example.com", "name": "Cy", "roles": ["viewer"]}
    made = nexus.kernel.perform(Call("access.user.invite", Target("nexus"), given, owner))
    (event,) = told(nexus)
    assert dict(event.data) == {"user": made.user.id, "email": "cy@example.com"}
    assert (event.name, nexus.kernel.ledger.get(event.call).action) == ("user.registered", "access.user.invite")
