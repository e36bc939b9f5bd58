"""What somebody may not see may be anything: no page, file, count, hint, ETag or cursor of theirs differs by it.

The same questions are asked twice. In between, rows outside of the rule are changed, deleted and added, and what is
hidden or masked in the others is written anew. Every answer must be the same, down to the letter.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from nexus_admin import Nexus
from nexus_admin.domain.role import Grant
from tests.security.world import FRENCH, ON_ROWS, ORDERS_OF_FRENCH, Browser, add_role, add_user
from tests.web.world import served

TABLES = """
create table customers (id integer primary key, name varchar(60) not null, country varchar(10), ssn varchar(60),
  email varchar(60), nick varchar(60), score integer);
create table orders (id integer primary key, number varchar(60) not null unique,
  customer_id integer not null references customers (id), total decimal(10, 2) not null, placed_at date);
create table tags (id integer primary key, label varchar(60));
create table order_tags (order_id integer not null references orders (id), tag_id integer not null references tags (id),
  primary key (order_id, tag_id));
create table payroll (id integer primary key, wage integer, customer_id integer references customers (id));
"""
UNSEEN = ("7001", "7999")
"""Keys of a row that is there and hidden, and of one that is not."""
NAMES = ("Amelie", "Hans", "Bruno", "Greta", "Chloe", "Dieter", "Emile", "Franz")


def rows() -> Iterator[str]:
    for n, name in enumerate(NAMES, 1):
        country = "FR" if n % 2 else "DE"
        values = f"{n}, '{name}', '{country}', 'S-{n}', '{name[0]}x{n}@a.example', 'k{n}', {n}"
        yield f"insert into customers values ({values})"
    for n in range(1, 25):
        day = f"2024-0{1 + n % 9}-1{n % 10}"
        yield f"insert into orders values ({n}, 'N-{n:02}', {1 + n % 8}, {n}.5, '{day}')"
    yield "insert into customers values (7001, 'Unseen', 'DE', 'S-u', 'u@a.example', 'ku', 1)"
    yield "insert into orders values (7001, 'N-u', 7001, 1, null)"
    yield from (f"insert into tags values ({n}, 'tag {n}')" for n in (1, 2, 3))
    yield from (f"insert into order_tags values ({n}, {1 + n % 3})" for n in range(1, 25))
    yield from (f"insert into payroll values ({n}, {n * 1000}, {n})" for n in range(1, 9))


OTHERWISE = (
    "delete from payroll where id > 4",
    "update payroll set wage = wage + 7",
    "delete from order_tags where order_id in (select id from orders where customer_id % 2 = 0)",
    "delete from orders where customer_id % 2 = 0 and id > 12",
    "update orders set number = 'Z' || number, total = total + 100, placed_at = '2001-01-01' where customer_id % 2 = 0",
    "insert into orders values (901, 'NEW-1', 2, 5000, '2030-01-01'), (902, 'NEW-2', 4, 1, null)",
    "update customers set name = 'Z' || name, nick = 'zz', score = score * 99 where country = 'DE'",
    "insert into customers values (90, 'Nobody', 'DE', 'S-1', 'a@b.example', 'k1', 1)",
    "update customers set ssn = 'other ' || id, email = substr(email, 1, 1) || 'new@a.example', score = 1000 - score",
)
"""Bo sees French customers, their orders, all tags; of customers not `ssn` and `score`, and `email` as a mask."""

FIELDS = {"ssn": "hidden", "score": "hidden", "email": "masked"}
COLUMNS = {
    "customers": ("id", "name", "country", "ssn", "email", "nick", "score"),
    "orders": ("id", "number", "total", "placed_at", "customer_id", "customer.name", "customer.ssn", "customer.email"),
    "tags": ("id", "label"),
    "payroll": ("wage",),
}
WAYS = {
    "customers": ("orders", "payrolls"),
    "orders": ("tags",),
    "tags": ("orders",),
    "payroll": (),
}


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Nexus, sa.Engine]]:
    script, more = "", {}
    if request.param == "postgresql":
        url = request.getfixturevalue("new_postgres_url")
        more = {"urls": (("shop", url),), "patience": 60.0}
    else:
        url = f"sqlite:///{tmp_path / 'shop.db'}"
        sqlite3.connect(tmp_path / "shop.db").close()
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for statement in (*filter(str.strip, TABLES.split(";\n")), *rows()):
            connection.execute(sa.text(statement))
    with served(tmp_path, script, given={"api.requests_per_minute": 1_000_000}, **more) as app:
        grants = [
            grant
            for name in ON_ROWS
            for grant in (
                Grant(source="shop", resource="customers", action=name, rows=FRENCH, fields=FIELDS),
                Grant(source="shop", resource="orders", action=name, rows=ORDERS_OF_FRENCH),
                Grant(source="shop", resource="tags", action=name),
                Grant(source="shop", resource="order_tags", action=name),
            )
        ]
        add_role(app, "french", *grants, Grant(source="shop", action="dashboard.view"))
        add_user(app, "bo@example.com", "french")
        yield app, engine
    engine.dispose()


def paths() -> Iterator[str]:
    """Yield every address that is tried."""
    yield from (
        "/",
        "/s/shop",
        "/s/shop/~dashboard",
        "/api/v1/shop",
        "/api/openapi.json",
        "/~palette?q=a",
        "/search?q=Z",
    )
    for table, columns in COLUMNS.items():
        page, api = f"/s/shop/{table}", f"/api/v1/shop/{table}"
        yield from (page, f"{page}/~count", f"{page}/~pick?q=a", f"{page}/~columns", f"{page}/~fields", f"{page}/new")
        yield from (f"{page}/~export?format={one}" for one in ("csv", "json"))
        yield from (f"{api}?count={how}" for how in ("exact", "capped", "estimate"))
        yield from (
            f"{api}?{more}" for more in ("after=last", "offset=3", "limit=2", "search=Z", "search=1000", "search=S-1")
        )
        for column in columns:
            tests = (f"{column}:1", f"{column}:>5", f"{column}:a", f"{column}:*a*", f"{column}:null", f"-{column}:null")
            yield from (f"{api}?count=exact&filter={quote(one)}" for one in tests)
            yield from (f"{api}?limit=2&sort={sign}{column}" for sign in ("", "-"))
            yield from (f"{api}?limit=2&fields={column}", f"{page}/~values?field={column}", f"{page}?sort={column}")
        for way in WAYS[table]:
            tests = (
                f"{way}.count:>2",
                f"{way}.any(id:>3)",
                f"{way}.none(id:>3)",
                f"{way}.all(id:>3)",
                f"{way}.any(total:>100)",
            )
            yield from (f"{api}?count=exact&filter={quote(one)}" for one in tests)
        yield from of_rows(table)
    yield from (f"/s/shop/{table}/~dashboard/~w/{n}" for table in COLUMNS for n in range(5))


def of_rows(table: str) -> Iterator[str]:
    """Yield every address of single rows that is tried."""
    page, api = f"/s/shop/{table}", f"/api/v1/shop/{table}"
    for key in ("1", "2", "3", "8", "23", "24", "90", "901", *UNSEEN):
        rest = (
            "",
            "/~peek",
            "/~activity",
            "/~go?way=next",
            "/~go?way=previous",
            "/edit",
            "/~go?way=next&sort=name",
        )
        yield from (f"{page}/{key}{one}" for one in rest)
        yield from (f"{api}/{key}", f"{api}/{key}/history", f"{api}/{key}?expand=customer")
        for way in WAYS[table]:
            yield from (
                f"{page}/{key}?tab={way}",
                f"{page}/{key}/~related?tab={way}",
                f"{page}/{key}/~count?tab={way}",
            )
            yield f"{api}/{key}?expand={way}"


def questions() -> Iterator[dict[str, Any]]:
    for table, columns in COLUMNS.items():
        asked = {"source": "shop", "resource": table}
        for column in columns:
            yield {**asked, "dimensions": [{"field": column}], "sort": []}
            for fn in ("count", "count_distinct", "min", "max", "sum", "avg"):
                yield {**asked, "measures": [{"fn": fn, "field": column, "as": "m"}]}
            yield {**asked, "measures": [{"fn": "count", "as": "m", "filter": f"{column}:null"}]}
            having = {"dimensions": [{"field": "id", "as": "d"}], "having": "m:>7"}
            yield {**asked, **having, "measures": [{"fn": "max", "field": column, "as": "m"}]}


_CHANGING = re.compile(
    r"\b[0-9A-Z]{26}\b|[\w-]{80,}|[\d.,]+ ms|\"took_ms\":[\d.e-]+|\"age\":[\d.e-]+|\d+ (?:s|min) (?:old|ago)|just now"
    r'|(?<=data-since=)"[\d.]+"|datetime="[^"]*"|"at":"[^"]*"|<section[^>]*id="h?-?recent.*?</section>',
    re.S,
)


def answers(app: Nexus) -> dict[str, Any]:
    bo = Browser(app, "bo@example.com")
    found: dict[str, Any] = {}
    for path in dict.fromkeys(paths()):
        answer = bo.client.get(path)
        assert answer.status_code < 500, (path, answer.text[:300])
        kept = [answer.headers.get(name, "") for name in ("etag", "location", "link", "content-disposition")]
        found[path] = (answer.status_code, kept, _CHANGING.sub("…", answer.text))
    for question in questions():
        answer = bo.api("POST", "/query", question)
        found[repr(question)] = (answer.status_code, [], _CHANGING.sub("…", answer.text))
    return found


def test_no_answer_differs_by_what_is_hidden(world: tuple[Nexus, sa.Engine]) -> None:
    app, engine = world
    before = answers(app)
    assert sum(status == 200 for status, _, _ in before.values()) > 250
    assert "Amelie" in before["/api/v1/shop/customers?limit=2"][2]
    with engine.begin() as connection:
        for statement in OTHERWISE:
            connection.execute(sa.text(statement))
    after = answers(app)
    before.pop("/"), after.pop("/")  # what was opened last, and when
    differing = [path for path in before if before[path] != after[path]]
    assert differing == []


def test_a_row_that_is_hidden_is_answered_like_one_that_is_not_there(world: tuple[Nexus, sa.Engine]) -> None:
    app, _ = world
    found = answers(app)
    there, nowhere = UNSEEN
    tried = [path for path in found if f"/{there}" in path and "/tags/" not in path and "/payroll/" not in path]
    assert len(tried) > 30
    for path in tried:
        twin = path.replace(f"/{there}", f"/{nowhere}")
        plain, other = (repr(found[one]).replace(key, "KEY") for one, key in ((path, there), (twin, nowhere)))
        assert plain == other, path
