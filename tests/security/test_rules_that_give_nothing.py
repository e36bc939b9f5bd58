"""A row rule that cannot be used is refused when it is saved; one that asks for a value nobody saw is doubted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nexus_admin import Nexus
from nexus_admin.actions.access.within import RoleDone
from nexus_admin.domain.action import Call
from nexus_admin.domain.errors import Invalid
from nexus_admin.domain.role import Grant
from nexus_admin.domain.target import Target
from tests.security.world import Browser, add_role
from tests.web.world import served

TABLES = """
create table tickets (id integer primary key, title text, state text check (state in ('open', 'closed', 'waiting')),
  mood text, parent_id integer references tickets);
"""
ROWS = "insert into tickets values " + ", ".join(
    f"({n}, 'T{n}', 'open', '{('happy', 'angry', 'tired')[n % 3]}', null)" for n in range(1, 121)
)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Nexus]:
    with served(tmp_path, f"{TABLES}{ROWS};") as nexus:
        yield nexus


def rule(field: str, value: Any, op: str = "eq") -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


def saved(app: Nexus, rows: Any, name: str = "helper") -> RoleDone:
    owner = app.kernel.access.users.by_email("ada@example.com")
    assert owner is not None
    actor = app.kernel.access.actor_of_user(owner.id)
    assert actor is not None
    grants = [{"source": "shop", "resource": "tickets", "action": "row.list", "rows": rows}]
    call = Call("access.role.save", Target("nexus", "roles", name), {"role": {"name": name, "grants": grants}}, actor)
    done: RoleDone = app.kernel.perform(call)
    return done


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (rule("state", "opne"), "has no value 'opne'. Did you mean 'open'?"),
        (rule("state", ["open", "wait"], "in"), "Did you mean 'waiting'?"),
        (rule("stat", "open"), "Did you mean 'state'?"),
        (rule("state", "open", "eqq"), "cannot be compared with 'eqq'"),
        (rule("id", "many"), "id"),
        ({"any": "parent", "where": None}, "leads to one row"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused(app: Nexus, rows: Any, told: str) -> None:
    with pytest.raises(Invalid, match="cannot be used") as refused:
        saved(app, rows)
    assert told in str(refused.value)
    assert "helper" not in app.kernel.access.roles.book().roles


def test_a_value_that_nobody_saw_is_doubted_and_its_neighbour_named(app: Nexus) -> None:
    done = saved(app, {"or": [rule("mood", "hapy"), {"not": rule("parent.mood", "angry")}, rule("mood", "tired")]})
    (doubt,) = done.doubts
    assert "mood 'hapy', a value that was not seen there. Did you mean 'happy'?" in doubt
    assert app.kernel.ledger.group(done.entry)[0].detail == doubt
    assert saved(app, rule("mood", ["happy", "angry"], "in"), "other").doubts == ()
    assert saved(app, rule("title", "anything"), "third").doubts == ()


def test_what_is_broken_already_keeps_nobody_from_mending_the_rest(app: Nexus) -> None:
    old = Grant(source="shop", resource="tickets", action="row.read", rows=rule("gone", 1))
    add_role(app, "old", old)
    owner = app.kernel.access.users.by_email("ada@example.com")
    assert owner is not None
    actor = app.kernel.access.actor_of_user(owner.id)
    assert actor is not None
    kept = app.kernel.access.roles.get("old").grants[0].model_dump(mode="json")
    more = {"source": "shop", "resource": "tickets", "action": "row.list", "rows": rule("state", "open")}
    role = {"name": "old", "grants": [kept, more]}
    assert (
        len(
            app.kernel.perform(
                Call("access.role.save", Target("nexus", "roles", "old"), {"role": role}, actor)
            ).role.grants
        )
        == 2
    )


def test_the_page_says_what_is_doubted(app: Nexus) -> None:
    ada = Browser(app, "ada@example.com")
    grant = {"source": "shop", "resource": "tickets", "action": "row.list", "rows": rule("mood", "hapy")}
    draft = json.dumps({"name": "helper", "grants": [grant]})
    answer = ada.post("/access/roles/helper", draft=draft, base="new", do="save")
    assert answer.status_code == 303
    assert "Did you mean &#39;happy&#39;?" in ada.get(answer.headers["location"]).text
