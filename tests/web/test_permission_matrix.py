"""Every door and every action, from the router and the registry themselves, with every kind of asker.

What a door declares that it needs is what it answers by. A new door with a parameter that has no value here fails.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.access import Device
from nexus_admin.domain.action import Action, Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import Forbidden, NexusError, NotFound, SignInNeeded, UnknownResource
from nexus_admin.domain.role import Grant
from nexus_admin.domain.target import Target
from nexus_admin.web.api.call import ApiDoor
from nexus_admin.web.api.doors import DOORS as API_DOORS
from nexus_admin.web.pages.doors import DOORS
from nexus_admin.web.visit import PUBLIC, SIGNED_IN, Door
from tests.web.api.world import SYSTEM, add_role, served

HOUSE = "nexus"
ASKERS = ("owner", "admin", "editor", "viewer", "bare", "dutch", "nobody")
VALUES = {
    "source": "shop", "resource": "orders", "key": "2", "id": "0" * 26, "token": "none", "secret": "none",
    "role": "viewer", "user": "0" * 26, "name": "none", "at": "0", "extension": "none", "path": "none", "file": "none",
    "kind": "plugins", "stamp": "none", "group": "none", "action": "none",
}  # fmt: skip
BODIES = {"/api/v1/query": {"source": "shop", "resource": "orders"}}
CANARY = "CANARY-7731"
AMOUNT = 98765432.1
"""Of a hidden column; a moment of now, which pages bear in seconds, never ends like that."""
EVERY_DOOR: tuple[Door | ApiDoor, ...] = (*API_DOORS, *DOORS)


@dataclass
class World:
    app: Nexus
    actors: dict[str, Actor]
    cookies: dict[str, str]

    def may(self, asker: str, permission: str, *, in_source: bool) -> bool:
        """Whether the roles give it: on the table where it is about rows, else on the house."""
        kernel = self.app.kernel
        if not in_source:
            return kernel.access.decide(self.actors[asker], permission, HOUSE).allowed
        table = kernel.sources.get("shop").schema.resource("orders")
        return kernel.access.decide(self.actors[asker], permission, "shop", table).allowed

    def ask(self, asker: str, door: Door | ApiDoor, key: str = "2"):
        path = re.sub(r"\{(\w+)(?::path)?\}", lambda m: {**VALUES, "key": key}[m[1]], door.path)
        client = TestClient(self.app, follow_redirects=False)
        if cookie := self.cookies.get(asker):
            client.cookies.set("nx_session", cookie)
            client.headers["X-CSRF-Token"] = self.app.kernel.access.sessions.csrf_token(cookie)
        method = door.methods[0]
        if method in ("POST", "PATCH") and isinstance(door, ApiDoor):
            return client.request(method, path, json=BODIES.get(door.path, {}))
        return client.request(method, path)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("matrix")
    with served(folder, **{"api.requests_per_minute": 1_000_000}) as app:
        with sqlite3.connect(folder / "shop.db") as connection:
            connection.execute("update orders set number = ?, total = ? where id = 1", (CANARY, AMOUNT))
        rule = {"field": "customer.country", "op": "eq", "value": "NL"}
        names = ("row.*", "rows.*", "query.run", "dashboard.view")
        orders = [
            Grant(source="shop", resource="orders", action=name, rows=rule, fields={"total": "hidden"})
            for name in names
        ]
        add_role(app, "dutch", *orders, Grant(source=HOUSE, action="dashboard.view"))
        add_role(app, "bare")
        access, actors, cookies = app.kernel.access, {"nobody": Actor.anonymous()}, {}
        for role in ASKERS[:-1]:
            user = access.users.create(f"{role}@example.com", roles=(role,), by=SYSTEM)
            cookies[role] = access.sign_in_as(user.id, Device(), via="password").cookie
            actor = access.actor_of_session(cookies[role])
            assert actor is not None
            actors[role] = actor
        yield World(app, actors, cookies)


def is_of_source(world: World, door: Door | ApiDoor) -> bool:
    """Whether what a door needs is decided on a table: its address names one, and so do the actions that need it."""
    on = {action.on for action in world.app.kernel.actions if action.needs == door.needs}
    return ("{source}" in door.path or door.path in BODIES) and on != {"house"}


def named(door: Door | ApiDoor) -> str:
    return f"{door.methods[0]} {door.path}"


def test_every_parameter_of_every_door_has_a_case() -> None:
    unknown = {name for door in EVERY_DOOR for name in re.findall(r"\{(\w+)", door.path)} - set(VALUES)
    assert unknown == set(), "Give them a value in VALUES, so that their doors are tried."


@pytest.mark.req("S003-KERN-06")
def test_every_permission_of_a_door_is_known(world: World) -> None:
    known = set(world.app.kernel.access.permissions.known) | {PUBLIC, SIGNED_IN}
    assert [named(door) for door in EVERY_DOOR if door.needs not in known] == []


@pytest.mark.parametrize("door", [one for one in EVERY_DOOR if one.needs != PUBLIC], ids=named)
@pytest.mark.req("S003-KERN-06")
def test_a_door_answers_by_what_it_declares(world: World, door: Door | ApiDoor) -> None:
    wrong = []
    for asker in ASKERS:
        if asker == "nobody":
            answer = world.ask(asker, door)
            shut = answer.status_code == 401 or "/sign-in" in answer.headers.get("location", "")
            wrong += [] if shut else [f"nobody came in: {answer.status_code}"]
            continue
        allowed = door.needs == SIGNED_IN or world.may(asker, door.needs, in_source=is_of_source(world, door))
        if allowed and door.methods[0] != "GET":
            continue  # what the allowed may write is tried by the tests of each page; here they would undo each other
        status = world.ask(asker, door).status_code
        empty = (400, 422) if door.methods[0] != "GET" else ()  # an empty form is refused before anything is looked at
        fits = status not in (401, 403) if allowed else status in (403, 404, *empty)
        wrong += [] if fits else [f"{asker}, who may{'' if allowed else ' not'}, got {status}"]
    assert wrong == []


@pytest.mark.parametrize("door", [one for one in EVERY_DOOR if one.methods[0] == "GET"], ids=named)
def test_no_door_shows_a_row_or_column_that_a_rule_hides(world: World, door: Door | ApiDoor) -> None:
    for key in ("1", "2"):
        answer = world.ask("dutch", door, key)
        assert CANARY not in answer.text
        assert str(AMOUNT) not in answer.text.replace(",", "")  # also where it is grouped for people
        if key == "1" and "{key}" in door.path and door.needs != SIGNED_IN:
            assert answer.status_code in (400, 403, 404)


def test_every_action_is_decided_before_anything_else(world: World) -> None:
    wrong = []
    for action in world.app.kernel.actions:
        for asker in ASKERS:
            allowed = world.may(asker, action.needs, in_source=action.on in ("row", "resource"))
            if action.on == "source":
                allowed = world.app.kernel.access.decide(world.actors[asker], action.needs, "shop").allowed
            came_in = comes_in(world, action, asker)
            if came_in != allowed:
                wrong.append(f"{asker} {action.name}: declared {allowed}, observed {came_in}")
    assert wrong == []


def comes_in(world: World, action: Action, asker: str) -> bool:
    """Ask for an action with an input that no model takes: whoever comes so far was let in, and nothing is done."""
    targets = {"house": Target(HOUSE), "source": Target("shop"), "resource": Target("shop", "orders")}
    target = targets.get(action.on, Target("shop", "orders", "2"))
    try:
        world.app.kernel.perform(Call(action.name, target, {"no such part": 1}, world.actors[asker]))
    except (Forbidden, SignInNeeded, UnknownResource):  # a table of which one may see nothing is not there
        return False
    except NotFound as error:
        return str(error) != f"There is nothing at {target}."
    except NexusError:
        return True
    return True
