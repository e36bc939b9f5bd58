"""Rows over HTTP, for programs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.domain.role import Grant
from tests.web.api.world import add_dutch, add_role, add_user, served, with_token

ORDERS = "/api/v1/shop/orders"


@pytest.fixture
def nexus(tmp_path: Path) -> Iterator[Nexus]:
    with served(tmp_path) as app:
        yield app


@pytest.fixture
def ada(nexus: Nexus) -> TestClient:
    return with_token(nexus)


@pytest.mark.req("S003-CRUD-07")
def test_a_list_comes_by_pages_with_links(ada: TestClient) -> None:
    first = ada.get(ORDERS, params={"sort": "-total", "limit": 2, "fields": "number,total", "count": "exact"}).json()
    assert first["rows"] == [{"number": "A-1", "total": "481.85"}, {"number": "A-2", "total": "79.42"}]
    assert first["keys"] == ["1", "2"]
    assert first["count"] == {"value": 3, "how": "exact"}
    second = ada.get(first["links"]["next"]).json()
    assert [row["number"] for row in second["rows"]] == ["A-3"]
    assert second["next"] is None
    back = ada.get(second["links"]["previous"]).json()
    assert back["rows"] == first["rows"]


def test_a_filter_is_text_or_json_and_a_bad_one_is_named(ada: TestClient) -> None:
    text = ada.get(ORDERS, params={"filter": "customer.country:IN"}).json()
    assert [row["number"] for row in text["rows"]] == ["A-1"]
    json = ada.get(ORDERS, params={"filter": '{"field": "total", "op": "gt", "value": 100}'}).json()
    assert json["rows"] == text["rows"]
    bad = ada.get(ORDERS, params={"filter": "totl:>1"})
    assert bad.status_code == 400
    assert bad.headers["content-type"] == "application/problem+json"
    assert "Did you mean 'total'?" in bad.json()["detail"]


@pytest.mark.parametrize(
    ("part", "title"),
    [
        ("filter", "The filter cannot be understood"),
        ("fields", "The fields cannot be understood"),
        ("sort", "The sorting cannot be understood"),
        ("expand", "What to expand cannot be understood"),
    ],
)
def test_what_cannot_be_understood_is_called_by_its_part(ada: TestClient, part: str, title: str) -> None:
    bad = ada.get(ORDERS, params={part: "totl:1" if part == "filter" else "totl"})
    assert (bad.status_code, bad.json()["title"]) == (400, title)
    assert "Did you mean 'total'?" in bad.json()["detail"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("fliter=customer.country:IN", "There is no parameter called 'fliter' here. Did you mean 'filter'?"),
        ("zzz=1", "There are: filter, search, sort, fields, expand, limit, after, offset, count."),
        ("filter=customer.country:IN&filter=total:>1", "`filter` is given more than once. Say it once."),
    ],
)
def test_a_part_that_nobody_knows_never_gives_more_rows(ada: TestClient, query: str, said: str) -> None:
    bad = ada.get(f"{ORDERS}?{query}")
    assert bad.status_code == 400
    assert bad.json()["detail"].endswith(said)


def test_a_limit_that_is_none_is_answered_in_a_sentence(ada: TestClient) -> None:
    assert ada.get(ORDERS, params={"limit": "abc"}).json()["errors"] == {"limit": "Needs a whole number."}
    assert ada.get(ORDERS, params={"limit": "0"}).json()["errors"] == {"limit": "May not be below 1."}


@pytest.mark.parametrize("rule", ["", "on delete restrict"])
def test_a_row_that_others_hold_names_their_table_to_whoever_may_know_of_it(tmp_path: Path, rule: str) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.executescript(
            f"create table notes (id integer primary key, customer_id integer references customers {rule});"
            "insert into notes values (1, 1);"
        )
    with served(tmp_path) as app:
        detail = with_token(app).delete("/api/v1/shop/customers/1").json()["detail"]
        assert detail == "This customer is still used by rows of Notes and Orders, so nothing was changed."
        may = [Grant(resource="customers", action=action) for action in ("row.list", "row.read", "row.delete")]
        add_role(app, "clerk", *may)
        add_user(app, "cy@example.com", "clerk")
        told = with_token(app, "cy@example.com").delete("/api/v1/shop/customers/1").json()["detail"]
        assert told == "This customer is still used by other rows, so nothing was changed."


def test_related_rows_are_sent_along(ada: TestClient) -> None:
    listed = ada.get(ORDERS, params={"expand": "customer", "sort": "id"}).json()
    assert [row["customer"]["country"] for row in listed["rows"]] == ["IN", "NL", "NL"]
    one = ada.get("/api/v1/shop/customers/2", params={"expand": "orders"}).json()
    assert [row["number"] for row in one["orders"]["rows"]] == ["A-2", "A-3"]
    assert ada.get(ORDERS, params={"expand": "customr"}).status_code == 400
    few = ada.get(ORDERS, params={"fields": "number", "expand": "customer", "sort": "id"}).json()["rows"]
    assert [list(row) for row in few] == [["number", "customer"]] * 3, "what it hangs on is fetched, and not sent"
    assert few[0]["customer"]["country"] == "IN"


def test_a_row_is_made_read_changed_and_deleted(ada: TestClient) -> None:
    made = ada.post(ORDERS, json={"number": "A-9", "customer_id": 1, "total": "10.50"})
    assert made.status_code == 201
    assert made.headers["nexus-entry"]
    where, tag = made.headers["location"], made.headers["etag"]
    assert where == f"{ORDERS}/4"
    assert made.json()["total"] == "10.50"
    assert ada.get(where).headers["etag"] == tag
    assert ada.get(where, headers={"If-None-Match": tag}).status_code == 304
    changed = ada.patch(where, json={"total": 11.25}, headers={"If-Match": tag})
    assert changed.json()["total"] == "11.25"
    late = ada.patch(where, json={"total": 12}, headers={"If-Match": tag})
    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    assert ada.delete(where, headers={"If-Match": tag}).status_code == 412
    assert ada.get(where).status_code == 200
    assert ada.delete(where, headers={"If-Match": changed.headers["etag"]}).status_code == 204
    assert ada.get(where).status_code == 404


def test_what_does_not_fit_is_said_field_by_field(ada: TestClient) -> None:
    answer = ada.post(ORDERS, json={"number": "A-1", "customer_id": "x", "total": -1, "colour": "red"})
    assert answer.status_code == 422
    assert "colour" in answer.json()["errors"]
    answer = ada.post(ORDERS, json={"number": "B-1", "customer_id": "x", "total": 1})
    assert list(answer.json()["errors"]) == ["customer_id"]
    answer = ada.post(ORDERS, json={"number": "A-1", "customer_id": 1, "total": 1})
    assert list(answer.json()["errors"]) == ["number"]


def test_history_tells_who_changed_what(ada: TestClient) -> None:
    ada.patch(f"{ORDERS}/2", json={"number": "B-2"})
    ada.patch(f"{ORDERS}/2", json={"number": "C-2"})
    page = ada.get(f"{ORDERS}/2/history", params={"limit": 1}).json()
    (newest,) = page["changes"]
    assert (newest["before"]["number"], newest["after"]["number"]) == ("B-2", "C-2")
    assert newest["fields"] == ["number"]
    assert newest["via"] == "rest"
    (older,) = ada.get(page["links"]["next"]).json()["changes"]
    assert older["before"]["number"] == "A-2"


def test_odd_names_and_keys_are_reached(ada: TestClient) -> None:
    table = "/api/v1/shop/odd~2C~20names"
    keys = ada.get(table, params={"sort": "`c,d.e`"}).json()["keys"]
    assert keys == ["~6Eew", "a~2Fb~2Cc~7Ed", "~E"]
    for key, value in zip(keys, ("new", "a/b,c~d", ""), strict=True):
        assert ada.get(f"{table}/{key}").json()["a/b"] == value
    assert ada.patch(f"{table}/{keys[1]}", json={"c,d.e": 7}).json()["c,d.e"] == 7
    assert ada.get(f"{table}/{keys[1]}", params={"fields": "`c,d.e`"}).json() == {"c,d.e": 7}


def test_fewer_rights_see_fewer_rows_and_fields(nexus: Nexus) -> None:
    bo = add_dutch(nexus)
    page = bo.get(ORDERS, params={"count": "exact", "expand": "customer"}).json()
    assert [row["number"] for row in page["rows"]] == ["A-2", "A-3"]
    assert all("total" not in row for row in page["rows"])
    assert page["count"]["value"] == 2
    assert page["rows"][0]["customer"]["email"] == "i•••@example.com"
    assert bo.get(f"{ORDERS}/1").status_code == 404
    assert bo.get(f"{ORDERS}/1/history").status_code == 404
    assert bo.get(ORDERS, params={"filter": "total:>1"}).status_code == 400
    assert bo.get(ORDERS, params={"sort": "total"}).status_code == 400
    assert bo.get(ORDERS, params={"fields": "total"}).status_code == 400
    assert bo.get(f"{ORDERS}/2", params={"fields": "total"}).status_code == 400
    assert bo.get("/api/v1/shop/customers", params={"filter": "email:ilse@example.com"}).status_code == 400
    assert bo.patch(f"{ORDERS}/2", json={"total": 1}).status_code == 422
    assert bo.post(ORDERS, json={}).status_code == 403
    assert bo.delete(f"{ORDERS}/2").status_code == 403


def test_a_source_that_takes_no_writes_says_so(tmp_path: Path) -> None:
    with served(tmp_path, writes=False) as app:
        answer = with_token(app).patch(f"{ORDERS}/1", json={"number": "Z"})
    assert (answer.status_code, answer.json()["code"]) == (403, "read_only")


def test_versions_can_be_asked_for(tmp_path: Path) -> None:
    with served(tmp_path, **{"api.require_if_match": True}) as app:
        ada = with_token(app)
        assert ada.patch(f"{ORDERS}/1", json={"number": "Z"}).status_code == 428
        assert ada.patch(f"{ORDERS}/1", json={"number": "Z"}, headers={"If-Match": "*"}).status_code == 200
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        assert connection.execute("select number from orders where id = 1").fetchone() == ("Z",)


def test_what_was_unsure_is_told_to_those_who_manage_sources(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("create view broken as select * from nowhere")
    with served(tmp_path) as app:
        assert any("broken" in said for said in with_token(app).get("/api/v1/shop").json()["unsure"])
        assert add_dutch(app).get("/api/v1/shop").json()["unsure"] == []
