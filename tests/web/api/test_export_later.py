"""Exports that a worker writes: one's own, with the rights of each moment, whole or not at all, and for a while."""

from __future__ import annotations

import csv
import io
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.actions.exports import parts as export_parts
from nexus_admin.actions.exports.later import MOST
from nexus_admin.domain.role import Grant
from nexus_admin.state.tables.exports import export, export_part
from tests.web.api.world import (
    SYSTEM,
    add_dutch,
    add_role,
    add_user,
    served,
    user_id,
    with_token,
)

EXPORTS = "/api/v1/shop/orders/~exports"
HELD = "actions"


@pytest.fixture
def nexus(tmp_path: Path) -> Iterator[Nexus]:
    with served(tmp_path) as app:
        yield app


@pytest.fixture
def ada(nexus: Nexus) -> TestClient:
    return with_token(nexus)


def begun(client: TestClient, asked: dict[str, Any] | None = None) -> str:
    """Ask for an export, and return its address."""
    answer = client.post(EXPORTS, json=asked or {})
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == answer.json()["links"]["self"]
    return str(answer.headers["location"])


def ended(client: TestClient, address: str) -> dict[str, Any]:
    """Look until nothing more comes, and return what it came to."""
    end = time.monotonic() + 60
    while (told := client.get(address).json())["state"] in ("waiting", "running"):
        assert time.monotonic() < end, told
        time.sleep(0.05)
    return dict(told)


def kept(nexus: Nexus) -> int:
    """Return how many parts of files there are."""
    count = sa.select(sa.func.count()).select_from(export_part)
    return int(nexus.kernel.state.read(lambda connection: connection.execute(count).scalar_one()))


def many_orders(folder: Path, count: int) -> None:
    with sqlite3.connect(folder / "shop.db") as connection:
        connection.execute(
            "with recursive n(i) as (select 10 union all select i + 1 from n where i < ?) "
            "insert into orders select i, 'N-' || i || hex(randomblob(60)), 1, i, null from n", (count + 9,),
        )  # fmt: skip


def test_a_file_is_asked_for_followed_and_downloaded(nexus: Nexus, ada: TestClient) -> None:
    address = begun(ada, {"filter": "id:<3", "sort": "id", "fields": "id,number,notes"})
    told = ended(ada, address)
    assert (told["state"], told["rows"], told["error"]) == ("done", 2, "")
    answer = ada.get(told["links"]["file"])
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-length"] == str(told["bytes"]) == str(len(answer.content))
    assert answer.headers["cache-control"] == "no-store"
    assert f'filename="{told["name"]}"' in answer.headers["content-disposition"]
    assert told["name"].startswith("orders-")
    assert list(csv.reader(io.StringIO(answer.text))) == [
        ["id", "number", "notes"], ["1", "A-1", ""], ["2", "A-2", "'=1+1"],
    ]  # fmt: skip
    assert [one["id"] for one in ada.get(EXPORTS).json()["exports"]] == [told["id"]]


def test_it_is_the_same_file_as_at_once_in_every_format_also_where_it_is_empty(ada: TestClient) -> None:
    for format in ("csv", "json", "ndjson"):
        for filter in ("id:>0", "id:99"):
            asked = {"format": format, "filter": filter, "sort": "-id"}
            told = ended(ada, begun(ada, asked))
            at_once = ada.get("/api/v1/shop/orders/~export", params=asked)
            assert ada.get(told["links"]["file"]).content == at_once.content
            ada.delete(told["links"]["self"])
    raw = ended(ada, begun(ada, {"filter": "id:2", "safe": False, "fields": "notes", "most": 1}))
    assert ada.get(raw["links"]["file"]).text == "notes\r\n=1+1\r\n"


def test_what_is_wrong_is_said_before_anything_is_begun(nexus: Nexus, ada: TestClient) -> None:
    for asked, status in (
        ({"format": "cvs"}, 400), ({"filter": "totl:>1"}, 400), ({"fields": "nothing"}, 400), ({"offset": 3}, 400),
        ({"limit": 3}, 400), ({"most": 0}, 422), ({"colour": "red"}, 422),
    ):  # fmt: skip
        assert ada.post(EXPORTS, json=asked).status_code == status, asked
    assert ada.get(EXPORTS).json() == {"exports": []}
    add_user(nexus, "vi@example.com", "viewer")
    assert with_token(nexus, "vi@example.com").post(EXPORTS, json={}).status_code == 403


