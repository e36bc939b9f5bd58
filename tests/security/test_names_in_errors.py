"""What the database says of a write or a deletion names no table and no column that somebody may not know of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from nexus_admin import Nexus
from nexus_admin.domain.role import Grant
from tests.security.world import ON_ROWS, Browser, add_role, add_user
from tests.web.world import served

TABLES = """
create table people (id integer primary key, name varchar(40) not null,
  secretcode varchar(40) unique, secretpay integer default 1,
  constraint pay_fits check (secretpay > 0), constraint secretcode_fits check (name <> 'bad' or secretcode is null));
create table confidential (id integer primary key, person_id integer not null references people(id));
create table vault_items (id integer primary key, person_id integer references people(id) on delete cascade);
create table strict_ones (id integer primary key, label varchar(20), secretneed varchar(20) not null);
insert into people values (1, 'Amelie', 'c1', 5), (2, 'Bruno', 'c2', 6), (3, 'Carla', 'c3', 7);
insert into confidential values (1, 1);
insert into vault_items values (1, 2);
"""
NOT_TOLD = ("confidential", "vault", "secret")


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Nexus]:
    urls = {"postgresql": "new_postgres_url", "mariadb": "new_mariadb_url"}
    more, script = {}, TABLES
    if request.param in urls:
        url, script = request.getfixturevalue(urls[request.param]), ""
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            for statement in TABLES.split(";\n"):
                if statement.strip():
                    connection.exec_driver_sql(statement)
        engine.dispose()
        more = {"urls": (("shop", url),), "patience": 60.0}
    with served(tmp_path, script, **more) as app:
        yield app


@pytest.fixture
def ada(app: Nexus) -> Browser:
    return Browser(app, "ada@example.com")


@pytest.fixture
def bo(app: Nexus) -> Browser:
    hidden = {"people": {"secretcode": "hidden", "secretpay": "hidden"}, "strict_ones": {"secretneed": "hidden"}}
    grants = [
        Grant(source="shop", resource=name, action=action, fields=fields)
        for name, fields in hidden.items()
        for action in ON_ROWS
    ]
    add_role(app, "clerk", *grants)
    add_user(app, "bo@example.com", "clerk")
    return Browser(app, "bo@example.com")


def assert_quiet(*texts: str) -> None:
    for text in texts:
        assert not [one for one in NOT_TOLD if one in text.casefold()], text[:600]


def test_what_stands_in_the_way_of_a_deletion_is_not_named(bo: Browser) -> None:
    refused = bo.api("DELETE", "/shop/people/1")
    assert refused.status_code == 409
    page = bo.get("/s/shop/people/1/delete")
    assert "Other rows" in page.text
    assert_quiet(refused.text, page.text, bo.post("/s/shop/people/1/delete").text)


def test_what_would_go_along_is_not_named(bo: Browser) -> None:
    refused = bo.api("DELETE", "/shop/people/2")
    assert refused.status_code == 403
    many = bo.post("/s/shop/people/~bulk", **{"keys": "2", "do": "delete", "confirm": "1"})
    assert_quiet(refused.text, bo.get("/s/shop/people/2/delete").text, many.text)


def test_a_rule_on_a_hidden_column_is_not_named(bo: Browser) -> None:
    answer = bo.api("PATCH", "/shop/people/1", {"name": "bad"})
    assert answer.status_code == 422
    assert "a rule of the table" in answer.text
    assert_quiet(answer.text, bo.post("/s/shop/people/1/edit", **{"value.name": "bad", "was.name": "Amelie"}).text)


def test_a_needed_column_that_is_hidden_is_not_named(bo: Browser) -> None:
    answer = bo.api("POST", "/shop/strict_ones", {"id": 1, "label": "x"})
    assert answer.status_code == 422
    assert_quiet(answer.text, bo.post("/s/shop/strict_ones/new", **{"value.id": "1", "value.label": "x"}).text)


@pytest.mark.parametrize(("name", "code"), [("secretcode", "c2"), ("secretpay", "-1"), ("zzqqxx", "1")])
def test_a_hidden_column_cannot_be_written_and_is_not_there(bo: Browser, name: str, code: str) -> None:
    answers = [
        bo.api("PATCH", "/shop/people/1", {name: code}),
        bo.api("POST", "/shop/people", {"id": 9, "name": "Nia", name: code}),
    ]
    for answer in answers:
        assert answer.status_code == 422
        assert answer.json()["errors"] == {name: "There is no such field."}
    bo.post("/s/shop/people/1/edit", **{f"value.{name}": code, "value.name": "Amelie", "was.name": "Amelie"})


def test_who_may_see_all_is_told_all(ada: Browser) -> None:
    assert "Confidential" in ada.get("/s/shop/people/1/delete").text
    assert "secretcode_fits" in ada.api("PATCH", "/shop/people/1", {"name": "bad"}).text
    assert "secretneed" in ada.api("POST", "/shop/strict_ones", {"id": 1}).json()["errors"]
