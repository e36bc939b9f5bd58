"""A filter that cannot be read: said at the condition that is wrong, with all else kept."""

from __future__ import annotations

import re

from starlette.testclient import TestClient

from tests.web.test_list_page import ORDERS, browser, fields_of, nexus

__all__ = ["browser", "nexus"]


def test_a_wrong_value_is_said_at_its_condition_and_what_was_clicked_is_kept(browser: TestClient) -> None:
    sent = fields_of(browser.get(f"{ORDERS}/~filter", params={"filter": "status:paid"}).text)
    sent = fields_of(browser.post(f"{ORDERS}/~filter", data={**sent, "do": "add:0"}).text)
    empty = next(name for name in sent if name.startswith("field.") and sent[name] == [""])
    sent = fields_of(browser.post(f"{ORDERS}/~filter", data={**sent, empty: "total", "do": "refresh"}).text)
    at = empty[6:]
    answer = browser.post(f"{ORDERS}/~filter", data={**sent, f"value.{at}": "many", "do": "apply"})
    assert answer.status_code == 400
    assert re.search(
        rf'name="value.{at}" value="many"[^>]* aria-invalid="true" aria-describedby="w-{at}" autofocus', answer.text
    )
    assert re.search(rf'id="w-{at}".*expects a number', answer.text)
    sent = fields_of(answer.text)
    part = {"X-Nexus-Fragment": "nx-filter"}
    right = browser.post(f"{ORDERS}/~filter", data={**sent, f"value.{at}": "5", "do": "apply"}, headers=part)
    assert (right.status_code, right.text) == (200, "")
    assert right.headers["X-Nexus-Onward"] == f"{ORDERS}?filter=status%3Apaid+total%3A5"