def test_nobody_else_sees_it_and_a_file_has_no_other_address(nexus: Nexus, ada: TestClient) -> None:
    told = ended(ada, begun(ada))
    assert len(told["id"]) == 32
    add_user(nexus, "otto@example.com", "owner")
    other = with_token(nexus, "otto@example.com")
    for path in (told["links"]["self"], told["links"]["file"]):
        assert other.get(path).status_code == 404
    assert other.delete(told["links"]["self"]).status_code == 404
    assert other.get(EXPORTS).json() == {"exports": []}
    assert TestClient(nexus).get(told["links"]["file"]).status_code == 401
    assert ada.get(f"/api/v1/shop/customers/~exports/{told['id']}/file").status_code == 404
    assert ada.get(f"{EXPORTS}/{'0' * 32}/file").status_code == 404
    assert ada.get(told["links"]["file"]).status_code == 200


def test_rules_and_hidden_columns_hold_in_it(nexus: Nexus) -> None:
    bo = add_dutch(nexus)
    told = ended(bo, begun(bo, {"fields": ""}))
    text = bo.get(told["links"]["file"]).text
    assert "A-2" in text
    assert "A-1" not in text
    assert "total" not in text
    assert bo.post(EXPORTS, json={"fields": "total"}).status_code == 400


def dutch(country: str = "NL", total: str = "hidden", **customers: Any) -> tuple[Grant, ...]:
    """Return what bo's role grants."""
    rule = {"field": "customer.country", "op": "eq", "value": country}
    names = ("row.list", "row.read", "rows.export")
    fields: Any = {"total": total}
    grants = [Grant(source="shop", resource="orders", action=name, rows=rule, fields=fields) for name in names]
    return (*grants, Grant(source="shop", resource="customers", action="row.list", **customers))


@pytest.mark.parametrize(
    "grants",
    [
        dutch(country="IN"),
        dutch(total="masked"),
        dutch(fields={"name": "hidden"}),
        dutch(rows={"field": "id", "op": "eq", "value": 1}),
        dutch()[:2],
        dutch()[3:],
    ],
    ids=["other rows", "other columns", "a far column", "far rows", "no export any more", "not the table any more"],
)
def test_a_right_lost_between_start_and_download_withholds_the_file(nexus: Nexus, grants: tuple[Grant, ...]) -> None:
    add_role(nexus, "dutch", *dutch())
    add_user(nexus, "bo@example.com", "dutch")
    bo = with_token(nexus, "bo@example.com")
    told = ended(bo, begun(bo, {"fields": "number,customer.name"}))
    assert bo.get(told["links"]["file"]).status_code == 200
    add_role(nexus, "dutch", *grants)
    answer = bo.get(f"{told['links']['self']}/file")
    assert answer.status_code in (403, 404), answer.text
    assert "A-2" not in answer.text
    seen = bo.get(told["links"]["self"])
    if seen.status_code == 200:  # who may still export the table reads why
        assert (seen.json()["state"], seen.json()["links"]["file"]) == ("withheld", None)
    else:
        assert seen.status_code == answer.status_code
    add_role(nexus, "dutch", *dutch())
    assert "A-2" in bo.get(f"{told['links']['self']}/file").text


def test_what_a_rule_means_for_me_is_part_of_the_right(nexus: Nexus) -> None:
    rule = {"field": "customer.country", "op": "eq", "value": {"var": "me.country"}}
    names = ("row.list", "row.read", "rows.export")
    add_role(nexus, "local", *(Grant(source="shop", resource="orders", action=name, rows=rule) for name in names),
             Grant(source="shop", resource="customers", action="row.list"))  # fmt: skip
    add_user(nexus, "bo@example.com", "local")
    users, bo_id = nexus.kernel.access.users, user_id(nexus, "bo@example.com")
    users.set_attributes(bo_id, {"country": "NL"}, by=SYSTEM)
    bo = with_token(nexus, "bo@example.com")
    told = ended(bo, begun(bo))
    assert bo.get(told["links"]["file"]).status_code == 200
    users.set_attributes(bo_id, {"country": "IN"}, by=SYSTEM)
    assert bo.get(told["links"]["file"]).status_code == 403


