"""Filtering, sorting and paging are the database's work: what is asked of it, and how many rows it sends."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.web.world import served, signed_in

ORDERS = """
create table orders (id integer primary key, number text not null unique, total decimal(10, 2) not null);
insert into orders select value, 'A-' || value, value % 97 from json_each('[' || (
  with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000) select group_concat(i) from n) || ']');
"""


@contextmanager
def overheard() -> Iterator[list[tuple[str, Any]]]:
    """Collect what is asked of the table of orders."""
    said: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "orders" in statement and "audit" not in statement:
            said.append((statement, parameters))

    sa.event.listen(sa.Engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", hear)


@pytest.mark.req("S003-CHAL-04", "S003-CHAL-05")
def test_one_statement_filters_sorts_and_stops_after_one_page(tmp_path: Path) -> None:
    with served(tmp_path, ORDERS) as nexus:
        browser = signed_in(nexus)
        browser.get("/s/shop/orders")
        with overheard() as said:
            page = browser.get("/s/shop/orders", params={"filter": "total:>90", "sort": "-total,number"}).text
        (asked,) = said  # nothing else was asked of the table, and nothing was counted
        statement, parameters = asked
        one_line = " ".join(statement.split()).upper()
        where, order, limit = (one_line.index(word) for word in (" WHERE ", " ORDER BY ", " LIMIT "))
        assert where < order < limit
        assert "TOTAL" in one_line[where:order]
        assert "DESC" in one_line[order:limit]
        assert "COUNT(" not in one_line
        with sqlite3.connect(tmp_path / "shop.db") as connection:  # the statement itself brings one page and a row
            rows = connection.execute(statement, parameters).fetchall()
        assert len(rows) == 51
        assert page.count("A-") >= 50


def test_the_next_page_begins_at_a_key_and_counts_nothing_off(tmp_path: Path) -> None:
    with served(tmp_path, ORDERS) as nexus:
        browser = signed_in(nexus)
        rows = browser.get("/api/v1/shop/orders", params={"sort": "-total", "limit": "50"})
        following = rows.json()["links"]["next"]
        with overheard() as said:
            assert browser.get(following).status_code == 200
        (asked,) = said
        one_line = " ".join(asked[0].split()).upper()
        assert " WHERE " in one_line
        assert " OFFSET " not in one_line or asked[1][-1] == 0
