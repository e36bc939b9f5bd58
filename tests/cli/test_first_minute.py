"""From an installed package and somebody's database to an edited row, by what the first page of the guide says."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.web.world import PASSWORD, csrf

TARGET = 60
"""Seconds; the promise is five minutes."""
TABLES = """
create table clients (id integer primary key, name varchar(80) not null, city varchar(40));
create table visits (id integer primary key, client_id integer not null references clients, at timestamp,
  cost decimal(8, 2));
insert into clients (name, city) values ('Priya Raman', 'Pune'), ('Ilse van Dijk', 'Utrecht');
insert into visits (client_id, at, cost) values (1, '2026-01-05 10:00:00', 79.42), (2, '2026-01-06 11:30:00', 12.5);
"""


@contextmanager
def serving(folder: Path, *others: str, until: str = "ready") -> Iterator[str]:
    """Run the command of the guide in *folder*, and yield the link that it prints; it has printed *until* then."""
    words = ["serve", "practice.db", *others, "--port", "0", "--no-open", "--allow-writes"]
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "nexus_admin", *words],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as server:  # fmt: skip
        assert server.stdout is not None
        try:
            said = ""
            while until not in said:
                line = server.stdout.readline()
                assert line, said
                said += line
            yield re.findall(r"http\S+/set-up/\S+", said)[0]
        finally:
            server.terminate()


def browser_of(link: str) -> httpx2.Client:
    return httpx2.Client(base_url=link.partition("/set-up")[0], follow_redirects=True, timeout=60)


@pytest.mark.req("S003-PHIL-04")
def test_a_row_of_a_database_that_nobody_described_is_edited_within_a_minute(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "practice.db") as connection:
        connection.executescript(TABLES)
    begun = time.monotonic()
    with serving(tmp_path) as link, browser_of(link) as web:
        owner = {"name": "Ada", "email": "ada@example.com", "password": PASSWORD}
        assert "Clients" in web.post(link, data=owner).text
        page = web.get("/s/practice/visits").text
        assert "Priya Raman" in page
        assert "Client" in page
        form = web.get("/s/practice/clients/1/edit").text
        saved = web.post("/s/practice/clients/1/edit", data={"_csrf": csrf(form), "value.city": "Mumbai"})
        assert "Mumbai" in saved.text
    took = time.monotonic() - begun
    with sqlite3.connect(tmp_path / "practice.db") as connection:
        assert connection.execute("select city from clients where id = 1").fetchone() == ("Mumbai",)
    assert sorted(one.name for one in tmp_path.iterdir() if one.suffix in (".py", ".toml")) == []
    assert took < TARGET


def test_a_database_that_does_not_answer_is_told_of_where_the_server_was_started(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "practice.db") as connection:
        connection.executescript(TABLES)
    told = "shop cannot be reached"
    with serving(tmp_path, "postgresql://me@127.0.0.1:1/shop", until=told) as link, httpx2.Client(timeout=60) as web:
        assert web.get(link).status_code == 200
