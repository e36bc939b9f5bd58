"""Exports from a list's pages: at once, or written by a worker while a page says how far it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.domain.actor import Actor
from nexus_admin.state.tables.exports import export
from tests.web.test_background import finished
from tests.web.world import csrf, served, signed_in

EXPORTS = "/s/shop/orders/~exports"


@pytest.fixture
def nexus(tmp_path: Path) -> Iterator[Nexus]:
    with served(tmp_path, given={"exports.background_rows": 3}) as app:
        yield app


@pytest.fixture
def ada(nexus: Nexus) -> TestClient:
    return signed_in(nexus)


def sent(client: TestClient, **form: str) -> str:
    """Send the form, and return the address that follows."""
    data = {"_csrf": csrf(client.get(EXPORTS).text), "format": "csv", **form}
    answer = client.post(EXPORTS, data=data, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def test_the_list_leads_to_the_form_with_what_it_shows(ada: TestClient) -> None:
    page = unescape(ada.get("/s/shop/orders?filter=id:<3&sort=-id&fields=number,total").text)
    found = re.search(r'href="([^"]+/~exports[^"]*)"', page)
    assert found is not None
    form = unescape(ada.get(found[1]).text)
    for text in ("Export orders", "2 orders", "<code>id:<3</code>", "-id", "Those of the list", "JSON by lines"):
        assert text in form
    assert 'name="filter" value="id:<3"' in form
    assert 'value="background"' in form


def test_few_rows_come_at_once_and_many_are_written_by_a_worker(ada: TestClient) -> None:
    assert (
        sent(ada, filter="id:<3", fields="number") == "/s/shop/orders/~export?filter=id%3A%3C3&fields=number&format=csv"
    )
    raw = sent(ada, filter="id:<3", fields="number", columns="all", raw="1", format="json")
    assert raw == "/s/shop/orders/~export?filter=id%3A%3C3&format=json&safe=false"
    assert "So many rows are written in the background." in ada.get(EXPORTS).text
    page = finished(ada, address := sent(ada, fields="number"))
    assert "Ready.</strong> 3 rows" in page
    answer = ada.get(f"{address}/file")
    assert answer.text == "number\r\nA-1\r\nA-2\r\nA-3\r\n"
    assert answer.headers["content-length"] == str(len(answer.content))
    chosen = sent(ada, filter="id:1", where="background")
    assert "1 row," in finished(ada, chosen)
    listed = ada.get(EXPORTS).text
    assert listed.count('<span class="nx-pill" data-hue="green">Ready</span>') == 2


def test_all_that_match_are_exported_by_way_of_the_form(ada: TestClient) -> None:
    data = {"_csrf": csrf(ada.get("/s/shop/orders").text), "do": "export", "everything": "1", "expected": "3"}
    answer = ada.post("/s/shop/orders/~bulk", data={**data, "filter": "id:>1"}, follow_redirects=False)
    assert answer.headers["location"] == f"{EXPORTS}?filter=id%3A%3E1"


def test_the_page_says_each_state_and_takes_it_back(nexus: Nexus, ada: TestClient) -> None:
    queue = nexus.kernel.crew.queue
    queue.pause("actions")
    address = sent(ada)
    page = ada.get(address).text
    assert "It begins as soon as a worker is free." in page
    assert '<noscript><meta http-equiv="refresh"' in page
    stopped = ada.post(f"{address}/drop", data={"_csrf": csrf(page)})
    assert "Stopped.</strong> Nothing of the file was kept." in stopped.text
    gone = ada.post(f"{address}/drop", data={"_csrf": csrf(stopped.text)})
    assert "The export was deleted." in gone.text
    assert ada.get(address).status_code == 404
    queue.resume("actions")
    address = sent(ada)
    finished(ada, address)
    state = nexus.kernel.state
    before = state.read(lambda connection: connection.execute(sa.select(export.c.rights)).scalar_one())
    state.write(lambda connection: connection.execute(export.update().values(rights="other")))
    page = ada.get(address).text
    assert "Withheld.</strong> What you may see of Orders is not what it was" in page
    assert "/file" not in page
    state.write(
        lambda connection: connection.execute(export.update().values(rights=before, expires_at=export.c.asked_at))
    )
    assert "Its time is over.</strong> The file was deleted." in ada.get(address).text
    assert "Expired" in ada.get(EXPORTS).text


def test_what_cannot_be_is_said_above_the_form(ada: TestClient) -> None:
    answer = ada.get(f"{EXPORTS}?filter=totl:1")
    assert answer.status_code == 400
    assert "Did you mean" in unescape(answer.text)
    data = {"_csrf": csrf(ada.get(EXPORTS).text), "format": "cvs", "where": "background"}
    answer = ada.post(EXPORTS, data=data)
    assert answer.status_code == 400
    assert "Rows cannot be exported as 'cvs'." in unescape(answer.text)


def test_whoever_may_not_export_sees_no_form_and_nobody_sees_what_is_not_theirs(nexus: Nexus, ada: TestClient) -> None:
    address = sent(ada)
    finished(ada, address)
    for email, role, status in (("vi@example.com", "viewer", 403), ("ed@example.com", "editor", 404)):
        nexus.kernel.access.users.create(email, password="a long password 2", roles=(role,), by=Actor.system("test"))
        other = signed_in(nexus, email, "a long password 2")
        assert other.get(address).status_code == status
        assert other.get(f"{address}/file").status_code == status
        assert other.post(f"{address}/drop", data={"_csrf": csrf(other.get("/account").text)}).status_code == status
    assert other.get(EXPORTS).status_code == 200
    assert "Your exports" not in other.get(EXPORTS).text
    assert ada.get(f"{address}/file").status_code == 200


def test_files_are_among_our_copies_and_are_purged(nexus: Nexus, ada: TestClient, tmp_path: Path) -> None:
    address = sent(ada)
    finished(ada, address)
    page = unescape(ada.get("/sources/shop/copies").text)
    assert "Exports in the background" in page
    form = ada.get("/sources/shop/copies/purge").text
    answer = ada.post("/sources/shop/copies/purge", data={"_csrf": csrf(form), "kind": ["exports"]})
    assert "Purged of shop: 1 file." in unescape(answer.text)
    assert ada.get(f"{address}/file").status_code == 404
