"""Rows whose keys are bytes are listed, paged, opened, written and followed along relations like any others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from nexus_admin import Nexus
from nexus_admin.domain.actor import Actor
from nexus_admin.kernel.options import Options
from tests.security.world import Browser
from tests.web.world import PASSWORD

BYTES = {"postgresql": "bytea", "sqlite": "blob", "mysql": "varbinary(60)"}
KEYS = (b"", b"\x00", b"\xff\xfe", b"abc", b"/..%2F", b"x" * 60, *(bytes([40 + one]) for one in range(5)))
IN_ORDER = [key.hex() or "~E" for key in sorted(KEYS)]


def make(url: str) -> None:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    native = BYTES[engine.dialect.name]
    with engine.begin() as connection:
        for statement in (
            f"create table blocks (hash {native} primary key, note varchar(40))",
            f"create table moves (block {native}, place varchar(20), note varchar(40), primary key (block, place),"
            " foreign key (block) references blocks(hash))",
            f"create table seals (id integer primary key, block_hash {native},"
            " foreign key (block_hash) references blocks(hash))",
        ):
            connection.exec_driver_sql(statement)
        for at, key in enumerate(KEYS):
            given = {"key": key, "note": f"n{at}"}
            connection.execute(sa.text("insert into blocks values (:key, :note)"), given)
        moves = [{"block": b"\xff\xfe", "place": "/,~"}, {"block": b"", "place": ""}, {"block": b"abc", "place": "%2F"}]
        connection.execute(sa.text("insert into moves values (:block, :place, 'm')"), moves)
        seals = [{"id": 1, "block": b"\xff\xfe"}, {"id": 2, "block": b"abc"}, {"id": 3, "block": None}]
        connection.execute(sa.text("insert into seals values (:id, :block)"), seals)
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql", "mysql"])
def browser(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Browser]:
    names = {"postgresql": "new_postgres_url", "mysql": "new_mariadb_url"}
    known = request.param in names
    url = str(request.getfixturevalue(names[request.param])) if known else f"sqlite:///{tmp_path / 'odd.db'}"
    make(url)
    app = Nexus(options=Options(urls=(("odd", url),), state=str(tmp_path / "nexus.db"), allow_writes=True, environ={}))
    app.start()
    app.kernel.access.users.create("ada@example.com", password=PASSWORD, roles=("owner",), by=Actor.system("test"))
    yield Browser(app, "ada@example.com")
    app.kernel.stop()


def paged(browser: Browser, path: str) -> list[str]:
    """Return the keys of all pages of a list."""
    found: list[str] = []
    link: Any = path
    while link:
        page = browser.api("GET", link.removeprefix("/api/v1")).json()
        found += page["keys"]
        link = page["links"]["next"]
    return found


def test_lists_are_paged_in_the_order_of_the_bytes_and_turned_round(browser: Browser) -> None:
    assert paged(browser, "/odd/blocks?limit=3") == IN_ORDER
    assert paged(browser, "/odd/blocks?limit=4&sort=-hash") == IN_ORDER[::-1]
    assert paged(browser, "/odd/moves?limit=1") == ["~E,~E", "616263,~252F", "fffe,~2F~2C~7E"]
    assert browser.get("/s/odd/blocks").status_code == 200


def test_each_row_is_opened_changed_and_deleted_at_its_address(browser: Browser) -> None:
    for key in IN_ORDER:
        assert browser.get(f"/s/odd/blocks/{key}").status_code == 200
        assert browser.get(f"/s/odd/blocks/{key}/edit").status_code == 200
        assert browser.api("PATCH", f"/odd/blocks/{key}", {"note": f"to {key[:20]}"}).status_code == 200
    assert [browser.api("GET", f"/odd/blocks/{key}").json()["note"] for key in IN_ORDER] == [
        f"to {key[:20]}" for key in IN_ORDER
    ]
    assert browser.api("PATCH", "/odd/moves/616263,~252F", {"note": "new"}).json()["note"] == "new"
    assert browser.api("DELETE", "/odd/moves/~E,~E").status_code == 204
    assert browser.api("DELETE", "/odd/blocks/00").status_code == 204
    assert browser.api("POST", "/odd/blocks", {"hash": "AAEC", "note": "made"}).status_code == 201
    assert "000102" in paged(browser, "/odd/blocks?limit=50")
    for nothing in ("zz", "f", "FF", "00", "~2F"):
        assert browser.get(f"/s/odd/blocks/{nothing}").status_code == 404, nothing


def test_what_belongs_to_a_row_and_what_stands_beside_it_are_found_by_its_bytes(browser: Browser) -> None:
    assert "/s/odd/seals/1" in browser.get("/s/odd/blocks/fffe", tab="seals").text
    assert browser.get("/s/odd/blocks/fffe/~count", tab="seals").json()["text"] == "1"
    assert paged(browser, '/odd/seals?filter=block_hash:"%2F%2F4="') == ["1"]
    assert paged(browser, "/odd/seals?filter=block.hash:YWJj") == ["2"]
    assert browser.api("GET", "/odd/seals?filter=block_hash:nonsense!").status_code == 400
    at = IN_ORDER.index("616263")
    for way, key in (("next", IN_ORDER[at + 1]), ("previous", IN_ORDER[at - 1])):
        gone = browser.get("/s/odd/blocks/616263/~go", way=way)
        assert gone.headers["location"].partition("?")[0] == f"/s/odd/blocks/{key}"
