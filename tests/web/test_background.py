"""What takes long runs in the background: its page says how far it is, how it ended, and takes it back."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.actions.jobs.background import Background
from nexus_admin.actions.jobs.call import title_of
from nexus_admin.actions.jobs.runs import RunRecord, runs_of
from nexus_admin.brokers.queue.protocol import Job
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import Refused
from nexus_admin.domain.target import Target
from nexus_admin.screens.background_page import background_page
from tests.kernel.world import plugin
from tests.web.world import csrf, served, signed_in

GIVEN = {"jobs.background_rows": 2}


def begun(client: TestClient, **form: str) -> str:
    """Press the button, and return the address of the page that follows."""
    token = csrf(client.get("/s/shop/orders").text)
    answer = client.post("/s/shop/orders/~bulk", data={"_csrf": token, **form}, follow_redirects=False)
    assert answer.status_code == 303
    return answer.headers["location"]


def finished(client: TestClient, address: str) -> str:
    """Load a page again until nothing more comes."""
    end = time.monotonic() + 60
    while "http-equiv" in (page := client.get(address).text):
        assert time.monotonic() < end, "It goes on."
        time.sleep(0.05)
    return page


@pytest.mark.req("S003-CRUD-04")
def test_an_edit_of_many_rows_shows_how_far_it_is_and_can_be_taken_back(tmp_path: Path) -> None:
    with served(tmp_path, given=GIVEN) as nexus:
        client = signed_in(nexus)
        perform = nexus.kernel.crew.queue
        perform.pause("actions")
        form = {"do": "edit", "everything": "1", "expected": "3", "field": "total", "value.total": "1.50"}
        address = begun(client, **form, confirm="1")
        assert address.startswith("/background/")
        page = client.get(address).text
        assert "It waits for its turn" in page
        assert '<noscript><meta http-equiv="refresh"' in page
        perform.resume("actions")
        page = finished(client, address)
        assert "3 rows changed." in page
        assert client.get("/s/shop/orders").text.count(">1.50<") == 3
        entry = re.search(r'name="entry" value="([^"]+)"', page)
        assert entry is not None
        back = {"_csrf": csrf(page), "entry": entry[1], "back": "/s/shop/orders"}
        assert "Taken back." in client.post("/s/shop/~undo", data=back).text
        assert "481.85" in client.get("/s/shop/orders").text


@pytest.mark.req("S003-CRUD-04")
def test_a_delete_that_cannot_be_says_why_and_changes_nothing(tmp_path: Path) -> None:
    with served(tmp_path, given=GIVEN) as nexus:
        client = signed_in(nexus)
        token = csrf(client.get("/s/shop/customers").text)
        form = {"_csrf": token, "do": "delete", "everything": "1", "expected": "2", "confirm": "1"}
        address = client.post("/s/shop/customers/~bulk", data=form, follow_redirects=False).headers["location"]
        page = finished(client, address)
        assert "It could not be done." in page
        assert "~undo" not in page
        assert "Priya" in client.get("/s/shop/customers").text


def test_it_is_stopped_by_whoever_began_it_and_seen_by_nobody_else(tmp_path: Path) -> None:
    with served(tmp_path, given=GIVEN) as nexus:
        client = signed_in(nexus)
        nexus.kernel.crew.queue.pause("actions")
        address = begun(client, do="delete", everything="1", expected="3", confirm="1")
        access = nexus.kernel.access
        owner = access.users.by_email("ada@example.com")
        assert owner is not None
        actor = access.actor_of_user(owner.id)
        assert actor is not None
        access.users.create("eve@example.com", password="a long password 2", roles=("editor",), by=actor)
        other = signed_in(nexus, "eve@example.com", "a long password 2")
        assert other.get(address).status_code == 404
        path = address.partition("?")[0]
        stopped = client.post(f"{path}/stop", data={"_csrf": csrf(client.get(address).text), "back": "/s/shop/orders"})
        assert "It was stopped before it was done" in stopped.text
        assert 'href="/s/shop/orders"' in stopped.text
        again = client.post(f"{path}/stop", data={"_csrf": csrf(stopped.text)})
        assert again.status_code == 409


def test_what_was_entered_is_sealed_in_the_queue(tmp_path: Path) -> None:
    with served(tmp_path, given=GIVEN) as nexus:
        client = signed_in(nexus)
        nexus.kernel.crew.queue.pause("actions")
        form = {"do": "edit", "everything": "1", "expected": "3", "field": "total", "value.total": "12345.25"}
        begun(client, **form, confirm="1")
        (job,) = nexus.kernel.crew.queue.jobs("actions")
        assert title_of(job.value) == "rows.update"
        assert b"12345" not in job.content.data
        assert_not_in_ledger(nexus, "12345")


def assert_not_in_ledger(nexus: Nexus, text: str) -> None:
    from nexus_admin.audit.query import AuditQuery

    found = nexus.kernel.ledger.find(AuditQuery(actions=("job.begin",), limit=5)).entries
    assert found
    assert all(text not in str(one.data) for one in found)


AFTER = """
from nexus_admin.sdk import Action, Nothing, Refused, hookimpl, job