def test_a_right_lost_before_it_is_written_leaves_no_file(nexus: Nexus) -> None:
    add_role(nexus, "dutch", *dutch())
    add_user(nexus, "bo@example.com", "dutch")
    bo = with_token(nexus, "bo@example.com")
    nexus.kernel.crew.queue.pause(HELD)
    address = begun(bo)
    assert bo.get(address).json()["state"] == "waiting"
    add_role(nexus, "dutch", *dutch()[:2])
    nexus.kernel.crew.queue.resume(HELD)
    end = time.monotonic() + 60
    while nexus.kernel.crew.queue.jobs(HELD)[0].state != "dead":
        assert time.monotonic() < end
        time.sleep(0.05)
    assert bo.get(address).status_code == 403
    add_role(nexus, "dutch", *dutch())
    told = ended(bo, address)
    assert told["state"] == "failed"
    assert "may not export.write on shop/orders" in told["error"]
    assert kept(nexus) == 0


def test_it_is_narrowed_as_the_asker_is_when_it_is_written(nexus: Nexus) -> None:
    add_role(nexus, "dutch", *dutch())
    add_user(nexus, "bo@example.com", "dutch")
    bo = with_token(nexus, "bo@example.com")
    nexus.kernel.crew.queue.pause(HELD)
    address = begun(bo)
    add_role(nexus, "dutch", *dutch(country="IN"))
    nexus.kernel.crew.queue.resume(HELD)
    told = ended(bo, address)
    assert "A-1" in bo.get(told["links"]["file"]).text
    assert "A-2" not in bo.get(told["links"]["file"]).text


def test_it_is_stopped_before_it_begins_and_deleted_when_it_is_done(nexus: Nexus, ada: TestClient) -> None:
    nexus.kernel.crew.queue.pause(HELD)
    address = begun(ada)
    assert ada.get(f"{address}/file").status_code == 409
    assert ada.delete(address).status_code == 204
    assert ada.get(address).json()["state"] == "cancelled"
    nexus.kernel.crew.queue.resume(HELD)
    assert ada.delete(address).status_code == 204
    assert ada.get(address).status_code == 404
    told = ended(ada, begun(ada))
    assert kept(nexus) == 1
    assert ada.delete(told["links"]["self"]).status_code == 204
    assert kept(nexus) == 0
    assert ada.get(told["links"]["file"]).status_code == 404


def test_one_that_is_being_written_is_stopped_and_leaves_nothing(nexus: Nexus, ada: TestClient, tmp_path: Path) -> None:
    many_orders(tmp_path, 6000)
    real, addresses = export_parts.Parts.add, []

    def add(self: Any, chunk: bytes) -> None:
        real(self, chunk)
        if self.count == 2 and addresses:
            assert ada.get(addresses[0]).json()["state"] == "running"
            assert ada.get(f"{addresses[0]}/file").status_code == 409
            ada.delete(addresses.pop())

    with patch.object(export_parts, "PART", 50_000), patch.object(export_parts.Parts, "add", add):
        nexus.kernel.crew.queue.pause(HELD)
        address = begun(ada)
        addresses.append(address)
        nexus.kernel.crew.queue.resume(HELD)
        assert ended(ada, address)["state"] == "cancelled"
        end = time.monotonic() + 30
        while nexus.kernel.crew.worker and nexus.kernel.crew.worker.running():
            assert time.monotonic() < end
            time.sleep(0.05)
    assert kept(nexus) == 0


def test_many_rows_are_kept_in_parts_that_nobody_reads_without_the_key(
    nexus: Nexus, ada: TestClient, tmp_path: Path
) -> None:
    many_orders(tmp_path, 6000)
    with patch.object(export_parts, "PART", 50_000):
        told = ended(ada, begun(ada, {"format": "ndjson"}))
    assert told["rows"] == 6003
    assert kept(nexus) > 5
    assert len(ada.get(told["links"]["file"]).text.splitlines()) == 6003
    found = nexus.kernel.state.read(
        lambda connection: connection.execute(sa.select(export_part.c.data)).scalars().all()
    )
    assert all(one.startswith(b"nx1") and b"N-10" not in one for one in found)


def test_whoever_changes_rows_never_waits_for_it(nexus: Nexus, ada: TestClient, tmp_path: Path) -> None:
    many_orders(tmp_path, 6000)
    real, locked = export_parts.Parts.add, []

    def add(self: Any, chunk: bytes) -> None:
        real(self, chunk)
        with sqlite3.connect(tmp_path / "shop.db", timeout=0, isolation_level=None) as other:
            other.execute("begin exclusive")  # which nobody gets while somebody reads
            locked.append(other.execute("select count(*) from orders").fetchone()[0])
            other.execute("rollback")

    with patch.object(export_parts.Parts, "add", add):
        assert ended(ada, begun(ada))["state"] == "done"
    assert len(locked) > 10


