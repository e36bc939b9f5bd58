"""The page of projections: how far each is, what making one anew comes to, and its way there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.actions.jobs.projection_records import Generations
from nexus_admin.actions.jobs.projections import ProjectionSeen
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.projection import Projection
from nexus_admin.domain.role import Grant, Role
from nexus_admin.screens.brokers.projections import projection_rows
from tests.kernel.world import plugin
from tests.web.api.test_jobs import FOLD
from tests.web.world import csrf, served, signed_in

SYSTEM = Actor.system("test")
PATH = "/brokers/projections"


@pytest.fixture
def nexus(tmp_path: Path) -> Iterator[Nexus]:
    plugin(tmp_path, "folds", FOLD)
    with served(tmp_path, project=tmp_path) as app:
        yield app


def until(client: TestClient, text: str) -> str:
    end = time.monotonic() + 60
    while text not in (page := client.get(PATH).text):
        assert time.monotonic() < end, page
        time.sleep(0.05)
    return page


def test_one_is_made_anew_after_a_look_at_what_that_comes_to(nexus: Nexus) -> None:
    client = signed_in(nexus)
    page = until(client, f'href="{PATH}/folds.names/rebuild"')
    assert "Names" in page
    asked = client.get(f"{PATH}/folds.names/rebuild").text
    assert "will be folded again" in asked
    told = client.post(f"{PATH}/folds.names/rebuild", data={"_csrf": csrf(asked)}).text
    assert "folds.names is made anew" in told
    until(client, "Up to date")
    assert client.get(f"{PATH}/none/rebuild").status_code == 404


def test_whoever_may_only_look_makes_none_anew(nexus: Nexus) -> None:
    access = nexus.kernel.access
    access.roles.save(Role(name="looker", grants=(Grant(source="nexus", action="broker.view"),)), by=SYSTEM)
    access.users.create("lo@example.com", password="a long password 3", roles=("looker",), by=SYSTEM)
    client = signed_in(nexus, "lo@example.com", "a long password 3")
    page = client.get(PATH).text
    assert "Names" in page
    assert "/rebuild" not in page
    assert client.get(f"{PATH}/folds.names/rebuild").status_code == 403
    answer = client.post(f"{PATH}/folds.names/rebuild", data={"_csrf": csrf(client.get("/").text)})
    assert answer.status_code == 403


@pytest.mark.parametrize(("behind", "done", "capped"), [(0, 30, False), (12, 18, False), (10_000, 0, True)])
def test_how_far_it_is_counts_the_events_of_its_stream(behind: int, done: int, capped: bool) -> None:
    found = Generations(1, 2, 1, datetime.now(UTC))
    seen = ProjectionSeen(Projection("a.b", lambda _rows, _event: None), found, behind, 0, None)
    (row,) = projection_rows([seen], {"house": 30})
    assert (row.anew, row.done, row.capped, row.group) == (True, done, capped, "a.b.2")
