"""A job fails until it is dead; somebody finds it, mends what it is about, and it is done."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import PHONE, Enter
from e2e.pages.toast import toast
from e2e.server import Served
from nexus_admin.brokers.pubsub import PubSub
from nexus_admin.brokers.queue.protocol import Queue
from nexus_admin.brokers.stream.protocol import Fresh, Stream
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Grant, Role


def die(queue: Any, name: str, payload: dict[str, Any]) -> str:
    id: str = queue.push(name, payload, max_attempts=1)
    (job,) = queue.pop(name)
    queue.nack(job, "550 mailbox unavailable")
    return id


def test_a_dead_job_is_found_mended_and_tried_again(page: Page, served: Served) -> None:
    queue: Any = served.nexus.kernel.services.get(Queue)  # type: ignore[type-abstract]
    id = die(queue, "journey-mail", {"to": "nobody@example", "password": "hunter2"})
    page.goto("/")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Brokers").click()
    page.get_by_role("region", name="Queues").get_by_role("link", name="journey-mail", exact=True).click()
    letters = page.get_by_role("complementary", name="Dead letters of journey-mail")
    expect(letters.get_by_text("550 mailbox unavailable")).to_be_visible()
    expect(letters.get_by_text("nobody@example")).to_be_visible()
    expect(page.get_by_text("hunter2")).to_have_count(0)
    letters.get_by_role("link", name="Edit and retry").click()
    payload = page.get_by_label("Payload")
    payload.fill(payload.input_value().replace("nobody@example", "ada@example.com"))
    page.get_by_role("button", name="Save and retry").click()
    expect(toast(page, "tried again with the changed payload")).to_be_visible()
    (job,) = queue.pop("journey-mail")
    assert (job.id, job.value) == (id, {"to": "ada@example.com", "password": "hunter2"})
    queue.ack(job)
    page.reload()
    expect(page.get_by_text("Done", exact=True).first).to_be_visible()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Audit log").click()
    page.get_by_role("navigation", name="What is shown").get_by_role("link", name="Everything").click()
    expect(page.get_by_text("is tried again with a changed payload").first).to_be_visible()


def test_figures_come_by_themselves_and_rest_while_something_is_ticked(page: Page, served: Served) -> None:
    queue: Any = served.nexus.kernel.services.get(Queue)  # type: ignore[type-abstract]
    die(queue, "journey-live", {"n": 1})
    page.goto("/brokers?queue=journey-live")
    letters = page.get_by_role("complementary", name="Dead letters of journey-live")
    expect(letters.get_by_role("checkbox")).to_have_count(1)
    die(queue, "journey-live", {"n": 2})
    expect(letters.get_by_role("checkbox")).to_have_count(2)
    letters.get_by_role("checkbox").first.check()
    letters.get_by_role("button", name="Retry ticked").click()
    expect(toast(page, "1 job tried again")).to_be_visible()
    expect(letters.get_by_role("checkbox")).to_have_count(1)


@pytest.mark.req("S002-DASH-04")
def test_an_appended_event_comes_over_the_line_and_nobody_asks_meanwhile(page: Page, served: Served) -> None:
    stream: Any = served.nexus.kernel.services.get(Stream)  # type: ignore[type-abstract]
    stream.append("journey.tail", Fresh("order.placed", {"n": 1}))
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if "x-nexus-fragment" in one.headers else None)
    with page.expect_websocket():
        page.goto("/brokers/streams/journey.tail")
    events = page.get_by_role("list", name="Newest events")
    expect(events.get_by_role("listitem")).to_have_count(1)
    page.wait_for_timeout(3_000)  # a page that polls asks twice in that time; this one once, to have missed nothing
    assert len(asked) <= 1
    stream.append("journey.tail", Fresh("order.shipped", {"n": 2}))
    expect(events.get_by_text("order.shipped")).to_be_visible()
    events.get_by_text("order.placed").click()  # whoever reads is not disturbed
    stream.append("journey.tail", Fresh("order.lost", {"n": 3}))
    page.wait_for_timeout(1_500)
    expect(events.get_by_text("order.lost")).to_have_count(0)
    events.get_by_text("order.placed").click()
    page.mouse.move(0, 0)
    expect(events.get_by_text("order.lost")).to_be_visible()


def test_without_scripts_a_dead_job_is_retried_too(enter: Enter, served: Served) -> None:
    queue: Any = served.nexus.kernel.services.get(Queue)  # type: ignore[type-abstract]
    die(queue, "journey-plain", {"n": 1})
    page = enter(java_script_enabled=False)
    page.goto("/brokers?queue=journey-plain")
    expect(page.get_by_text("Live", exact=True)).to_be_hidden()
    page.get_by_role("button", name="Retry all 1").click()
    expect(page.get_by_text("1 job tried again.")).to_be_visible()
    assert queue.pop("journey-plain")[0].value == {"n": 1}


@pytest.mark.req("S002-DASH-07")
def test_jobs_are_ticked_on_a_phone_and_new_ones_wait_behind_a_button(enter: Enter, served: Served) -> None:
    queue: Any = served.nexus.kernel.services.get(Queue)  # type: ignore[type-abstract]
    ids = [die(queue, "journey-phone", {"n": n}) for n in range(3)]
    page = enter(viewport=PHONE, has_touch=True)
    with page.expect_websocket():
        page.goto("/s/brokers/jobs?filter=queue:journey-phone")
    boxes = page.locator("tbody").get_by_role("checkbox")
    expect(boxes).to_have_count(3)
    die(queue, "journey-phone", {"n": 3})
    expect(page.get_by_role("link", name="1 new row – show")).to_be_visible()
    expect(boxes).to_have_count(3)  # nothing moved
    page.get_by_role("link", name="1 new row – show").tap()
    expect(boxes).to_have_count(4)
    for id in ids[:2]:
        page.get_by_role("checkbox", name=id).check()
    bar = page.get_by_role("region", name="Selection")
    expect(bar.get_by_text("2 selected")).to_be_visible()
    bar.get_by_role("button", name="Retry").tap()
    expect(toast(page, "2 jobs tried again")).to_be_visible()
    assert [queue.find(id).state for id in ids] == ["ready", "ready", "dead"]


@pytest.mark.req("S002-DASH-05")
def test_the_tree_of_topics_is_walked_by_keys_and_stays_as_it_was_left(page: Page, served: Served) -> None:
    pubsub: Any = served.nexus.kernel.services.get(PubSub)  # type: ignore[type-abstract]
    for topic in ("journey/nl/paid", "journey/de/paid"):
        pubsub.publish(topic, {"n": 1}, retain=True)
    page.goto("/brokers/topics")
    tree = page.get_by_role("navigation", name="Topics")
    dutch = tree.locator('li[data-row="journey/nl"]')
    expect(dutch.get_by_role("link", name="paid", exact=True)).to_be_visible()
    dutch.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(dutch.get_by_role("link", name="paid", exact=True)).to_be_hidden()
    page.keyboard.press("Tab")  # the name, whose page taps and publishes
    page.keyboard.press("Escape")
    pubsub.publish("journey/fr/paid", {"n": 2}, retain=True)
    expect(tree.locator('li[data-row="journey/fr/paid"]')).to_be_visible()  # it came by itself
    expect(dutch.get_by_role("link", name="paid", exact=True)).to_be_hidden()
    tree.locator('li[data-row="journey"] > .nx-topics__row').get_by_role("link", name="Tap journey/#").click()
    page.get_by_label("Payload").fill('{"n": 3}')
    page.get_by_label("Topic", exact=True).fill("journey/be/paid")
    page.get_by_role("button", name="Publish").click()
    expect(toast(page, "Published to journey/be/paid")).to_be_visible()
    page.goto("/brokers/topics?tap=journey/%23")
    expect(page.get_by_role("list", name="Newest messages").get_by_text("journey/be/paid")).to_be_visible()


@pytest.mark.req("S002-DASH-01", "S002-ARCH-04")
def test_admins_have_the_dashboard_at_once_and_others_only_by_a_role(enter: Enter, served: Served) -> None:
    """Nothing is set up for it."""
    admin = enter(served.account("ada", roles=("admin",)))
    admin.get_by_role("navigation", name="Main").get_by_role("link", name="Brokers").click()
    tabs = admin.get_by_role("navigation", name="Brokers")
    for name in ("Queues", "Streams", "Topics", "Store"):
        tabs.get_by_role("link", name=name).click()
        expect(admin.get_by_role("heading", name="Brokers", exact=True)).to_be_visible()
    viewer = enter(served.account("vic", roles=("viewer",)))
    expect(viewer.get_by_role("navigation", name="Main")).to_be_visible()
    expect(viewer.get_by_role("navigation", name="Main").get_by_role("link", name="Brokers")).to_have_count(0)
    answer = viewer.request.get("/brokers")
    assert answer.status in (403, 404)
    served.nexus.kernel.access.roles.save(
        Role(name="broker-looker", grants=(Grant(source="nexus", action="broker.view"),)), by=Actor.system("e2e")
    )
    looker = enter(served.account("lou", roles=("broker-looker",)))
    looker.goto("/brokers")
    expect(looker.get_by_role("heading", name="Brokers", exact=True)).to_be_visible()
