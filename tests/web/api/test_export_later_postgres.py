"""Exports that a worker writes, where rows and state lie in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from nexus_admin import Nexus
from nexus_admin.kernel.options import Options
from tests.kernel.working.tally_child import KEY
from tests.web.api.test_export_later import EXPORTS, begun, dutch, ended, kept
from tests.web.api.world import add_role, add_user, with_token

ROWS = 4_000
TABLES = (
    "create table customers (id integer primary key, name text not null, country text)",
    "create table orders (id integer primary key, number text not null, "
    "customer_id integer not null references customers, total numeric(10, 2) not null, notes text)",
    "insert into customers values (1, 'Priya', 'IN'), (2, 'Ilse', 'NL')",
    f"insert into orders select i, 'A-' || i, 1 + mod(i, 2), i, '=1+' || i from generate_series(1, {ROWS}) i",
)


@pytest.fixture
def nexus(new_postgres_url: str, module_postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nexus]:
    monkeypatch.setenv("NEXUS_SECRET_KEY", KEY)
    engine = sa.create_engine(module_postgres_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        for statement in TABLES:
            connection.exec_driver_sql(statement)
    app = Nexus(options=Options(urls=(("shop", module_postgres_url),), state=new_postgres_url, environ={}))
    app.start()
    add_role(app, "dutch", *dutch())
    add_user(app, "bo@example.com", "dutch")
    try:
        yield app
    finally:
        app.kernel.stop()


def test_a_file_is_written_downloaded_withheld_and_deleted(nexus: Nexus) -> None:
    bo = with_token(nexus, "bo@example.com")
    told = ended(bo, begun(bo, {"fields": "id,customer.name,notes"}))
    assert (told["state"], told["rows"]) == ("done", ROWS // 2), told
    answer = bo.get(told["links"]["file"])
    lines = answer.text.splitlines()
    assert lines[:2] == ["id,customer.name,notes", "1,Ilse,'=1+1"]
    assert len(lines) == 1 + ROWS // 2
    assert answer.headers["content-length"] == str(len(answer.content)) == str(told["bytes"])
    add_role(nexus, "dutch", *dutch(country="IN"))
    assert bo.get(told["links"]["file"]).status_code == 403
    assert bo.get(told["links"]["self"]).json()["state"] == "withheld"
    assert kept(nexus) == 1
    assert bo.delete(told["links"]["self"]).status_code == 204
    assert kept(nexus) == 0
    assert bo.get(EXPORTS).json() == {"exports": []}
