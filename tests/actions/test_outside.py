"""An action that changes what keeps itself: its entry stands before the work, and says afterwards what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nexus_admin import Nexus
from nexus_admin.audit.query import AuditQuery
from nexus_admin.domain.action import Action, Call, Nothing
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import Forbidden, Refused
from nexus_admin.domain.target import Target
from tests.web.api.world import served, user_id

HOUSE = Target("nexus")


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Nexus]:
    with served(tmp_path) as nexus:
        yield nexus


def add(app: Nexus, run: Any, name: str = "bell.ring") -> None:
    app.kernel.actions.add(Action(name, Nothing, run, "Ring", on="house", transaction=False, outside=True))


def perform(app: Nexus, actor: Actor | None = None, name: str = "bell.ring") -> Any:
    owner = app.kernel.access.actor_of_user(user_id(app, "ada@example.com"))
    assert owner is not None
    return app.kernel.perform(Call(name, HOUSE, {}, actor or owner))


def outcomes(app: Nexus) -> list[tuple[str, str]]:
    app.kernel.state.flush()
    found = app.kernel.ledger.find(AuditQuery(actions=("bell.ring",), limit=10)).entries
    return [(one.outcome, one.detail) for one in found]


@pytest.mark.req("S003-KERN-06")
def test_the_entry_is_open_while_it_works_and_the_state_can_be_written_meanwhile(app: Nexus) -> None:
    seen: list[Any] = []

    def ring(unit: Any, _data: Nothing) -> str:
        seen.extend(outcomes(app))
        app.kernel.state.write(lambda _connection: None)  # from within the lane this would wait for itself
        unit.detail = "Rung once."
        return "ding"

    add(app, ring)
    assert perform(app) == "ding"
    assert seen == [("open", "")]
    assert outcomes(app) == [("done", "Rung once.")]


def test_a_failure_and_a_refusal_are_written_down(app: Nexus) -> None:
    def ring(_unit: Any, _data: Nothing) -> None:
        raise Refused("The bell is gone.")

    add(app, ring)
    with pytest.raises(Refused):
        perform(app)
    with pytest.raises(Forbidden):
        perform(app, Actor("eve", "eve"))
    assert [one[0] for one in outcomes(app)] == ["denied", "failed"]


def test_it_is_no_part_of_another_action(app: Nexus) -> None:
    add(app, lambda _unit, _data: None)
    add(app, lambda unit, _data: unit.perform("bell.ring"), "bell.twice")
    with pytest.raises(Refused, match="change two databases"):
        perform(app, name="bell.twice")
