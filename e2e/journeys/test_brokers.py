"""A job fails until it is dead; somebody finds it, mends what it is about, and it is done."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import Enter
from e2e.pages.toast import toast
from e2e.server import Served
from nexus_admin.brokers.queue.protocol import Queue
from nexus_admin.brokers.stream.protocol import Fresh, Stream


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
    page.wait_for_timeout(3_000)  # in which a page that polls asks twice at least; this one once, to have missed nothing
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
