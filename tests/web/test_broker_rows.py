"""Jobs and events as lists: filtered, sorted, paged, exported and acted upon like rows, and by no secret."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from nexus_admin.brokers.stream.protocol import Fresh
from nexus_admin.data import virtual_pages, virtual_rows
from nexus_admin.domain.action import Call
from nexus_admin.domain.errors import BadRequest, NexusError, Refused
from nexus_admin.domain.target import Target
from tests.web.api.world import SYSTEM, with_token
from tests.web.brokers_world import SECRET, World, brokers, fill

JOBS = "/s/brokers/jobs"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with brokers(tmp_path) as made:
        yield made


def listed(world: World, by: str = "all", table: str = "jobs", **asked: Any) -> Any:
    return world.app.kernel.perform(Call("row.list", Target("brokers", table), asked, world.actor(by))).page


def numbers(page: Any) -> list[int]:
    return [json.loads(row["payload"])["n"] for row in page.rows]


def keys_of(text: str) -> list[str]:
    return re.findall(r"<tr data-row=\"?(\w+)", text)


def test_what_is_above_their_lists_opens(world: World) -> None:
    shown = world.browser().get("/s/brokers")
    assert shown.status_code == 200
    assert JOBS in shown.text


@pytest.mark.req("S002-DASH-03")
def test_jobs_are_found_in_the_language_of_lists_and_sorted_by_any_column(world: World) -> None:
    for n in range(3):
        world.die({"n": n}, error=f"55{n} mailbox", priority=n)
    world.queue.push("mail", {"n": 3}, priority=9)
    world.queue.push("other", {"n": 4})
    assert numbers(listed(world)) == [4, 3, 2, 1, 0]
    assert numbers(listed(world, filter="state:dead queue:mail attempts:>=1")) == [2, 1, 0]
    assert numbers(listed(world, filter="error:~551 or queue:other")) == [4, 1]
    assert numbers(listed(world, filter='payload:~": 3"')) == [3]
    assert numbers(listed(world, filter="queue:mail", sort="-priority")) == [3, 2, 1, 0]
    assert numbers(listed(world, search="mailbox 552")) == [2]
    assert numbers(listed(world, filter="created_at:last-1-hour state:ready")) == [4, 3]
    with pytest.raises(BadRequest, match="no field called 'stat'"):
        listed(world, filter="stat:dead")


def test_a_job_in_the_list_says_what_it_does_to_whoever_may_see_what_it_is_about(world: World) -> None:
    for payload in ({"job": "letters.send", "data": {}}, {"action": "row.update"}, [1]):
        world.queue.push("mail", payload)
    assert [row["name"] for row in listed(world, "all").rows] == [None, "row.update", "letters.send"]
    assert [row["name"] for row in listed(world, "all", filter="name:letters.send").rows] == ["letters.send"]
    with pytest.raises(BadRequest, match="no field called 'name'"):
        listed(world, "looker", filter="name:letters.send")


def test_a_list_of_jobs_leads_with_what_they_do_or_with_ids_where_that_is_not_for_the_reader(world: World) -> None:
    ids = [world.queue.push("mail", one) for one in ({"action": "row.update"}, {"job": "letters.send"}, [1])]
    called = world.app.kernel.actions.get("row.update").title

    def links(who: str) -> list[str]:
        page = world.browser(who).get(JOBS).text
        return re.findall(r"data-m=title><a class=nx-grid__pk [^>]*>([^<]*)</a>", page)

    assert links("all") == [ids[2], "letters.send", called]
    assert links("looker") == ids[::-1]
    assert [row["title"] for row in listed(world, filter=f'title:"{called}"').rows] == [called]
    assert [row["title"] for row in listed(world, search=called).rows] == [called]
    with pytest.raises(BadRequest, match="no field called 'title'"):
        listed(world, "looker", filter=f'title:"{called}"')


def test_a_list_of_jobs_has_room_for_what_they_do(world: World) -> None:
    world.queue.push("mail", {"action": "row.update"})
    _picks, title, *_ = re.findall(r"<col width=\"?(\d+)", world.browser("all").get(JOBS).text)
    assert int(title) >= 240


@pytest.mark.parametrize("gathered", [5_000, 2], ids=["few", "many"])
@pytest.mark.parametrize("sort", ["", "-attempts", "queue,-id"])
def test_every_job_is_on_one_page_whatever_the_order(
    world: World, sort: str, gathered: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(virtual_rows, "GATHERED", gathered)
    ids = {world.queue.push(f"q{n % 3}", {"n": n}) for n in range(23)}
    page = listed(world, sort=sort, limit=5)
    found = [*page.keys]
    while page.next:
        page = listed(world, sort=sort, limit=5, after=page.next)
        found += page.keys
    assert len(found) == len(ids)
    assert set(found) == ids
    last = listed(world, sort=sort, limit=5, after="last")
    assert last.keys == found[-5:]
    assert listed(world, sort=sort, limit=5, after=last.previous).keys == found[-10:-5]
    assert listed(world, sort=sort, limit=5, offset=7).keys == found[7:12]
    with pytest.raises(BadRequest, match="another sort or filter"):
        listed(world, sort="state", after=listed(world, sort=sort, limit=5).next)


def test_a_page_that_looked_at_enough_ends_short_and_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtual_rows, "GATHERED", 2)
    monkeypatch.setattr(virtual_pages, "LOOKED_AT", 5)
    world.queue.push("mail", {"n": "needle"})
    world.queue.push_many("mail", [{"n": n} for n in range(12)])
    page = listed(world, filter="payload:~needle")
    assert (page.rows, page.next is None) == ([], False)
    assert "Look further" in world.browser().get(JOBS, params={"filter": "payload:~needle"}).text
    pages = 0
    while page.next and not page.rows:
        page, pages = listed(world, filter="payload:~needle", after=page.next), pages + 1
    assert (numbers(page), pages) == (["needle"], 2)


def test_events_of_every_stream_stand_in_one_order(world: World) -> None:
    for n in range(9):
        world.stream.append(f"s{n % 2}", Fresh("a.paid" if n % 3 else "a.sent", {"n": n}, key=f"k{n}"))
    mine = "stream:s0,s1"
    assert numbers(listed(world, table="events", filter=mine)) == [8, 7, 6, 5, 4, 3, 2, 1, 0]
    page = listed(world, table="events", filter=f"{mine} type:a.paid", limit=4)
    assert numbers(page) + numbers(listed(world, table="events", filter=f"{mine} type:a.paid", after=page.next)) == [
        8, 7, 5, 4, 2, 1,
    ]  # fmt: skip
    shown = world.browser().get(f"/s/brokers/events/{page.keys[0]}")
    assert unescape(shown.text).index('"n": 8') < unescape(shown.text).index('"n": 6')


@pytest.mark.req("S004-BUS-01")
def test_nothing_is_found_or_shown_by_what_one_may_not_see(world: World) -> None:
    fill(world)
    for by in ("all", "reader", "looker"):
        assert listed(world, by, search=SECRET).rows == []
        assert listed(world, by, filter=f"error:~{SECRET}").rows == []
        assert listed(world, by, filter="state:dead").rows != []
        export = world.browser(by).get(f"{JOBS}/~export", params={"format": "json"}).text
        assert SECRET not in export
        assert ("alert(1)" in export.replace('"error"', "")) is True  # of the error, which is no content
        assert ('\\"to\\"' in export) is (by != "looker")
    assert listed(world, "reader", filter="payload:~alert").rows != []
    for refused in ({"filter": "payload:~alert"}, {"sort": "payload"}):
        with pytest.raises(BadRequest, match="no field called 'payload'"):
            listed(world, "looker", **refused)
    for table in ("jobs", "events"):
        for action in ("row.list", "row.read", "row.update", "row.delete", "row.create", "query.run"):
            with pytest.raises(NexusError):
                world.app.kernel.perform(Call(action, Target("brokers", table, "1"), {}, world.actor("none")))
        with pytest.raises(NexusError):
            world.app.kernel.perform(Call("row.create", Target("brokers", table), {"values": {}}, world.actor("all")))


def test_a_role_for_rows_of_every_source_gives_none_of_the_house(world: World) -> None:
    fill(world)
    world.app.kernel.access.users.create("vi@example.com", roles=("viewer",), by=SYSTEM)
    program = with_token(world.app, "vi@example.com")
    assert program.get("/api/v1/shop/orders").status_code == 200
    assert program.get("/api/v1/brokers/jobs").status_code == 404


@pytest.mark.req("S002-ARCH-05")
def test_programs_list_jobs_as_they_list_rows(world: World) -> None:
    world.die({"n": 1, "password": SECRET})
    program = with_token(world.app)
    answer = program.get("/api/v1/brokers/jobs", params={"filter": "state:dead", "count": "exact"}).json()
    assert [(row["state"], row["queue"]) for row in answer["rows"]] == [("dead", "mail")]
    assert answer["count"] == {"value": 1, "how": "exact"}
    one = program.get(f"/api/v1/brokers/jobs/{answer['keys'][0]}").json()
    assert json.loads(one["payload"]) == {"n": 1, "password": "••••••"}
    assert program.get("/api/v1/brokers/jobs/none").status_code == 404


@pytest.mark.req("S002-DASH-07")
def test_all_that_a_filter_finds_are_counted_first_and_just_those_are_acted_upon(world: World) -> None:
    meant = [world.die({"n": n}, error="550 mailbox") for n in range(3)]
    other = world.die({"n": 9}, error="timed out")
    browser = world.browser()
    asked = {"do": "retry", "everything": "1", "filter": "state:dead error:~550"}
    page = browser.post(f"{JOBS}/~bulk", data=asked)
    assert "Retry 3 jobs?" in page.text
    assert "state:dead error:~550" in unescape(page.text)
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text.partition("<main")[2]))
    later = world.die({"n": 10}, error="550 mailbox")
    done = browser.post("/brokers/jobs/~do", data={name: unescape(value) for name, value in form.items()})
    assert "3 jobs tried again" in done.text
    states = [world.queue.find(id).state for id in (*meant, other, later)]  # type: ignore[union-attr]
    assert states == ["ready"] * 3 + ["dead"] * 2
    assert world.audited("queue.retry")[0] == (
        "done",
        "Tried again 3 of 3 jobs (of every queue, as a filter found them).",
    )
    refused = browser.post(f"{JOBS}/~bulk", data={**asked, "filter": "stat:dead"})
    assert refused.status_code == 400


def test_ticked_jobs_are_tried_again_or_exported(world: World) -> None:
    ids = [world.die({"n": n}) for n in range(3)]
    browser = world.browser("doer")
    assert 'name="keys"' in browser.get(JOBS).text
    assert "2 jobs tried again" in browser.post(f"{JOBS}/~bulk", data={"do": "retry", "keys": ids[:2]}).text
    assert [world.queue.find(id).state for id in ids] == ["ready", "ready", "dead"]  # type: ignore[union-attr]
    assert "Discard 1 job?" in browser.post(f"{JOBS}/~bulk", data={"do": "discard", "keys": ids[2:]}).text
    export = browser.post(f"{JOBS}/~bulk", data={"do": "export", "keys": ids[:1]})
    assert [line.split(",")[0] for line in export.text.splitlines()][:2] == ["id", ids[0]]
    assert browser.post(f"{JOBS}/~bulk", data={"do": "retry"}).status_code == 400
    assert world.browser("looker").post(f"{JOBS}/~bulk", data={"do": "retry", "keys": ids}).status_code == 403


def test_old_addresses_lead_to_the_list_with_their_filter(world: World) -> None:
    world.die({"n": 1})
    browser = world.browser()
    shown = browser.get("/brokers/jobs", params={"queue": "mail", "states": "dead", "text": "550"})
    assert shown.url.path == JOBS
    assert len(keys_of(shown.text)) == 1
    assert dict(shown.url.params)["search"] == "550"
    assert browser.get(f"{JOBS}/{keys_of(shown.text)[0]}").url.path.startswith("/brokers/jobs/")


def test_no_source_takes_the_name_of_the_houses_own_rows(world: World) -> None:
    sources = world.app.kernel.sources
    assert "brokers" not in [
        *sources.names(),
        *(one.name for one in sources),
        *(one.name for one in sources.statuses()),
    ]
    with pytest.raises(Refused, match="another name"):
        sources.put(type(sources.status("shop"))("brokers", "settings", ""))


def test_the_guides_filters_are_understood(world: World) -> None:
    guide = (Path(__file__).parents[2] / "docs/guides/broker-dashboard.md").read_text()
    told = re.findall(r"^\| `([^`]+)` \|", guide.partition("| Type |")[2].partition("\n\n")[0], re.MULTILINE)
    assert len(told) == 6
    for text in told:
        assert listed(world, filter=text).rows == []
    assert listed(world, table="events", filter="stream:orders.events type:order.paid key:o7").rows == []


@pytest.mark.req("S002-DASH-02")
def test_queues_topics_and_keys_are_lists_too(world: World) -> None:
    fill(world)
    world.queue.pause("mail")
    (mail,) = listed(world, table="queues", filter="dead:>0 held:true").rows
    assert (mail["queue"], mail["ready"], mail["dead"]) == ("mail", 1, 1)
    assert listed(world, "looker", table="queues", filter="dead:0 queue:mail").rows == []
    (secret,) = listed(world, table="topics", filter="topic:~password retained:true").rows
    assert secret["payload"] == "••••••"
    shown = listed(world, table="topics", filter="payload:~alert").rows
    assert [one["topic"] for one in shown] == ["a/<b>x"]
    with pytest.raises(BadRequest, match="no field called 'payload'"):
        listed(world, "looker", table="topics", filter="payload:~alert")
    found = listed(world, table="keys", filter="expires_in:<=60", sort="-size")
    assert [one["key"][:5] for one in found.rows] == ["cart:"]
    for by in ("all", "looker"):
        for name in ("queues", "topics", "keys"):
            page = world.browser(by).get(f"/s/brokers/{name}")
            assert page.status_code == 200
            assert SECRET not in page.text
            assert "<script>alert" not in page.text
            assert name != "queues" or "data-said=Ready" in page.text, "on a phone a bare number says what it is"
            key = listed(world, by, table=name).keys[0]
            assert world.browser(by).get(f"/s/brokers/{name}/{key}").url.path.startswith("/brokers")
    assert world.browser("none").get("/s/brokers/keys").status_code == 403
