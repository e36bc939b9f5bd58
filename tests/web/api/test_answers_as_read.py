"""A change answers with the row just as reading it would, whoever makes it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.domain.role import Grant
from nexus_admin.kernel.options import Options
from tests.web.api.world import add_role, add_user, with_token

POSTGRES = """
create type mood as enum ('calm', 'cross');
create table things (id serial primary key, note text, price numeric(20, 4), seen timestamptz, day date, took interval,
  net inet, tags text[], more jsonb, feel mood, span int4range, raw bytea, code char(6), upper_note text
  generated always as (upper(note)) stored);
insert into things (note, price, seen, day, took, net, tags, more, feel, span, raw, code) values
  ('one', 1.10, '2024-03-31 02:30:00+02', 'infinity', '1 mon 2 days', '10.0.0.0/8', '{a,"b,c",null}',
   '{"a": [1, null]}', 'calm', '[1,5)', '\\x00ff', 'ab'),
  (null, 'NaN', 'infinity', null, null, null, null, null, null, null, null, null);
"""
SQLITE = """
create table things (id integer primary key, note text, price decimal(20, 4), seen datetime, day date, more json,
  raw blob, odd, upper_note text generated always as (upper(note)));
insert into things (note, price, seen, day, more, raw, odd) values
  ('one', 1.10, '2024-03-31 02:30:00.000', '2024-03-31', '{"a": [1, null]}', x'00ff', 3),
  (null, 'much', 'never', '', 'no json', null, x'ff');
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def nexus(request: pytest.FixtureRequest, tmp_path) -> Iterator[Nexus]:  # type: ignore[no-untyped-def]
    where = (
        str(request.getfixturevalue("new_postgres_url")) if request.param == "postgresql" else f"{tmp_path}/things.db"
    )
    engine = sa.create_engine(where if "://" in where else f"sqlite:///{where}")
    with engine.begin() as connection:
        for statement in (POSTGRES if "://" in where else SQLITE).split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement.replace("%", "%%"))
    engine.dispose()
    options = Options(urls=(("shop", where),), state=str(tmp_path / "nexus.db"), allow_writes=True, environ={})
    app = Nexus(options=options)
    app.start()
    add_user(app, "ada@example.com", "owner")
    yield app
    app.kernel.stop()


def grant(name: str, **more: object) -> Grant:
    return Grant(source="shop", resource="things", action=name, **more)  # type: ignore[arg-type]


ROLES = {
    "owner": (),
    "ruled": tuple(
        grant(name, rows={"field": "id", "op": "lt", "value": 100}) for name in ("row.list", "row.read", "row.update")
    ),
    "masked": (
        grant("row.list"), grant("row.read", fields={"price": "masked", "day": "hidden"}), grant("row.update"),
    ),
    "narrow": (grant("row.list"), grant("row.read", rows={"field": "id", "op": "eq", "value": 1}), grant("row.update")),
}  # fmt: skip


def who(nexus: Nexus, role: str) -> TestClient:
    if role == "owner":
        return with_token(nexus)
    add_role(nexus, role, *ROLES[role])
    add_user(nexus, f"{role}@example.com", role)
    return with_token(nexus, f"{role}@example.com")


@pytest.mark.parametrize("role", ROLES)
def test_a_change_answers_as_a_look_at_the_row_does(nexus: Nexus, role: str) -> None:
    client = who(nexus, role)
    for key in ("1", "2"):
        path = f"/api/v1/shop/things/{key}"
        changed = client.patch(path, json={"note": "two"})
        read = client.get(path)
        assert changed.status_code == read.status_code, changed.text
        if role == "narrow" and key == "2":
            assert read.status_code == 404
            continue
        assert changed.json() == read.json()
        assert changed.headers["etag"] == read.headers["etag"]
        assert changed.json()["note"] == "two"
