"""The page of schedules: what is due, how it went, paused and run by a button."""

from __future__ import annotations

import time
from pathlib import Path

from starlette.testclient import TestClient

from tests.kernel.world import plugin
from tests.web.world import csrf, served, signed_in

CODE = """
from nexus_admin.sdk import hookimpl, job
from pydantic import BaseModel

class Which(BaseModel):
    n: int

@job("tick.count", title="Count everything", cron="0 3 * * *", zone="Europe/Berlin")
def count(job, data):
    return 1

@job("tick.asked", title="Only when asked", input=Which)
def asked(job, data):
    return data.n

@hookimpl
def nexus_jobs():
    return [count, asked]
"""
PAGE = "/brokers/schedules"


def press(client: TestClient, do: str) -> str:
    token = csrf(client.get(PAGE).text)
    form = {"_csrf": token, "name": "tick.count", "kind": "schedule", "do": do}
    return str(client.post(PAGE, data=form).text)


def test_schedules_are_seen_paused_and_run(tmp_path: Path) -> None:
    plugin(tmp_path, "tick", CODE)
    with served(tmp_path, project=tmp_path) as nexus:
        client = signed_in(nexus)
        page = client.get(PAGE).text
        assert "Count everything" in page
        assert "0 3 * * * · Europe/Berlin" in page
        assert page.count("Run now:") == 1, "what needs an input is not run by a button"
        assert "Paused" in press(client, "pause")
        assert "tick.count goes on." in press(client, "resume")
        assert "tick.count waits for a worker." in press(client, "run")
        end = time.monotonic() + 30
        while ">Done<" not in client.get(PAGE).text:
            assert time.monotonic() < end
            time.sleep(0.05)
        assert client.post(PAGE, data={"_csrf": csrf(page), "name": "x", "do": "explode"}).status_code == 400


def test_whoever_may_only_look_has_no_buttons(tmp_path: Path) -> None:
    with served(tmp_path) as nexus:
        access = nexus.kernel.access
        owner = access.users.by_email("ada@example.com")
        assert owner is not None
        actor = access.actor_of_user(owner.id)
        assert actor is not None
        access.users.create("eve@example.com", password="a long password 2", roles=("viewer",), by=actor)
        assert signed_in(nexus, "eve@example.com", "a long password 2").get(PAGE).status_code == 403
        assert "No job is declared" in signed_in(nexus).get(PAGE).text
