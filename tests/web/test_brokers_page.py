"""The pages of brokers over HTTP: what is shown to whom, what each button does, and that no content is believed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from tests.web.brokers_world import HOSTILE, SECRET, World, brokers, fill

PAGES = (
    "/brokers", "/brokers?queue=mail", "/brokers/jobs", "/brokers/jobs?states=dead", "/s/brokers/events",
    "/brokers/streams",
    "/brokers/streams/orders.events", "/brokers/streams/orders.events/groups/billing", "/brokers/topics",
    "/brokers/topics?topic=users/7/password", "/brokers/store", "/brokers/store?key=token:7",
)  # fmt: skip


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with brokers(tmp_path) as made:
        yield made


def pages_of(named: dict[str, str]) -> tuple[str, ...]:
    return (*PAGES, f"/brokers/jobs/{named['dead']}", f"/brokers/jobs/{named['ready']}")


@pytest.mark.req("S004-BUS-01")
def test_no_page_shows_a_secret_or_runs_what_it_shows(world: World) -> None:
    named = fill(world)
    browser = world.browser()
    for path in (*pages_of(named), f"/brokers/jobs/{named['dead']}/edit"):
        answer = browser.get(path)
        assert answer.status_code == 200, path
        assert SECRET not in answer.text, path
        assert "<script>alert" not in answer.text, path
        assert "<b>" not in answer.text.replace("<b>true</b>", ""), path
        assert "49" not in re.findall(r"alert\(1\)[^<]{0,40}", answer.text), path
    assert "alert(1)" in unescape(browser.get(f"/brokers/jobs/{named['dead']}").text)


def test_who_may_only_look_sees_names_and_figures_and_no_content(world: World) -> None:
    named = fill(world)
    looker = world.browser("looker")
    for path in pages_of(named):
        answer = looker.get(path)
        assert answer.status_code == 200, path
        shown = unescape(answer.text)
        assert '"to"' not in shown, path
        assert "Retry" not in shown, path
        main = answer.text.partition("<main")[2].partition("</main>")[0]
        main = re.sub(r'<form [^>]*method="get".*?</form>', "", main, flags=re.S)
        assert 'type="submit"' not in main, path
        assert 'type="checkbox" class="nx-check"' not in main, path
    assert "mail" in looker.get("/brokers").text
    assert "does not show contents" in looker.get(f"/brokers/jobs/{named['dead']}").text
    assert looker.get(f"/brokers/jobs/{named['dead']}/edit").status_code == 403
    assert looker.post(f"/brokers/jobs/{named['dead']}", data={"do": "retry"}).status_code == 403
    assert world.audited("queue.retry") == []
    assert world.queue.find(named["dead"]).state == "dead"  # type: ignore[union-attr]


def test_words_are_not_looked_for_in_what_one_may_not_see(world: World) -> None:
    fill(world)
    for who, text, found in (
        ("reader", "alert", 1),
        ("looker", "to", 0),
        ("reader", SECRET, 0),
        ("looker", "order-7", 1),
    ):
        listed = world.browser(who).get("/brokers/jobs", params={"text": text}).text
        assert len(re.findall(r"<tr data-row=", listed)) == found, (who, text)


def test_who_has_no_right_to_brokers_finds_none(world: World) -> None:
    fill(world)
    browser = world.browser("none")
    assert {browser.get(path).status_code for path in PAGES} == {403}
    assert "/brokers" not in browser.get("/account").text


def test_a_dead_job_is_tried_again_with_a_mended_payload(world: World) -> None:
    id = world.die({"to": "nobody@example", "password": SECRET})
    browser = world.browser()
    assert "dead letters" in browser.get("/brokers").text
    form = unescape(browser.get(f"/brokers/jobs/{id}/edit").text)
    text = re.search(r"<textarea[^>]*>(.*?)</textarea>", form, re.S)[1]  # type: ignore[index]
    wrong = browser.post(f"/brokers/jobs/{id}/edit", data={"payload": "{"})
    assert (wrong.status_code, "no JSON from line 1, letter 2 on." in wrong.text) == (422, True)
    done = browser.post(f"/brokers/jobs/{id}/edit", data={"payload": text.replace("nobody@example", "ada@example.com")})
    assert "tried again with the changed payload" in done.text
    (job,) = world.queue.pop("mail")
    assert (job.id, job.attempts, job.value) == (id, 1, {"to": "ada@example.com", "password": SECRET})
    assert [one[0] for one in world.audited("queue.edit")] == ["done", "invalid"]
    assert "ada@example.com" not in world.ledger_text()  # what a job is about needs a right of its own


def test_all_that_are_dead_are_tried_again_and_no_later_one(world: World) -> None:
    ids = [world.die({"n": number}) for number in range(3)]
    browser = world.browser()
    page = browser.get("/brokers?queue=mail").text
    assert "Retry all 3" in page
    upto = re.search(r'name="upto" value="(\w+)"', page)[1]  # type: ignore[index]
    late = world.die({"n": "late"})
    asked = {"do": "retry", "everything": "1", "queue": "mail", "states": "dead", "upto": upto}
    assert "3 jobs tried again" in browser.post("/brokers/jobs/~do", data=asked).text
    states = [world.queue.find(id).state for id in (*ids, late)]  # type: ignore[union-attr]
    assert states == ["ready", "ready", "ready", "dead"]


def test_forgetting_asks_first_and_many_want_their_number(world: World) -> None:
    ids = [world.die({"n": number}, queue="bulk") for number in range(101)]
    browser = world.browser()
    asked = {"do": "discard", "queue": "bulk", "states": "dead"}
    page = browser.get("/brokers/jobs/~do", params=asked).text
    assert "Discard 101 jobs" in page
    assert 'name="typed"' in page
    form = {**asked, "everything": "1", "sure": "1", "expected": "101", "upto": max(ids)}
    assert browser.post("/brokers/jobs/~do", data=form).status_code == 422
    assert browser.post("/brokers/jobs/~do", data={**asked, "everything": "1"}).status_code == 200
    assert len(world.queue.jobs("bulk", limit=200)) == 101
    assert "101 jobs forgotten" in browser.post("/brokers/jobs/~do", data={**form, "typed": "101"}).text
    assert world.queue.jobs("bulk") == []
    assert world.audited("queue.discard")[0] == ("done", "Forgot 101 of 101 jobs (of bulk).")


def test_ticked_jobs_are_cancelled_and_none_is_meant_by_nothing(world: World) -> None:
    one, other = (world.queue.push("mail", {"n": number}) for number in range(2))
    browser = world.browser("doer")
    assert browser.post("/brokers/jobs/~do", data={"do": "cancel"}).status_code == 400
    assert browser.post("/brokers/jobs/~do", data={"do": "drop", "ids": [one]}).status_code == 400
    assert "1 job cancelled" in browser.post("/brokers/jobs/~do", data={"do": "cancel", "ids": [one]}).text
    assert [world.queue.find(id).state for id in (one, other)] == ["cancelled", "ready"]  # type: ignore[union-attr]


def test_a_queue_is_held_let_go_and_emptied(world: World) -> None:
    world.queue.push("mail", {"n": 1})
    browser = world.browser()
    assert "paused" in browser.post("/brokers/queues/mail", data={"do": "pause"}).text
    assert world.queue.pop("mail") == []
    browser.post("/brokers/queues/mail", data={"do": "resume"})
    assert browser.get("/brokers/queues/none/purge").status_code == 404
    assert browser.post("/brokers/queues/mail/purge", data={}).status_code == 422
    assert "Forgot 1 job" in browser.post("/brokers/queues/mail/purge", data={"states": ["ready"]}).text
    assert [world.audited(f"queue.{name}")[0][0] for name in ("pause", "resume", "purge")] == ["done"] * 3


def test_a_group_is_moved_only_as_the_preview_said(world: World) -> None:
    fill(world)
    browser = world.browser()
    path = "/brokers/streams/orders.events/groups/billing"
    preview = unescape(browser.get(path, params={"to": "begin"}).text)
    assert "1 event comes again" in preview
    assert world.stream.groups("orders.events")[0].behind == 2
    assert browser.get(path, params={"to": "time", "value": "soon"}).status_code == 422
    assert browser.post(path, data={"to": "position", "value": "x"}).status_code == 422
    moved = browser.post(path, data={"to": "begin", "value": "", "expected": "3"})
    assert "was moved" in moved.text
    assert world.stream.groups("orders.events")[0].behind == 3
    assert browser.post(path, data={"to": "position", "value": "2", "expected": "3"}).status_code == 409
    assert "passed over" in browser.get(path, params={"to": "end"}).text
    assert browser.get("/brokers/streams/none").status_code == 404
    assert browser.get("/brokers/streams/orders.events/groups/none").status_code == 404


def test_a_parked_event_is_tried_again_or_discarded_and_a_stream_is_trimmed(world: World) -> None:
    fill(world)
    browser = world.browser()
    (parked,) = world.stream.parked("orders.events", "billing")
    path, seq = "/brokers/streams/orders.events", str(parked.event.position.seq)
    settle = f"{path}/groups/billing/parked"
    assert browser.post(settle, data={"seqs": [seq], "do": "forget"}).status_code == 400
    assert "Nothing was ticked" in browser.post(settle, data={"do": "retry"}).text
    asked = browser.post(settle, data={"do": f"retry:{seq}"}).text
    assert "1 event will be tried again" in asked
    assert "waits to be tried again" in asked
    batch = world.stream.fetch("orders.events", "billing")
    assert batch is not None
    assert (batch.again, batch.events) == (True, (parked.event,))
    world.stream.release(batch, "still not")
    assert [one.error for one in world.stream.parked("orders.events", "billing")] == ["still not"]
    assert "Discarded 1 event" in browser.post(settle, data={"seqs": [seq], "do": "discard"}).text
    assert world.stream.parked("orders.events", "billing") == []
    assert browser.post(path, data={"days": "", "keep": ""}).status_code == 422
    assert "Forgot 1 event" in browser.post(path, data={"days": "", "keep": "0"}).text


@pytest.mark.req("S002-STREAM-11")
def test_what_is_kept_is_said_on_the_streams_page_after_a_look(world: World) -> None:
    fill(world)
    browser, path = world.browser(), "/brokers/streams/orders.events/kept"
    assert "All of it." in browser.get(path).text
    assert path in browser.get("/brokers/streams/orders.events").text
    preview = unescape(browser.get(path, params={"do": "keep", "events": "1", "bytes": "500 MB", "archive": "on"}).text)
    assert "billing</span>: 1 event not done with, 1 parked" in preview
    assert "Nothing goes." in preview
    said = browser.post(path, data={"do": "keep", "events": "1", "bytes": "500 MB", "archive": "on", "days": ""})
    assert "It is said what is kept" in said.text
    assert "The newest 1 events, and of them the newest 500.0 MB of payloads" in unescape(said.text)
    assert world.audited("stream.keep")[0] == ("done", "Kept: orders.events=bytes:500000000+events:1+archive.")
    assert browser.post(path, data={"do": "keep", "events": "none"}).status_code == 422
    assert browser.get(path, params={"do": "trim"}).status_code == 422
    assert browser.post(path, data={"do": "burn"}).status_code == 400
    assert browser.post(path, data={"do": "clear"}).status_code == 200
    assert "All of it." in browser.get(path).text
    looker = world.browser("looker")
    assert "Preview" not in looker.get(path).text
    for do in ("trim", "force", "keep", "clear"):
        assert looker.post(path, data={"do": do, "events": "0"}).status_code == 403
    assert browser.get("/brokers/streams/none/kept").status_code == 404


@pytest.mark.req("S002-STREAM-11")
def test_a_trim_by_force_says_which_groups_lose_what(world: World) -> None:
    fill(world)
    browser, path = world.browser(), "/brokers/streams/orders.events/kept"
    preview = unescape(browser.get(path, params={"do": "trim", "events": "0"}).text)
    assert "Nothing goes." in preview
    assert "billing loses 3 events" in preview
    assert "Forgot 0 events" in browser.post(path, data={"do": "trim", "events": "0", "before": ""}).text
    assert len(world.stream.read("orders.events")) == 3
    assert "Forgot 3 events" in browser.post(path, data={"do": "force", "events": "0"}).text
    assert world.stream.read("orders.events") == []
    assert world.audited("stream.trim")[0][1].endswith("billing lost 2 events and 1 parked.")


def test_a_test_is_published_kept_and_cleared(world: World) -> None:
    browser = world.browser()
    browser.get("/brokers/topics")  # the tap listens from the first look on
    with world.pubsub.subscribe("orders/+") as heard:
        sent = browser.post(
            "/brokers/topics", data={"topic": "orders/paid", "payload": '{"a": 1}', "retain": "on", "ttl": ""}
        )
        assert "went to 1 subscriber." in unescape(sent.text)
        message = heard.get(5)
    assert message is not None
    assert message.value == {"a": 1}  # type: ignore[union-attr]
    page = unescape(browser.get("/brokers/topics?tap=orders/%2B&topic=orders/paid").text)
    assert page.count("orders/paid") >= 3
    assert browser.get("/brokers/topics?tap=a%23").status_code == 400
    assert browser.post("/brokers/topics", data={"topic": "a/+", "payload": "x"}).status_code == 400
    assert "taken away" in browser.post("/brokers/topics", data={"topic": "orders/paid", "do": "clear"}).text
    assert world.pubsub.figures().retained == 0
    assert '"a"' not in world.ledger_text()


def test_keys_are_found_by_their_beginning_opened_and_deleted(world: World) -> None:
    for number in range(120):
        world.store.set(f"cart:{number:03}", {"n": number})
    world.store.set(f"x:{HOSTILE}", 1)
    browser = world.browser()
    first = browser.get("/brokers/store?prefix=cart:").text
    assert first.count('<tr data-row="cart:') == 100
    more = re.search(r'href="(/brokers/store\?[^"]*after[^"]*)" rel="next"', first)
    assert more is not None
    assert browser.get(unescape(more[1])).text.count('<tr data-row="cart:') == 20
    assert "hit rate" in first.lower()
    assert "not there any more" in browser.get("/brokers/store?key=gone").text
    hits = world.store.figures().hits
    assert browser.get("/brokers/store", params={"key": "cart:001"}).status_code == 200
    assert world.store.figures().hits == hits  # to look is no use of it
    assert browser.post("/brokers/store", data={}).status_code == 400
    assert "2 keys deleted" in browser.post("/brokers/store", data={"keys": ["cart:001", f"x:{HOSTILE}", "no"]}).text
    assert [one[0] for one in world.audited("store.get")] == ["done"]


def test_without_anything_every_page_says_what_would_be_there(world: World) -> None:
    browser = world.browser()
    for path, said in (
        ("/brokers", "No job has been queued yet"), ("/brokers/jobs", "No jobs"),
        ("/brokers/jobs?states=dead", "No job matches"),
        ("/brokers/topics?text=zzz", "No topic fits"), ("/brokers/store", "The store is empty"),
    ):  # fmt: skip
        assert said in browser.get(path).text, path


@pytest.mark.req("S002-DASH-05")
@pytest.mark.req("S002-DASH-06")
def test_topics_are_a_tree_that_is_filtered_tapped_and_published_to_from_any_node(world: World) -> None:
    heard: list[str] = []
    world.pubsub.listen(lambda message: heard.append(message.topic), "orders/+/paid")
    world.pubsub.publish("orders/nl/paid", 1, retain=True)
    world.pubsub.publish("deep/" + "x/" * 99 + "end", 1, retain=True)
    world.pubsub.publish(f"odd//{HOSTILE}", 1, retain=True)
    browser = world.browser()
    page = unescape(browser.get("/brokers/topics").text)
    rows = re.findall(r'<li data-row="([^"]*)"', page)
    assert [one for one in rows if one.startswith("orders")] == [
        "orders", "orders/+", "orders/+/paid", "orders/nl", "orders/nl/paid",
    ]  # fmt: skip
    assert max(one.count("/") for one in rows if one.startswith("deep")) == 100
    assert len([one for one in rows if one.startswith("deep")]) == 12  # what lies deeper stands in one line
    assert page.count("<details data-tree") >= 4
    found = browser.get("/brokers/topics", params={"text": "nl/paid"}).text
    assert re.findall(r'<li data-row="([^"]*)"', found) == ["orders", "orders/nl", "orders/nl/paid"]
    node = browser.get("/brokers/topics", params={"topic": "orders/nl", "tap": "orders/nl/#"}).text
    assert re.search(r'id="topic" name="topic" value="orders/nl"', node)
    browser.post("/brokers/topics", data={"topic": "orders/de/paid", "payload": "1"})
    tapped = browser.get("/brokers/topics", params={"tap": "orders/#"}).text.partition("Newest messages")[2]
    assert "orders/de/paid" in tapped
    assert heard == ["orders/nl/paid", "orders/de/paid"]


def test_a_job_is_called_as_what_it_does_by_those_who_may_see_what_it_is_about(world: World) -> None:
    named = world.app.kernel.actions.get("row.update").title
    does = world.queue.push("mail", {"action": "row.update"})
    other = world.queue.push("mail", {"job": "<b>nobody</b>"})
    broken = world.queue.push("mail", [1])

    def heading(who: str, id: str) -> str:
        page = world.browser(who).get(f"/brokers/jobs/{id}").text
        found = re.search(r"<h1[^>]*>([^<]*)</h1>", page)
        assert found, page
        return found[1]

    assert heading("all", does) == named
    for who, id in (("looker", does), ("all", other), ("all", broken)):
        assert heading(who, id).startswith(id[:6])
    world.die({"action": "row.update"}, queue="post")
    letters = {who: world.browser(who).get("/brokers", params={"queue": "post"}).text for who in ("all", "looker")}
    assert f"{named} <span" in letters["all"]
    assert f"{named} <span" not in letters["looker"]
