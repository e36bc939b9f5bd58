"""Lists by keyset: any sort, NULLs last, ties broken by the key, forwards and back, on three engines."""

import os
import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nexus_admin.data.introspect import introspect
from nexus_admin.data.source import DataSource
from nexus_admin.domain.errors import BadRequest
from nexus_admin.domain.row import ListRequest, Row
from nexus_admin.language.text import parse
from nexus_admin.testing.contract_world import User
from tests.services import MARIADB, POSTGRES, Absent, fresh_database

EXACT = {"sqlite": "BINARY", "postgresql": '"C"', "mysql": "utf8mb4_nopad_bin"}
FOLDING = {"sqlite": "NOCASE", "postgresql": '"en-x-icu"', "mysql": "utf8mb4_general_ci"}
STATEMENTS = (
    "CREATE TABLE firms (id INTEGER PRIMARY KEY, city VARCHAR(20) COLLATE {exact}, size INTEGER NOT NULL)",
    """CREATE TABLE people (code VARCHAR(9) COLLATE {exact} NOT NULL, part INTEGER NOT NULL,
       name VARCHAR(20) COLLATE {exact}, nick VARCHAR(20) COLLATE {folding}, age INTEGER, score DOUBLE PRECISION,
       pay NUMERIC(8, 2) NOT NULL, born DATE, seen {moment}, alive BOOLEAN, firm_id INTEGER,
       PRIMARY KEY (code, part), FOREIGN KEY (firm_id) REFERENCES firms (id))""",
)
SORTS = ("name", "age", "score", "pay", "born", "seen", "alive", "firm.city", "firm.size", "part", "code")
FILTERS = (None, "age:>2", "not firm.city:b", "born:null or name:~a")


def firms() -> list[Row]:
    return [{"id": at, "city": city, "size": at % 2} for at, city in enumerate(("b", "B", None, "a", "b"))]


def people() -> list[Row]:
    dice = random.Random(11)

    def maybe(value: Any) -> Any:
        return None if dice.random() < 0.3 else value

    return [
        {
            "code": f"c{at // 3:02}", "part": at % 3, "name": maybe(dice.choice(("a", "A", "b", "", " ", "é"))),
            "nick": maybe(dice.choice(("a", "A", "b", "B", "é", "E"))), "age": maybe(dice.randrange(4)),
            "score": maybe(dice.choice((0.1, 0.2, 1 / 3, -1e-9))), "pay": Decimal(dice.randrange(4)) / 4,
            "born": maybe(date(2000, 1, 1) + timedelta(dice.randrange(3))),
            "seen": maybe(datetime(2026, 3, 1) + timedelta(hours=dice.randrange(4))),
            "alive": maybe(dice.random() < 0.5), "firm_id": maybe(dice.randrange(5)),
        }
        for at in range(90)
    ]  # fmt: skip


def make(url: str) -> User:
    source = DataSource("paged", url, read_only=False, pool_size=2)
    names = {"exact": EXACT[source.dialect], "folding": FOLDING[source.dialect]}
    moment = "TIMESTAMP" if source.dialect == "postgresql" else "DATETIME"
    with source.write() as connection:
        for statement in STATEMENTS:
            connection.exec_driver_sql(statement.format(**names, moment=moment))
        for table, rows in (("firms", firms()), ("people", people())):
            given = [{name: _stored(value, source.dialect) for name, value in row.items()} for row in rows]
            columns: list[sa.ColumnClause[Any]] = [sa.column(name) for name in rows[0]]
            connection.execute(sa.insert(sa.table(table, *columns)), given)
    source.use(introspect(source.reader, "paged"))
    return User(source)


