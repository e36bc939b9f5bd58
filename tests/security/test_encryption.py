"""Columns that are encrypted at rest: no plain value in the database file, all of it as before for who may read."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from nexus_admin import Nexus
from nexus_admin.data.overlays.overlay import apply
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import BadExpression, BadRequest, Forbidden, Invalid, SettingError
from nexus_admin.domain.role import Grant
from nexus_admin.domain.row import Unreadable, Unsealed
from nexus_admin.domain.target import Target
from nexus_admin.kernel.options import Options
from tests.security.world import SYSTEM, Browser, add_role, add_user
from tests.web.world import PASSWORD, noted

FILE = """
[fields.email]
encrypted = true
searchable = true
[fields.note]
encrypted = true
"""
TABLES = (
    "create table people (id integer primary key, name varchar(80), email varchar(400), email_bidx varchar(64), "
    "note text, code varchar(40), land varchar(200))",
    "insert into people (id, name, email, note) values (1, 'Old', 'old@plain.example', 'written before')",
)
SECRET = "ann@secret.example"
PEOPLE = Target("shop", "people")


@contextmanager
def served(folder: Path, url: str = "") -> Iterator[Nexus]:
    engine = sa.create_engine(url or f"sqlite:///{folder / 'shop.db'}")
    with engine.begin() as connection:
        for statement in TABLES:
            connection.exec_driver_sql(statement)
    engine.dispose()
    (folder / "resources/shop").mkdir(parents=True)
    (folder / "resources/shop/people.toml").write_text(FILE)
    options = Options(
        folder, (("shop", url or str(folder / "shop.db")),), str(folder / "nexus.db"), allow_writes=True, environ={}
    )
    app = Nexus(options=options)
    app.start()
    app.kernel.access.users.create("ada@example.com", password=PASSWORD, roles=("owner",), by=SYSTEM)
    yield app
    app.kernel.stop()


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Nexus]:
    with served(tmp_path) as nexus:
        yield nexus


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Nexus]:
    fixture = {"postgresql": "new_postgres_url", "mariadb": "new_mariadb_url"}.get(request.param)
    with served(tmp_path, request.getfixturevalue(fixture) if fixture else "") as nexus:
        yield nexus


def do(app: Nexus, action: str, key: int | None = None, by: Actor | None = None, **data: Any) -> Any:
    return app.kernel.perform(
        Call(action, replace(PEOPLE, key=None if key is None else str(key)), data, by or owner(app))
    )


def owner(app: Nexus) -> Actor:
    return Actor.system("test")


def raw(app: Nexus, column: str, key: int) -> Any:
    """Return what another program finds in the database."""
    with app.kernel.sources.get("shop").read() as connection:
        return connection.exec_driver_sql(f"select {column} from people where id = {key}").scalar_one()


def write(app: Nexus, statement: str) -> None:
    """Write as another program does."""
    with app.kernel.sources.get("shop").write() as connection:
        connection.exec_driver_sql(statement)


def found(app: Nexus, filter: Any) -> list[int]:
    return [row["id"] for row in do(app, "row.list", filter=filter).page.rows]


@pytest.mark.req("S003-SEC-11")
def test_a_value_is_written_encrypted_and_read_in_the_clear_on_every_engine(anywhere: Nexus) -> None:
    do(anywhere, "row.create", values={"id": 2, "name": "Ann", "email": SECRET, "note": "größer"})
    assert raw(anywhere, "email", 2).startswith("nxe1.")
    assert SECRET not in raw(anywhere, "email", 2)
    assert len(raw(anywhere, "email_bidx", 2)) == 32
    row = do(anywhere, "row.read", 2).row
    assert (row["email"], row["note"]) == (SECRET, "größer")
    assert "email_bidx" not in row
    do(anywhere, "row.update", 2, values={"email": "new@secret.example", "note": ""})
    assert do(anywhere, "row.read", 2).row["email"] == "new@secret.example"
    assert found(anywhere, "email:new@secret.example") == [2]
    assert found(anywhere, f"email:{SECRET}") == []
    do(anywhere, "row.update", 2, values={"email": None})
    assert raw(anywhere, "email", 2) is None
    assert raw(anywhere, "email_bidx", 2) is None


@pytest.mark.req("S003-SEC-11")
def test_it_is_found_by_its_whole_value_alone(anywhere: Nexus) -> None:
    do(anywhere, "row.create", values={"id": 2, "email": SECRET})
    do(anywhere, "row.create", values={"id": 3, "email": "b@x.example"})
    do(anywhere, "row.create", values={"id": 4, "email": None})
    assert found(anywhere, {"field": "email", "op": "eq", "value": SECRET}) == [2]
    assert found(anywhere, {"field": "email", "op": "in", "value": [SECRET, "old@plain.example"]}) == [1, 2]
    assert found(anywhere, {"field": "email", "op": "ne", "value": SECRET}) == [1, 3, 4]
    assert found(anywhere, {"field": "email", "op": "not_in", "value": [SECRET, "old@plain.example"]}) == [3, 4]
    assert found(anywhere, {"field": "email", "op": "is_null"}) == [4]
    for op in ("contains", "starts_with", "lt"):
        with pytest.raises(BadExpression, match="email is encrypted: only its whole value can be asked for"):
            found(anywhere, {"field": "email", "op": op, "value": "a"})
    with pytest.raises(BadExpression, match="no column holds an index of it"):
        found(anywhere, {"field": "note", "op": "eq", "value": "a"})
    with pytest.raises(BadExpression, match="encrypted, so nothing can be sorted by it"):
        do(anywhere, "row.list", sort="-email")
    for asked in ({"dimensions": [{"field": "email"}]}, {"measures": [{"fn": "max", "field": "email"}]}):
        with pytest.raises(BadRequest, match="is encrypted"):
            do(anywhere, "query.run", source="shop", resource="people", **asked)
    assert not do(anywhere, "row.list", search="ann").page.rows


@pytest.mark.req("S003-SEC-11")
def test_a_dump_of_the_database_holds_no_plain_value_and_the_ledger_none_either(app: Nexus, tmp_path: Path) -> None:
    ada = Browser(app, "ada@example.com")
    assert ada.api("POST", "/shop/people", {"id": 2, "email": SECRET, "note": "tell-nobody-1"}).status_code == 201
    entry = ada.api("PATCH", "/shop/people/2", {"email": "other@secret.example", "note": "tell-nobody-2"}).headers[
        "nexus-entry"
    ]
    ada.api("GET", "/shop/people?filter=email:other@secret.example")
    again = {"Idempotency-Key": "once", "X-CSRF-Token": ada.csrf}
    given = {"id": 3, "email": SECRET}
    first, second = (ada.client.post("/api/v1/shop/people", json=given, headers=again) for _ in range(2))
    assert (first.status_code, first.json()) == (201, second.json())
    noted(app, "row.list")
    words = (SECRET, "other@secret.example", "tell-nobody")
    dump = "\n".join(sqlite3.connect(tmp_path / "shop.db").iterdump())
    assert not [one for one in words if one in dump]
    for file in tmp_path.glob("shop.db*"):
        assert not [one for one in words if one.encode() in file.read_bytes()], file.name
    kept = "\n".join(sqlite3.connect(tmp_path / "nexus.db").iterdump())
    assert not [one for one in words if one in kept]
    assert ada.api("POST", f"/audit/{entry}/undo").status_code == 200
    assert do(app, "row.read", 2).row["email"] == SECRET
    assert found(app, f"email:{SECRET}") == [2, 3]


@pytest.mark.req("S003-SEC-11")
def test_it_is_masked_for_others_at_every_door(app: Nexus) -> None:
    do(app, "row.create", values={"id": 2, "name": "Ann", "email": SECRET})
    fields = {"email": "masked", "note": "hidden"}
    names = ("row.*", "rows.export", "query.run")
    add_role(app, "clerk", *(Grant(source="shop", resource="people", action=one, fields=fields) for one in names))
    add_user(app, "bo@example.com", "clerk")
    bo, ada = Browser(app, "bo@example.com"), Browser(app, "ada@example.com")
    doors = ("/s/shop/people", "/s/shop/people/2", "/s/shop/people/~export?format=csv")
    for path in doors:
        assert SECRET in ada.get(path).text, path
        assert SECRET not in bo.get(path).text, path
        assert "nxe1." not in ada.get(path).text + bo.get(path).text, path
    assert ada.api("GET", "/shop/people/2").json()["email"] == SECRET
    assert SECRET not in bo.api("GET", "/shop/people/2").text
    assert bo.api("GET", f"/shop/people?filter=email:{SECRET}").status_code == 400


@pytest.mark.req("S003-SEC-11")
def test_what_was_there_before_is_read_and_marked_and_what_does_not_open_is_no_error(app: Nexus) -> None:
    assert isinstance(do(app, "row.read", 1).row["email"], Unsealed)
    assert found(app, "email:old@plain.example") == [1]
    do(app, "row.create", values={"id": 2, "email": SECRET, "note": "fine"})
    # Moved from one column to the other, cut, and made up.
    write(app, "update people set note = email where id = 2")
    write(app, "insert into people (id, email) values (3, 'nxe1.00000000.AAAA'), (4, 'nxe1.zz.!'), (5, 'nxe1.')")
    rows = {row["id"]: row for row in do(app, "row.list").page.rows}
    assert rows[2]["email"] == SECRET
    assert isinstance(rows[2]["note"], Unreadable)
    assert all(isinstance(rows[key]["email"], Unreadable) for key in (3, 4, 5))
    ada = Browser(app, "ada@example.com")
    page = ada.get("/s/shop/people").text
    assert "not encrypted" in page
    assert "Unreadable" in page
    assert ada.get("/s/shop/people/4").status_code == 200
    assert "not encrypted" in ada.get("/s/shop/people/1").text
    do(app, "row.update", 4, values={"name": "Dee"})  # the value that does not open is left alone
    assert raw(app, "email", 4) == "nxe1.zz.!"


@pytest.mark.req("S003-SEC-11")
def test_what_does_not_fit_encrypted_is_refused(app: Nexus) -> None:
    with pytest.raises(Invalid) as refused:
        do(app, "row.create", values={"id": 2, "email": "é" * 250})
    assert "fit encrypted" in refused.value.fields["email"]
    with pytest.raises(Invalid):
        do(app, "row.create", values={"id": 2, "email": "x" * 300})


@pytest.mark.parametrize(
    ("field", "why"),
    [
        ("id", "ties rows together"),
        ("code", "only"),
    ],
)
def test_what_cannot_be_encrypted_is_refused_with_the_reason(app: Nexus, tmp_path: Path, field: str, why: str) -> None:
    status = next(one for one in app.kernel.sources.statuses() if one.name == "shop")
    assert status.base is not None
    people = status.base.resource("people")
    path = tmp_path / "people.toml"
    path.write_text(f"[fields.{field}]\nencrypted = true\n")
    with pytest.raises(SettingError, match=f"{field} cannot be encrypted.*{why}"):
        apply(people, path)
    with pytest.raises(Invalid):
        clicks(app, field, encrypted=True)
    path.write_text('[fields.land]\nencrypted = true\nsearchable = "nowhere"\n')
    with pytest.raises(SettingError, match="no other column called 'nowhere'"):
        apply(people, path)


def clicks(app: Nexus, field: str, by: Actor | None = None, **laid: Any) -> None:
    data = {"resource": "people", "fields": {field: laid}}
    app.kernel.perform(Call("resource.save", Target("nexus", "sources", "shop"), data, by or owner(app)))


@pytest.mark.req("S003-SEC-11")
def test_a_column_is_encrypted_and_brought_back_by_clicking(app: Nexus) -> None:
    write(app, "update people set land = 'Far land' where id = 1")
    ada, page = Browser(app, "ada@example.com"), "/sources/shop/tables/people"
    text = ada.get(page).text
    assert "Encryption at rest" in text
    place = [one.name for one in app.kernel.sources.get("shop").schema.resource("people").fields].index("land")
    fields = {f"f{place}.sealable": "1", f"f{place}.encrypted": "1", f"f{place}.index": ""}
    form = {"title": "People", "singular": "Person", "icon": "users", "do": "save"}
    assert ada.post(page, **form, **fields).status_code in (303, 200)
    assert app.kernel.sources.get("shop").schema.resource("people").field("land").encrypted
    assert "to encrypt" in ada.get(page).text
    ada.post(page, do="encrypt:land")
    assert raw(app, "land", 1).startswith("nxe1.")
    assert do(app, "row.read", 1).row["land"] == "Far land"
    clicks(app, "land", encrypted=False)
    assert "still encrypted" in ada.get(page).text
    ada.post(page, do="encrypt:land")
    assert raw(app, "land", 1) == "Far land"


def test_encryption_is_taken_off_by_those_alone_who_may_reveal(app: Nexus) -> None:
    clicks(app, "land", encrypted=True)
    add_role(app, "shaper", Grant(source="nexus", action="resource.save"))
    shaper = app.kernel.access.actor_of_user(add_user(app, "s@example.com", "shaper"))
    with pytest.raises(Forbidden, match=r"people\.land would not be encrypted any more"):
        clicks(app, "land", shaper, encrypted=False)


def test_the_description_says_so(app: Nexus) -> None:
    fields = Browser(app, "ada@example.com").api("GET", "/shop").json()["resources"][0]["fields"]
    assert {one["name"]: one["encrypted"] for one in fields}["email"] is True
    assert "email_bidx" not in json.dumps(fields)


@pytest.mark.req("S003-SEC-11")
def test_a_deleted_row_comes_back_encrypted_and_found(app: Nexus) -> None:
    ada = Browser(app, "ada@example.com")
    do(app, "row.create", values={"id": 2, "email": SECRET})
    entry = ada.api("DELETE", "/shop/people/2").headers["nexus-entry"]
    assert ada.api("POST", f"/audit/{entry}/undo").status_code == 200
    assert raw(app, "email", 2).startswith("nxe1.")
    assert found(app, f"email:{SECRET}") == [2]


@pytest.mark.req("S003-SEC-11")
def test_a_row_rule_on_an_encrypted_field_narrows_by_its_whole_value(app: Nexus) -> None:
    do(app, "row.create", values={"id": 2, "name": "Bo", "email": "bo@example.com"})
    do(app, "row.create", values={"id": 3, "name": "Cy", "email": "cy@example.com"})
    mine = {"field": "email", "op": "eq", "value": "bo@example.com"}
    others = {"field": "email", "op": "ne", "value": "bo@example.com"}
    for name, rule, names in (("mine", mine, {"Bo"}), ("others", others, {"Old", "Cy"})):
        grants = (Grant(source="shop", resource="people", action=one, rows=rule) for one in ("row.*", "query.run"))
        add_role(app, name, *grants)
        by = app.kernel.access.actor_of_user(add_user(app, f"{name}@example.com", name))
        assert by is not None
        assert {row["name"] for row in do(app, "row.list", by=by).page.rows} == names
        counted = do(app, "query.run", by=by, source="shop", resource="people")
        assert counted.rows[0][0] == len(names)
    # What no index finds narrows to nothing, never to more.
    add_role(app, "noted", Grant(source="shop", resource="people", action="row.*", rows={**mine, "field": "note"}))
    by = app.kernel.access.actor_of_user(add_user(app, "noted@example.com", "noted"))
    assert not do(app, "row.list", by=by).page.rows


@pytest.mark.req("S003-SEC-11")
def test_many_rows_are_written_encrypted_at_once_and_a_copy_of_a_value_opens_in_no_other_column(app: Nexus) -> None:
    do(app, "row.create", values={"id": 2, "email": SECRET, "note": "n"})
    do(app, "rows.update", keys=["1", "2"], values={"email": "all@secret.example"})
    assert len({raw(app, "email", key) for key in (1, 2)}) == 2  # the same value, never the same text
    assert raw(app, "email_bidx", 1) == raw(app, "email_bidx", 2)
    assert found(app, "email:all@secret.example") == [1, 2]
    write(app, "update people set land = email where id = 2")
    assert do(app, "row.read", 2).row["land"].startswith("nxe1.")
