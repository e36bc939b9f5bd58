"""A view that its database cannot compute: what the database says is shown, and everything else goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pymysql
import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from nexus_admin import Nexus
from nexus_admin.data.drivers.failures import failure
from nexus_admin.data.drivers.mysql import MysqlDriver
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import SourceFailed
from nexus_admin.kernel.options import Options
from tests.web.world import PASSWORD, signed_in

TABLES = {
    "sqlite": (
        "create table things (id integer primary key, name text not null, amount integer)",
        "insert into things values (1, 'tok_77', 0), (2, 'b', 2)",
        "create view broken as select id, name, abs(-9223372036854775807 - amount / amount) as share from things",
        "create view quoting as select id, json_extract('{' || name, '$.a') as share from things",
    ),
    "postgresql": (
        "create table things (id integer primary key, name text not null, amount integer)",
        "insert into things values (1, 'tok_77', 0), (2, 'b', 2)",
        "create view broken as select id, name, 10 / amount as share from things",
        "create view quoting as select id, name::integer as share from things",
        "create function shout(text) returns integer language plpgsql as "
        "$$ begin raise exception 'no % today', $1; end $$",
        "create view raising as select id, shout(name) as share from things",
    ),
    "mysql": (
        "create table things (id integer primary key, name varchar(20) not null, amount integer)",
        "insert into things values (1, 'tok_77', 0), (2, 'b', 2)",
        "create view broken as select id, name, cast(amount as unsigned) - 5 as share from things",
    ),
}  # fmt: skip
SAID = {"sqlite": "integer overflow", "postgresql": "division by zero", "mysql": "out of range"}


@pytest.fixture(params=["sqlite", "postgresql", "mysql"])
def shop(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Nexus]:
    fixtures = {"postgresql": "module_postgres_url", "mysql": "module_mariadb_url"}
    dialect = request.param
    url = str(request.getfixturevalue(fixtures[dialect])) if dialect in fixtures else f"sqlite:///{tmp_path / 'a.db'}"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for statement in TABLES[dialect]:
            connection.exec_driver_sql(statement.replace("%", "%%") if dialect != "sqlite" else statement)
    engine.dispose()
    app = Nexus(options=Options(urls=(("shop", url),), state=str(tmp_path / "nexus.db"), environ={}))
    app.start()
    for email, role in (("ada@example.com", "owner"), ("vic@example.com", "viewer")):
        app.kernel.access.users.create(email, password=PASSWORD, roles=(role,), by=Actor.system("test"))
    yield app
    app.kernel.stop()


def test_what_the_database_says_is_shown_and_the_rest_goes_on(shop: Nexus) -> None:
    schema = shop.kernel.sources.get("shop").schema
    said, owner, viewer = SAID[schema.dialect], signed_in(shop), signed_in(shop, "vic@example.com")
    for browser in (owner, viewer):
        answer = browser.get("/s/shop/broken")
        assert answer.status_code == 502
        assert said in answer.text
        assert "its definition needs mending" in answer.text
        problem = browser.get("/api/v1/shop/broken")
        assert problem.status_code == 502
        assert said in problem.json()["detail"]
        assert ("said" in problem.json()) is (browser is owner)
        for path in ("/", "/s/shop", "/s/shop/things", "/dashboards", "/s/shop/things/1"):
            assert browser.get(path).status_code == 200, path
    for name in {"quoting", "raising"} & set(schema.resources):
        page = viewer.get(f"/s/shop/{name}")
        assert "tok_77" not in page.text
        assert page.status_code == 502
    assert schema.dialect != "postgresql" or "no tok_77 today" in owner.get("/s/shop/raising").text


def test_an_address_or_a_password_is_never_among_it() -> None:
    error = exc.ProgrammingError(
        "", {}, pymysql.err.ProgrammingError(9999, "no way to mysql://bo:pw@db/x, password=hush now")
    )
    found = failure(error, MysqlDriver(), "shop")
    assert isinstance(found, SourceFailed)
    assert found.said == "no way to … … now"
    assert "pw" not in str(found)
    assert "hush" not in str(found)