def _stored(value: Any, dialect: str) -> Any:
    if dialect == "sqlite" and isinstance(value, (Decimal, date)):
        return float(value) if isinstance(value, Decimal) else str(value)
    return value


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "mariadb"])
def user(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[User]:
    if request.param == "sqlite":
        path: Path = tmp_path_factory.mktemp("paged") / "paged.sqlite"
        path.touch()
        made = make(str(path))
        yield made
        made.source.close()
        return
    try:
        with fresh_database(POSTGRES if request.param == "postgresql" else MARIADB) as url:
            made = make(url)
            yield made
            made.source.close()
    except Absent as reason:
        if os.environ.get("NEXUS_REQUIRE_SERVICES"):
            pytest.fail(str(reason), pytrace=False)
        pytest.skip(str(reason))


def key(row: Row) -> tuple[str, int]:
    return row["code"], row["part"]


def in_order(sort: list[str]) -> list[tuple[str, int]]:
    """The keys of all people as Python sorts them: NULLs last both ways, the key in the first field's direction."""
    cities = {firm["id"]: firm for firm in firms()}
    rows = people()
    down = sort[0].startswith("-")
    asked = [
        *sort,
        *(f"-{one}" if down else one for one in ("code", "part") if one not in {s.lstrip("-") for s in sort}),
    ]

    def value(row: Row, path: str) -> Any:
        if not path.startswith("firm."):
            return row[path]
        return None if row["firm_id"] is None else cities[row["firm_id"]][path.removeprefix("firm.")]

    for one in reversed(asked):
        path = one.lstrip("-")
        filled = [row for row in rows if value(row, path) is not None]
        # Python keeps ties in order also where it sorts downwards.
        filled = [row for _, row in sorted(((value(row, path), row) for row in filled), key=itemgetter(0),
                                           reverse=one.startswith("-"))]  # fmt: skip
        rows = filled + [row for row in rows if value(row, path) is None]
    return [key(row) for row in rows]


def walk(user: User, request: ListRequest) -> tuple[list[Any], list[Any]]:
    """The keys of all rows read page by page to the end, and then back to the beginning."""
    forth: list[Any] = []
    cursor = None
    page = None
    for _ in range(200):
        page = user.read.list(
            "people", ListRequest(request.where, sort=request.sort, limit=request.limit, cursor=cursor)
        )
        forth += [key(row) for row in page.rows]
        cursor = page.next
        if cursor is None:
            break
    assert page is not None
    back = [key(row) for row in page.rows]
    cursor = page.previous
    while cursor is not None:
        page = user.read.list(
            "people", ListRequest(request.where, sort=request.sort, limit=request.limit, cursor=cursor)
        )
        back = [*(key(row) for row in page.rows), *back]
        cursor = page.previous
        assert len(back) <= 2 * len(forth)
    return forth, back


@st.composite
def sorts(draw: st.DrawFn) -> list[str]:
    names = draw(st.lists(st.sampled_from(SORTS), min_size=1, max_size=4, unique=True))
    return [f"-{name}" if draw(st.booleans()) else name for name in names]


@pytest.mark.req("S003-CRUD-07", "S003-CRUD-08")
def test_pages_forwards_and_back_are_pythons_order_cut_in_pieces(user: User) -> None:
    @settings(max_examples=40, suppress_health_check=list(HealthCheck))
    @given(sorts(), st.integers(1, 40))
    def paged(sort: list[str], limit: int) -> None:
        forth, back = walk(user, ListRequest(sort=tuple(sort), limit=limit))
        assert forth == in_order(sort)
        assert back == forth

    paged()


def test_pages_keep_to_the_filter(user: User) -> None:
    @settings(max_examples=25, suppress_health_check=list(HealthCheck))
    @given(sorts(), st.integers(3, 40), st.sampled_from(FILTERS))
    def paged(sort: list[str], limit: int, text: str | None) -> None:
        where = None if text is None else parse(text, user.source.schema, "people")
        whole = user.read.list("people", ListRequest(where, sort=tuple(sort), limit=1000)).rows
        kept = {key(row) for row in whole}
        forth, back = walk(user, ListRequest(where, sort=tuple(sort), limit=limit))
        assert forth == back == [one for one in in_order(sort) if one in kept]

    paged()


@pytest.mark.parametrize("limit", [1, 7, 30])
@pytest.mark.parametrize("sort", [("nick",), ("-nick",), ("age", "-nick"), ("-nick", "name")])
def test_no_row_is_lost_or_doubled_where_a_collation_takes_two_texts_for_one(
    user: User, sort: tuple[str, ...], limit: int
) -> None:
    forth, back = walk(user, ListRequest(sort=sort, limit=limit))
    assert sorted(forth) == sorted(map(key, people()))
    assert back == forth


def test_a_cursor_that_was_tampered_with_is_refused_and_none_is_taken_for_another(user: User) -> None:
    page = user.read.list("people", ListRequest(sort=("name",), limit=5))
    assert page.next is not None
    for cursor in (page.next[:-2], page.next[:5] + "A" + page.next[6:], "x", "", "%%%", page.next * 2):
        if cursor:
            with pytest.raises(BadRequest):
                user.read.list("people", ListRequest(sort=("name",), limit=5, cursor=cursor))
    with pytest.raises(BadRequest):
        user.read.list("people", ListRequest(sort=("-name",), limit=5, cursor=page.next))