def test_its_time_ends_and_the_file_with_it(nexus: Nexus, ada: TestClient) -> None:
    from nexus_admin.actions.exports.records import forget

    told = ended(ada, begun(ada))
    past = datetime.now(UTC) - timedelta(seconds=1)
    state = nexus.kernel.state
    state.write(lambda connection: connection.execute(export.update().values(expires_at=past)))
    assert ada.get(told["links"]["file"]).status_code == 404
    assert "time was over" in ada.get(f"{told['links']['self']}/file").json()["detail"]
    assert ada.get(told["links"]["self"]).json()["state"] == "expired"
    assert state.write(forget) == 1
    assert kept(nexus) == 0
    week = {"ended_at": past - timedelta(days=8), "asked_at": past - timedelta(days=8)}
    state.write(lambda connection: connection.execute(export.update().values(**week)))
    state.write(forget)
    assert ada.get(told["links"]["self"]).status_code == 404


def test_how_long_it_is_kept_is_a_setting(tmp_path: Path) -> None:
    with served(tmp_path, **{"exports.keep_hours": 2.0}) as app:
        ada = with_token(app)
        told = ended(ada, begun(ada))
        kept_for = datetime.fromisoformat(told["expires_at"]) - datetime.fromisoformat(told["ended_at"])
        assert kept_for == timedelta(hours=2)


def test_a_file_that_becomes_too_large_is_given_up_and_says_so(tmp_path: Path) -> None:
    with served(tmp_path, **{"exports.most_megabytes": 1}) as app:
        many_orders(tmp_path, 12_000)
        ada = with_token(app)
        told = ended(ada, begun(ada))
        assert told["state"] == "failed"
        assert "larger than 1 MB, which exports.most_megabytes allows" in told["error"]
        assert kept(app) == 0


def test_the_last_of_the_disk_is_spared(nexus: Nexus, ada: TestClient) -> None:
    with patch("shutil.disk_usage") as usage:
        usage.return_value.free = 7_000_000
        told = ended(ada, begun(ada))
    assert told["state"] == "failed"
    assert "disk of our own state is full: 7 MB are left" in told["error"]
    assert kept(nexus) == 0


def test_a_state_that_is_full_says_so_plainly(nexus: Nexus, ada: TestClient, tmp_path: Path) -> None:
    many_orders(tmp_path, 12_000)
    state = nexus.kernel.state

    def pages(most: int | None) -> None:
        def work(connection: sa.Connection) -> None:
            now = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {now + most if most is not None else 2**30}")

        state.write(work)

    with patch.object(export_parts, "PART", 50_000):
        pages(100)
        told = ended(ada, begun(ada))
        pages(None)
    assert told["state"] == "failed"
    assert "disk of our own state is full" in told["error"]
    assert kept(nexus) == 0
    assert ended(ada, begun(ada, {"filter": "id:<9"}))["state"] == "done"


def test_nobody_has_more_than_some_at_a_time(nexus: Nexus, ada: TestClient) -> None:
    nexus.kernel.crew.queue.pause(HELD)
    addresses = [begun(ada) for _ in range(MOST)]
    answer = ada.post(EXPORTS, json={})
    assert answer.status_code == 409
    assert "Delete one of them first" in answer.json()["detail"]
    ada.delete(addresses[0])
    begun(ada)


def test_the_audit_says_who_exported_what_at_the_start_and_at_the_end(nexus: Nexus, ada: TestClient) -> None:
    told = ended(ada, begun(ada, {"filter": "id:<3", "fields": "number,total"}))
    ada.get(told["links"]["file"])

    def entries(action: str) -> list[dict[str, Any]]:
        return list(ada.get("/api/v1/audit", params={"action": action}).json()["entries"])

    (start,), (row,), (end,), (fetched,) = map(entries, ("export.begin", "rows.export", "export.write", "export.fetch"))
    assert {one["actor"]["name"] for one in (start, row, end, fetched)} == {start["actor"]["name"]}
    assert {one["outcome"] for one in (start, row, end, fetched)} == {"done"}
    assert (start["source"], start["resource"]) == ("shop", "orders")
    assert start["data"]["filter"] == row["data"]["filter"] == "id:<3"
    assert start["data"]["fields"] == row["data"]["fields"] == "number,total"
    assert row["parent"] == end["id"]
    assert end["detail"] == f"shop/orders as CSV: 2 rows, {told['bytes']} bytes. Columns: number, total."
    assert "2 rows" in fetched["detail"]