@job("after.tell", title="Tell", queue="held")
def tell(job, data):
    return 1

def touch(unit, data):
    unit.rows().update(number=unit.rows().one()["number"] + "!")
    unit.enqueue("after.tell")
    if unit.target.key == "2":
        raise Refused("Not the second.")

@hookimpl
def nexus_jobs():
    return [tell]

@hookimpl
def nexus_actions():
    return [Action("after.touch", Nothing, touch, "Touch", resource="orders")]
"""


@pytest.mark.req("S002-QUEUE-18")
def test_a_job_that_a_change_of_rows_asks_for_is_there_after_the_commit_or_never(tmp_path: Path) -> None:
    plugin(tmp_path, "after", AFTER)
    with served(tmp_path, project=tmp_path) as nexus:
        queue = nexus.kernel.crew.queue
        queue.pause("held")
        system = Actor.system("test")
        with pytest.raises(Refused):
            nexus.kernel.perform(Call("after.touch", Target("shop", "orders", "2"), {}, system))
        nexus.kernel.state.flush()
        assert queue.jobs("held") == []
        nexus.kernel.perform(Call("after.touch", Target("shop", "orders", "1"), {}, system))
        nexus.kernel.state.flush()  # it is pushed with the closing of the entry, which nobody waits for
        (job,) = queue.jobs("held")
        assert job.note["actor"] == system.id


@pytest.mark.req("S002-QUEUE-18")
def test_a_job_survives_a_crash_right_after_the_commit_that_it_belongs_to(tmp_path: Path) -> None:
    plugin(tmp_path, "after", AFTER)
    with served(tmp_path, project=tmp_path) as nexus:
        nexus.kernel.crew.queue.pause("held")
        with patch.object(nexus.kernel.ledger, "close"):  # as if the process ended before it could close the entry
            nexus.kernel.perform(Call("after.touch", Target("shop", "orders", "1"), {}, Actor.system("test")))
        assert nexus.kernel.crew.queue.jobs("held") == []
        options = nexus.kernel.options
    again = Nexus(options=options)
    again.start()  # which settles what the crash left open
    (job,) = again.kernel.crew.queue.jobs("held")
    assert job.note["actor"] == Actor.system("test").id
    again.kernel.stop()


def test_two_changes_of_a_database_that_takes_one_write_at_a_time_wait_for_each_other(tmp_path: Path) -> None:
    with served(tmp_path, given=GIVEN) as nexus:
        client = signed_in(nexus)
        queue = nexus.kernel.crew.queue
        queue.pause("actions")
        form = {"do": "edit", "everything": "1", "expected": "3", "field": "total", "confirm": "1"}
        addresses = [begun(client, **form, **{"value.total": total}) for total in ("1.50", "2.50")]
        serials = {job.serial for job in queue.jobs("actions")}  # of those that share one, one runs at a time
        assert len(serials - {None}) == len(serials) == 1
        queue.resume("actions")
        assert ["3 rows changed." in finished(client, address) for address in addresses] == [True, True]


def test_why_it_could_not_be_done_is_written_before_anybody_can_see_that(tmp_path: Path) -> None:
    with served(tmp_path, given=GIVEN) as nexus:
        client, seen = signed_in(nexus), []
        queue = nexus.kernel.crew.queue
        real = queue.nack

        def nack(job: Job, *given: Any, **named: Any) -> Any:
            runs = nexus.kernel.state.read(lambda connection: runs_of(connection, job.id))
            seen.append([bool(one.error) for one in runs])
            return real(job, *given, **named)

        token = csrf(client.get("/s/shop/customers").text)
        form = {"_csrf": token, "do": "delete", "everything": "1", "expected": "2", "confirm": "1"}
        with patch.object(queue, "nack", nack):
            address = client.post("/s/shop/customers/~bulk", data=form, follow_redirects=False).headers["location"]
            assert "It could not be done." in finished(client, address)
        assert seen == [[True]]


NOW = datetime(2026, 11, 21, tzinfo=UTC)
DONE = RunRecord("j", 1, "rows.update", "actions", "ada", "done", NOW, NOW, result={"rows": 2}, entry="e")


@pytest.mark.parametrize(
    ("seen", "said", "over", "undo"),
    [
        ({"run": DONE}, "It was done before it could be stopped. 2 rows changed.", True, True),
        ({"run": replace(DONE, outcome="cancelled", result=None)}, "nothing was changed.", True, False),
        ({"run": None, "stopping": True}, "not known whether something was changed.", False, False),
        ({"run": None}, "nobody has said what became of it", True, False),
        ({"run": None, "begun": False}, "nothing was changed.", True, False),
    ],
)
def test_what_was_withdrawn_is_said_to_have_changed_nothing_only_where_that_is_known(
    seen: dict[str, Any], said: str, over: bool, undo: bool
) -> None:
    page = background_page(Background("j", "rows.update", "Edit", "cancelled", None, None, **seen), True)
    assert said in page.said
    assert (page.over, page.undo) == (over, undo)
