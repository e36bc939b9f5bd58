"""What a window asks for anew stops its earlier query in the database; other windows are left alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from tests.web.world import served, signed_in

TABLES = """
create table nodes (id integer primary key, up integer references nodes (id));
with recursive n(value) as (select 1 union all select value + 1 from n where value < 40000)
  insert into nodes select value, max(1, value - 1) from n;
"""
NODES = "/s/shop/nodes"


@pytest.fixture
def nexus(tmp_path: Path) -> Iterator[Nexus]:
    with served(tmp_path, TABLES) as app:
        yield app


def asking(window: str, part: str) -> dict[str, str]:
    return {"X-Nexus-Request": "1", "X-Nexus-Window": window, "X-Nexus-Fragment": part}


@pytest.mark.parametrize(("path", "part"), [(NODES, "list"), (f"{NODES}/~count?how=exact", "")], ids=["rows", "count"])
def test_a_window_stops_only_its_own_earlier_question(nexus: Nexus, path: str, part: str) -> None:
    client = signed_in(nexus)
    source = nexus.kernel.sources.get("shop")
    (many,) = [one.name for one in source.schema.resource("nodes").relations if one.many]
    slow = f"{many}.any({many}.count:>7)"
    answers: list[int] = []

    def wait_long() -> None:
        found = client.get(
            path, params={**dict(parse_qsl(urlsplit(path).query)), "filter": slow}, headers=asking("1-1", part)
        )
        answers.append(found.status_code)

    thread = threading.Thread(target=wait_long)
    thread.start()
    while not source.stats().reading:
        time.sleep(0.01)
    other = TestClient(nexus, cookies=dict(client.cookies))
    for headers in (asking("2-2", part), {}):
        assert (
            other.get(
                path, params={**dict(parse_qsl(urlsplit(path).query)), "filter": "id:1"}, headers=headers
            ).status_code
            == 200
        )
        assert thread.is_alive()
    while thread.is_alive():
        assert (
            other.get(
                path, params={**dict(parse_qsl(urlsplit(path).query)), "filter": "id:1"}, headers=asking("1-1", part)
            ).status_code
            == 200
        )
        thread.join(0.2)
    assert answers == [504]
