"""A job fails until it is dead; somebody finds it, mends what it is about, and it is done."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from e2e.conftest import Enter
from e2e.pages.toast import toast
from e2e.server import Served
from nexus_admin.brokers.queue.protocol import Queue


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


def test_without_scripts_a_dead_job_is_retried_too(enter: Enter, served: Served) -> None:
    queue: Any = served.nexus.kernel.services.get(Queue)  # type: ignore[type-abstract]
    die(queue, "journey-plain", {"n": 1})
    page = enter(java_script_enabled=False)
    page.goto("/brokers?queue=journey-plain")
    expect(page.get_by_text("Live, every 2 s")).to_be_hidden()
    page.get_by_role("button", name="Retry all 1").click()
    expect(page.get_by_text("1 job tried again.")).to_be_visible()
    assert queue.pop("journey-plain")[0].value == {"n": 1}
