"""What people press on the pages of brokers, programs ask for, with the same rights, without secrets, described."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nexus_admin.actions.brokers import bundled as actions
from nexus_admin.actions.brokers.plain import plain
from nexus_admin.brokers.content import Content
from nexus_admin.brokers.stream import Fresh
from tests.web.api.world import with_token
from tests.web.brokers_world import SECRET, World, brokers, fill

API = "/api/v1/brokers"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with brokers(tmp_path_factory.mktemp("brokers")) as made:
        yield made


@pytest.mark.req("S002-ARCH-05")
def test_every_look_answers_a_program_and_tells_no_secret(world: World) -> None:
    named = fill(world)
    group = {"stream": "orders.events", "group": "billing"}
    asked = {
        "queue.job": {"id": named["dead"]}, "queue.match": {"do": "retry", "filter": "state:dead"},
        "stream.read": {"stream": "orders.events"}, "stream.parked": group, "stream.preview": {**group, "to": "end"},
        "stream.kept": {"stream": "orders.events"}, "stream.trim_preview": {"stream": "orders.events", "keep": "0"},
        "stream.keep_preview": {"stream": "orders.events"}, "stream.archived": {"stream": "orders.events"},
        "store.get": {"key": "token:7"}, "queue.jobs": {"states": "dead", "limit": "5"},
    }  # fmt: skip
    for by in ("all", "looker"):
        program = with_token(world.app, f"{by}@example.com")
        for action in actions.ACTIONS:
            if not action.writes:
                answer = program.get(f"{API}/{action.name}", params=asked.get(action.name, {}))
                allowed = by == "all" or action.name != "store.get"
                assert answer.status_code == (200 if allowed else 403), (by, action.name, answer.text)
                assert SECRET not in answer.text, action.name
    (job,) = with_token(world.app, "all@example.com").get(f"{API}/queue.jobs?states=dead").json()["result"]["jobs"]
    assert (job["queue"], job["state"], job["payload"]["masked"]) == ("mail", "dead", 1)
    seen = with_token(world.app, "looker@example.com").get(f"{API}/queue.job?id={named['dead']}").json()["result"]
    assert seen["payload"] == {"kind": "hidden", "text": "", "type": "application/json", "cut": False, "masked": 0} | {
        "size": job["payload"]["size"]
    }


@pytest.mark.req("S002-STREAM-11")
def test_a_program_says_what_is_kept_trims_and_reads_the_archive(world: World) -> None:
    world.stream.append("kept", *(Fresh("order.paid", {"n": n, "password": SECRET}) for n in range(3)))
    program = with_token(world.app, "all@example.com")
    said = {"stream": "kept", "bytes": "2 MB", "archive": True}
    assert program.post(f"{API}/stream.keep", json=said).status_code == 200
    kept = program.get(f"{API}/stream.kept?stream=kept").json()["result"]
    assert kept == {"days": None, "events": None, "bytes": 2_000_000, "archive": True, "here": True}
    plan = program.get(f"{API}/stream.trim_preview?stream=kept&keep=1").json()["result"]
    assert (plan["events"], plan["needs"]) == (2, [])
    assert program.post(f"{API}/stream.trim", json={"stream": "kept", "keep": 1}).json() == {"result": 2}
    answer = program.get(f"{API}/stream.archived?stream=kept")
    assert [one["payload"]["text"].count("password") for one in answer.json()["result"]["events"]] == [1, 1]
    assert SECRET not in answer.text
    assert with_token(world.app, "looker@example.com").post(f"{API}/stream.keep", json=said).status_code == 403


@pytest.mark.req("S002-QUEUE-19")
def test_a_payload_that_is_too_large_is_refused_with_its_size_and_what_to_do(world: World) -> None:
    id = world.die({"n": 1}, queue="large")
    program = with_token(world.app, "all@example.com")
    answer = program.post(f"{API}/queue.edit", json={"id": id, "payload": '"' + "x" * 1_048_576 + '"'})
    assert answer.status_code == 413
    told = answer.json()["detail"]
    for part in (
        "'large' has 1,048,578 bytes",
        "one may have 1,048,576",
        "into a file or a table",
        "queues.most_bytes",
    ):
        assert part in told


def test_acts_are_done_and_written_down(world: World) -> None:
    id = world.die({"n": 1}, queue="api")
    program = with_token(world.app, "doer@example.com")
    data = {"filter": "queue:api state:dead", "expected": 1}
    assert program.post(f"{API}/queue.retry", json=data).json() == {"result": 1}
    assert world.queue.find(id).state == "ready"  # type: ignore[union-attr]
    assert world.audited("queue.retry")[0][0] == "done"
    assert program.post(f"{API}/queue.pause", json={"queue": "api"}).json() == {"result": None}
    figures = [one["figures"] for one in program.get(f"{API}/queue.list").json()["result"]]
    assert [one["held"] for one in figures if one["queue"] == "api"] == [True]
    assert program.post(f"{API}/queue.retry", json=[]).status_code == 400
    assert program.post(f"{API}/queue.retry", json={"id": "x"}).status_code == 422
    assert program.get(f"{API}/queue.jobs?limit=many").status_code == 422
    looker = with_token(world.app, "looker@example.com")
    assert looker.post(f"{API}/queue.retry", json=data).status_code == 403


def test_all_of_it_is_described(world: World) -> None:
    told = with_token(world.app, "all@example.com").get("/api/openapi.json").json()
    for action in actions.ACTIONS:
        operation = told["paths"][f"{API}/{action.name}"]["post" if action.writes else "get"]
        assert operation["x-permission"] == action.needs
        names = set(action.input.model_fields)
        body = operation.get("requestBody", {"content": {"application/json": {"schema": {"properties": {}}}}})
        given = body["content"]["application/json"]["schema"].get("properties", {})
        asked = {one["name"] for one in operation["parameters"] if one["in"] == "query"}
        assert set(given) | asked == names, action.name
    assert "state" in told["components"]["schemas"]["brokers.jobs"]["properties"]


def test_a_content_that_nobody_looked_over_is_not_told() -> None:
    with pytest.raises(TypeError, match="as somebody may see it"):
        plain({"deep": [Content(b"x", "text/plain")]})
