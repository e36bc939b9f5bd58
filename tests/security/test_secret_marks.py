"""The mark of a secret column is taken off by those alone who may reveal: by clicks, by answers and by undo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nexus_admin import Nexus
from nexus_admin.audit.query import AuditQuery
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import Forbidden
from nexus_admin.domain.role import Grant
from nexus_admin.domain.target import Target
from tests.security.world import SYSTEM, add_role, add_user
from tests.web.world import served

TABLES = "create table people (id integer primary key, name text, password text, note text);"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Nexus]:
    with served(tmp_path, TABLES) as nexus:
        add_role(nexus, "shaper", Grant(source="nexus", action="resource.save"), Grant(source="nexus", action="*.undo"))
        add_role(nexus, "revealer", Grant(source="nexus", action="resource.reveal"))
        yield nexus


def person(app: Nexus, *roles: str) -> Actor:
    found = app.kernel.access.actor_of_user(add_user(app, f"{'-'.join(roles)}@example.com", *roles))
    assert found is not None
    return found


def clicks(app: Nexus, by: Actor, field: str, **laid: Any) -> None:
    data = {"resource": "people", "fields": {field: laid}}
    app.kernel.perform(Call("resource.save", Target("nexus", "sources", "shop"), data, by))


def secret(app: Nexus, field: str) -> bool:
    return app.kernel.sources.get("shop").schema.resource("people").field(field).secret


def test_who_shapes_tables_marks_secrets_and_takes_no_mark_off(app: Nexus) -> None:
    shaper = person(app, "shaper")
    assert secret(app, "password")
    with pytest.raises(Forbidden, match=r"people\.password would not be secret any more"):
        clicks(app, shaper, "password", secret=False)
    assert secret(app, "password")
    (denied,) = app.kernel.ledger.find(AuditQuery(actions=("resource.save",), limit=1)).entries
    assert denied.outcome == "denied"
    clicks(app, shaper, "password", title="Phrase", kind="text")
    clicks(app, shaper, "note", secret=True)
    assert secret(app, "note")
    with pytest.raises(Forbidden):
        clicks(app, shaper, "note", secret=False)


def test_who_may_reveal_takes_a_mark_off_and_the_ledger_says_so(app: Nexus) -> None:
    both = person(app, "shaper", "revealer")
    clicks(app, both, "password", secret=False)
    assert not secret(app, "password")
    (entry,) = app.kernel.ledger.find(AuditQuery(actions=("resource.save",), limit=1)).entries
    assert entry.changes[0].after == {"people/fields/password/secret": False}


def test_undo_takes_no_mark_off_either(app: Nexus) -> None:
    shaper = person(app, "shaper")
    clicks(app, SYSTEM, "note", secret=True)
    (entry,) = app.kernel.ledger.find(AuditQuery(actions=("resource.save",), limit=1)).entries
    with pytest.raises(Forbidden, match=r"people\.note"):
        app.kernel.perform(Call("house.undo", Target("nexus"), {"entry": entry.id}, shaper))
    assert secret(app, "note")
