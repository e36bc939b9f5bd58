"""A program asks for a job, follows it to its end, and learns what came of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.domain.role import Grant
from nexus_admin.kernel.options import Options
from tests.kernel.working.jobs_plugin import CODE
from tests.kernel.world import plugin
from tests.web.api.world import add_role, add_user, with_token

API = "/api/v1/brokers"
FOLD = """
from nexus_admin.sdk import Projection, hookimpl

@hookimpl
def nexus_projections():
    return [Projection("folds.names", lambda rows, event: rows.put(event.id, {"name": event.name}), "Names")]
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nexus]:
    project = tmp_path_factory.mktemp("jobs")
    plugin(project, "tick", CODE)
    plugin(project, "folds", FOLD)
    made = Nexus(options=Options(project=project, state=str(project / "state.db"), environ={}))
    made.start()
    add_user(made, "ada@example.com", "owner")
    for name, granted in {
        "asker": ("broker.view", "broker.act", "account.*"),
        "looker": ("broker.view", "account.*"),
    }.items():
        add_role(made, name, *(Grant(source="nexus", action=one) for one in granted))
        add_user(made, f"{name}@example.com", name)
    yield made
    made.kernel.stop()


def ended(program: TestClient, id: str) -> dict[str, Any]:
    until = time.monotonic() + 60
    while True:
        found: dict[str, Any] = program.get(f"{API}/job.follow", params={"id": id}).json()["result"]
        if found["state"] in ("done", "dead", "cancelled") and found["run"]:
            return found
        assert time.monotonic() < until, found
        time.sleep(0.02)


@pytest.mark.req("S000-ARCH-04", "S002-ARCH-05")
def test_a_job_is_asked_for_and_followed_to_its_end(app: Nexus) -> None:
    program = with_token(app)
    (count,) = [one for one in program.get(f"{API}/job.list").json()["result"] if one["name"] == "tick.count"]
    assert (count["title"], count["queue"], count["owner"]) == ("Count", "default", "plugins/tick")
    assert count["input"]["properties"]["n"]["default"] == 3
    assert [one["cron"] for one in count["schedules"]] == ["0 3 * * *"]
    key = {"Idempotency-Key": "once"}
    asked = {"job": "tick.count", "data": {"n": 4}}
    id = program.post(f"{API}/job.run", json=asked, headers=key).json()["result"]
    assert program.post(f"{API}/job.run", json=asked, headers=key).json()["result"] == id
    found = ended(program, id)
    assert (found["state"], found["run"]["result"]["sum"], found["run"]["log"]) == (
        "done", 6, ["at 0", "at 1", "at 2", "at 3"],
    )  # fmt: skip
    (run,) = program.get(f"{API}/job.read", params={"id": id}).json()["result"]
    assert (run["job"], run["outcome"], run["result"]["sum"]) == ("tick.count", "done", 6)


def test_what_does_not_fit_is_refused_in_words(app: Nexus) -> None:
    program = with_token(app)
    for given, status, said in (
        ({"job": "tick.cuont"}, 404, "tick.count"),
        ({"job": "tick.count", "data": {"n": "many"}}, 422, "n"),
        ({"job": "tick.count", "date": {}}, 422, "date"),
    ):
        answer = program.post(f"{API}/job.run", json=given)
        assert answer.status_code == status
        assert said in answer.text
    assert program.get(f"{API}/job.follow", params={"id": "nothing"}).status_code == 404


def test_each_right_opens_its_own_door(app: Nexus) -> None:
    asker, looker = with_token(app, "asker@example.com"), with_token(app, "looker@example.com")
    asked = {"job": "tick.count", "data": {}}
    assert looker.post(f"{API}/job.run", json=asked).status_code == 403
    id = asker.post(f"{API}/job.run", json=asked).json()["result"]
    assert ended(asker, id)["run"]["result"]["sum"] == 3, "Whoever asked is told what came of it."
    seen = looker.get(f"{API}/job.follow", params={"id": id}).json()["result"]["run"]
    assert (seen["outcome"], seen["result"], seen["log"]) == ("done", None, [])
    (seen,) = looker.get(f"{API}/job.read", params={"id": id}).json()["result"]
    assert (seen["outcome"], seen["result"], seen["log"]) == ("done", None, [])


def test_a_job_is_taken_back(app: Nexus) -> None:
    program = with_token(app)
    program.post(f"{API}/queue.pause", json={"queue": "default"})
    id = program.post(f"{API}/job.run", json={"job": "tick.count"}).json()["result"]
    assert program.post(f"{API}/job.withdraw", json={"id": id}).json() == {"result": None}
    assert program.get(f"{API}/job.follow", params={"id": id}).json()["result"]["state"] == "cancelled"
    program.post(f"{API}/queue.resume", json={"queue": "default"})


def test_projections_are_told_and_made_anew(app: Nexus) -> None:
    program = with_token(app)
    until = time.monotonic() + 60
    while True:
        told = {one["name"]: one for one in program.get(f"{API}/projection.list").json()["result"]}["folds.names"]
        if told["generations"] and not told["behind"]:
            break
        assert time.monotonic() < until
        time.sleep(0.02)
    assert (told["title"], told["stream"], told["parked"], told["generations"]["shown"]) == ("Names", "house", 0, 1)
    answer = program.post(f"{API}/projection.rebuild", json={"projection": "folds.names"})
    assert answer.json() == {"result": 2}
