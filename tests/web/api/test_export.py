"""Exports: the rows of a list as a file, under the same rights, streamed."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.actions.exports.export import Exported
from nexus_admin.actions.exports.formats import safe_cell
from nexus_admin.domain.action import Call
from nexus_admin.domain.target import Target
from tests.web.api.world import PASSWORD, SYSTEM, add_dutch, served, with_token

EXPORT = "/api/v1/shop/orders/~export"


@pytest.fixture
def nexus(tmp_path: Path) -> Iterator[Nexus]:
    with served(tmp_path) as app:
        yield app


@pytest.fixture
def ada(nexus: Nexus) -> TestClient:
    return with_token(nexus)


def test_csv_has_the_rows_of_the_list_and_no_formulas(ada: TestClient) -> None:
    answer = ada.get(EXPORT, params={"sort": "id", "filter": "id:<3"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="orders.csv"' in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows == [
        ["id", "number", "customer_id", "total", "notes"],
        ["1", "A-1", "1", "481.85", ""],
        ["2", "A-2", "2", "79.42", "'=1+1"],
    ]
    raw = ada.get(EXPORT, params={"filter": "id:2", "safe": "false", "fields": "notes"})
    assert raw.text == "notes\r\n=1+1\r\n"


def test_json_comes_as_a_list_or_by_lines_with_fields_along_relations(ada: TestClient) -> None:
    asked = {"fields": "number,customer.country", "sort": "-id", "most": "2"}
    listed = ada.get(EXPORT, params={**asked, "format": "json"})
    assert listed.json() == [
        {"number": "A-3", "customer.country": "NL"},
        {"number": "A-2", "customer.country": "NL"},
    ]
    lines = ada.get(EXPORT, params={**asked, "format": "ndjson"}).text.splitlines()
    assert [json.loads(line) for line in lines] == listed.json()
    assert ada.get(EXPORT, params={"format": "json", "filter": "id:99"}).json() == []


def test_what_is_wrong_is_said_before_a_byte_is_sent(ada: TestClient) -> None:
    assert "Did you mean 'csv'?" in ada.get(EXPORT, params={"format": "cvs"}).json()["detail"]
    assert ada.get(EXPORT, params={"filter": "totl:>1"}).status_code == 400
    for name in ("after", "limit"):  # a file has all rows: what cuts a list into pages is refused, not passed over
        assert f"no parameter called '{name}'" in ada.get(EXPORT, params={name: "1"}).json()["detail"]


def test_rules_and_hidden_columns_hold_and_it_is_written_down(nexus: Nexus, ada: TestClient) -> None:
    bo = add_dutch(nexus)
    text = bo.get(EXPORT).text
    assert "A-2" in text
    assert "A-1" not in text
    assert "total" not in text
    assert bo.get(EXPORT, params={"fields": "total"}).status_code == 400
    assert bo.get("/api/v1/shop/customers/~export").status_code == 403
    entries = ada.get("/api/v1/audit", params={"action": "rows.export"}).json()["entries"]
    assert [one["outcome"] for one in entries] == ["denied", "invalid", "done"]


def test_people_export_from_the_list(nexus: Nexus) -> None:
    browser = TestClient(nexus)
    browser.post("/sign-in", data={"email": "ada@example.com", "password": PASSWORD})
    assert browser.get("/s/shop/orders/~export", params={"format": "csv"}).text.startswith("id,number")


def test_many_rows_come_page_by_page(nexus: Nexus, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute(
            "with recursive n(i) as (select 10 union all select i + 1 from n where i < 5009) "
            "insert into orders select i, 'N-' || i, 1, i, null from n"
        )
    call = Call("rows.export", Target("shop", "orders"), {"format": "ndjson"}, SYSTEM)
    found: Exported = nexus.kernel.perform(call)
    sizes = [chunk.count(b"\n") for chunk in found.chunks]
    assert sum(sizes) == 5003
    assert max(sizes) <= 500


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"), ("-1", "-1"),
        ("-2+3", "'-2+3"), ("+49 30 1234", "'+49 30 1234"), ("-12.50", "-12.50"), ("\t=1", "'\t=1"),
        ("  =1", "'  =1"), ("-", "'-"), ("plain", "plain"), ("", ""), ("1e5", "1e5"), ("%0A", "'%0A"),
    ],
)  # fmt: skip
def test_no_cell_is_a_formula(cell: str, written: str) -> None:
    assert safe_cell(cell) == written
