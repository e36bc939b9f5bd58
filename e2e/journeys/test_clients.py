"""A program's log leads to the pages that show what it speaks of."""

from __future__ import annotations

import logging
import re
import threading
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from e2e.server import Served
from nexus_admin.brokers.stream import Fresh
from nexus_admin.client import Client


def client_of(served: Served) -> Client:
    secret, _ = served.nexus.kernel.access.tokens.create(served.account("program").id, "client", scopes=("client.*",))
    return Client(served.url, secret)


def worked(handle_by: Any, **how: Any) -> None:
    """Have a subscription work on one thing that fails, and end it."""
    stop = threading.Event()

    def fail(_: Any) -> None:
        stop.set()
        raise ValueError("550 mailbox unavailable")

    handle_by(handle=fail, stop=stop, **how)


@pytest.mark.req("S002-START-03", "S002-START-10")
def test_what_a_program_logs_leads_to_its_page(page: Page, served: Served, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "nexus_admin.client")
    with client_of(served) as client:
        client.queue.push("log-mail", {"to": "nobody@example"}, max_attempts=1)
        worked(client.queue.subscribe, queue="log-mail")
        client.stream.append("log-users", Fresh("user.joined"))
        worked(client.stream.subscribe, stream="log-users", group="mailer")
    home, job, group = re.findall(rf"{re.escape(served.url)}\S*?(?=\.?$)", caplog.text, re.MULTILINE)
    assert home == f"{served.url}/brokers", "The pages are where the program connected to."
    page.goto(home)
    expect(page.get_by_role("heading", name="Brokers", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="app.log-mail", exact=True).first).to_be_visible()
    page.goto(job)
    expect(page.get_by_text("nobody@example").first).to_be_visible()
    expect(page.get_by_text("ValueError: 550 mailbox unavailable").first).to_be_visible()
    page.goto(group)
    expect(page.get_by_role("heading", name="mailer")).to_be_visible()
    expect(page.get_by_text("app.log-users").first).to_be_visible()
