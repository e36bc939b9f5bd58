"""Nobody gives, takes over or looks through what they have not themselves: not by a token, a link or a preview."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nexus_admin import Nexus
from nexus_admin.access.patterns import fits
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import Forbidden
from nexus_admin.domain.role import Grant
from nexus_admin.domain.target import Target
from tests.security.world import SYSTEM, add_role, add_user, guarded


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Nexus]:
    with guarded(tmp_path) as nexus:
        yield nexus


def perform(app: Nexus, by: Actor, action: str, key: str | None = None, /, **data: Any) -> Any:
    return app.kernel.perform(Call(action, Target("nexus", "access", key), data, by))


def actor(app: Nexus, user: str) -> Actor:
    found = app.kernel.access.actor_of_user(user)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("access.token.create", {"name": "wide"}),
        ("access.token.create", {"name": "wide", "scopes": ["*"]}),
        ("access.user.set_roles", {"roles": ["owner"]}),
        ("access.role.save", {"role": {"name": "wide", "grants": [{"action": "*"}]}}),
        ("access.apply", {"text": "version = 1"}),
    ],
)
def test_a_token_of_an_owner_for_some_actions_gives_no_others(app: Nexus, name: str, data: dict[str, Any]) -> None:
    owner = app.kernel.access.users.by_email("ada@example.com")
    assert owner is not None
    plain, _ = app.kernel.access.tokens.create(owner.id, "narrow", scopes=["access.*"])
    token = app.kernel.access.actor_of_token(plain)
    assert token is not None
    with pytest.raises(Forbidden):
        perform(app, token, name, owner.id, **data)
    with pytest.raises(Forbidden):
        perform(app, token, "access.user.invite", email="eve@example.com", roles=["owner"])
    assert app.kernel.access.users.by_email("eve@example.com") is None


def test_a_link_into_an_account_with_more_rights_is_for_those_who_have_them(app: Nexus) -> None:
    add_role(app, "host", Grant(source="nexus", action="access.user.invite"))
    hal = actor(app, add_user(app, "hal@example.com", "french", "host"))
    users = app.kernel.access.users
    for roles, attributes in ((("editor",), {}), (("french",), {"region": "south"})):
        more = users.create(f"{roles[0]}@example.com", roles=roles, attributes=attributes, by=SYSTEM)
        with pytest.raises(Forbidden):
            perform(app, hal, "access.user.link", more.id)
    alike = users.create("alike@example.com", roles=("french",), by=SYSTEM)
    assert perform(app, hal, "access.user.link", alike.id).user.id == alike.id


def test_a_preview_as_somebody_else_keeps_to_what_whoever_looks_may_see(app: Nexus) -> None:
    own = {"field": "country", "op": "eq", "value": {"var": "me.country"}}
    grants = [Grant(source="shop", resource="customers", action=name, rows=own) for name in ("row.list", "row.read")]
    add_role(app, "own", *grants)
    add_role(app, "looker", Grant(source="*", action="access.preview"))
    users = app.kernel.access.users
    gil = users.create("gil@example.com", roles=("own",), attributes={"country": "DE"}, by=SYSTEM)
    fay = users.create("fay@example.com", roles=("own", "looker"), attributes={"country": "FR"}, by=SYSTEM)
    call = Call("access.preview", Target("shop", "customers"), {"user": gil.id}, actor(app, fay.id))
    found = app.kernel.perform(call)
    assert (found.shown.value, found.sample.rows) == (0, [])
    owner = app.kernel.access.users.by_email("ada@example.com")
    assert owner is not None
    found = app.kernel.perform(Call("access.preview", call.target, call.data, actor(app, owner.id)))
    assert [row["name"] for row in found.sample.rows] == ["Hans"]


@pytest.mark.parametrize(
    ("pattern", "name", "answer"),
    [
        ("row.*", "row.list", True), ("*", "x", True), ("*.list", "row.list", True), ("r*w.*st", "row.list", True),
        ("row.*", "rows.list", False), ("a*a", "a", False), ("a*ab*b", "aab", False), ("", "", True), ("x", "y", False),
        ("*" * 60 + "z", "access.user.set_roles", False), ("*a" * 30, "a" * 200, True),
    ],
)  # fmt: skip
def test_a_pattern_is_read_once_however_many_stars_it_has(pattern: str, name: str, answer: bool) -> None:
    assert fits(pattern, name) is answer
