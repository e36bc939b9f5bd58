"""Ten thousand pages that follow and hear nothing, and beside them a thousand that hear a change: printed.

`NEXUS_BENCH_SOCKETS` says how many are idle, 10,000 unless told. Only what the server takes of the memory is asserted.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sqlite3
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from nexus_admin import Nexus
from nexus_admin.access import Device
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Grant, Role
from tests.benchmarks.nexus import options
from tests.benchmarks.served import Served, launched
from tests.benchmarks.sockets import opened, room_for

pytestmark = pytest.mark.benchmark

SOCKETS = int(os.environ.get("NEXUS_BENCH_SOCKETS", "10000"))
HEARING = 1_000
MOST_MB = 1_024
"""That the one process may take with all of them open."""
OF_ONE = 40
CHANGES = 50
IDLE = float(os.environ.get("NEXUS_BENCH_SECONDS", "30"))
TABLES = """
create table customers (id integer primary key, name text, country text);
create table orders (id integer primary key, number text);
insert into customers values (1, 'One', 'FR');
insert into orders values (1, 'A-1');
"""
FRENCH = {"field": "country", "op": "eq", "value": "FR"}


@pytest.fixture(scope="module")
def cookies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, dict[str, list[str]]]]:
    """The server, with sessions of people by their role: `reader` sees all rows, `french` some."""
    folder: Path = tmp_path_factory.mktemp("live")
    with sqlite3.connect(folder / "shop.db") as connection:
        connection.executescript(TABLES)
    app = Nexus(options=options(f"sqlite:///{folder}/shop.db", folder))
    app.start()
    system, access = Actor.system("benchmark"), app.kernel.access
    for role, rows in (("reader", None), ("french", FRENCH)):
        grants = [Grant(source="shop", resource=table, action="row.*", rows=rows if table == "customers" else None)
                  for table in ("customers", "orders")]  # fmt: skip
        access.roles.save(Role(name=role, grants=tuple(grants)), by=system)
    found: dict[str, list[str]] = {"reader": [], "french": []}
    for number in range(SOCKETS // OF_ONE + 2 * HEARING // OF_ONE):
        role = "french" if number < HEARING // OF_ONE else "reader"
        user = access.users.create(f"{role}{number}@example.com", roles=(role,), by=system)
        found[role] += [access.sign_in_as(user.id, Device(), via="password").cookie] * OF_ONE
    app.kernel.stop()
    command = [sys.executable, "-m", "nexus_admin", "serve", f"{folder}/shop.db", "--name", "shop", "--allow-writes"]
    command += ["--state", f"{folder}/nexus.db", "--project", str(folder)]
    unlimited = {"NEXUS_API__REQUESTS_PER_MINUTE": "100000000"}
    with launched(lambda port: [*command, "--port", str(port)], unlimited, path="/sign-in") as server:
        yield server, found


@pytest.mark.req("S003-KPI-09", "S001-LOAD-01")
def test_ten_thousand_pages_follow(cookies: tuple[Served, dict[str, list[str]]]) -> None:
    server, people = cookies
    if not room_for(SOCKETS + HEARING):
        pytest.skip(f"This system lets a process have fewer than {SOCKETS:,} files open; raise it by ulimit -n.")
    asyncio.run(measure(server, people))


async def measure(server: Served, people: dict[str, list[str]]) -> None:
    heard: list[tuple[bytes, float]] = []

    def hear(told: bytes, came: float) -> None:
        if b'"news"' in told:
            heard.append((told, came))

    def nothing(told: bytes, came: float) -> None:
        pass

    before, computed = server.memory, server.computed
    idle = people["reader"][HEARING : HEARING + SOCKETS]
    pages = await opened(server.url, idle, "rows/shop/orders", nothing)
    hearing = await opened(server.url, people["reader"][:HEARING], "rows/shop/customers", hear)
    gc.freeze()  # else this process looks through all of its ends of them while it should hear
    print(f"\n{len(pages) + len(hearing):,} pages: {said(before)} → {said(server.memory)} of memory", end="")
    print(f", {since(computed, server.computed)} of CPU to open them")
    await told(server, people, heard, f"{HEARING:,} who see all rows")
    computed = server.computed
    await asyncio.sleep(IDLE)
    print(f"  idle for {IDLE:g} s: {since(computed, server.computed)} of CPU, {said(server.memory)}")
    assert server.memory is None or server.memory < MOST_MB
    for one in hearing:
        one.transport.close()
    pages += await opened(server.url, people["french"][:HEARING], "rows/shop/customers", hear)
    await told(server, people, heard, f"{HEARING:,} by a row rule, {HEARING // OF_ONE} people")
    for one in pages:
        one.transport.close()


async def told(server: Served, people: dict[str, list[str]], heard: list[tuple[bytes, float]], who: str) -> None:
    """Change a row again and again; print how long after each publication pages had heard of it."""
    computed = server.computed
    headers = {"Cookie": f"nx_session={people['reader'][-1]}", "Origin": server.url}
    async with httpx2.AsyncClient(base_url=server.url, headers=headers, timeout=60) as client:
        page = (await client.get("/s/shop/customers/1/edit")).text
        headers = {"X-CSRF-Token": page.split('name="_csrf" value="')[1].split('"')[0]}
        heard.clear()
        for number in range(CHANGES):
            answer = await client.patch("/api/v1/shop/customers/1", json={"name": f"Name {number}"}, headers=headers)
            assert answer.status_code == 200, answer.text
            for _ in range(500):
                if len(heard) >= HEARING * (number + 1):
                    break
                await asyncio.sleep(0.02)
    late = [(came - float(json.loads(told)["at"])) * 1000 for told, came in heard]
    cuts = statistics.quantiles(late, n=100)
    spent = since(computed, server.computed)
    print(f"  a change heard by {who}: {len(heard):,} of {HEARING * CHANGES:,},", end=" ")
    print(f"p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms, worst {max(late):.1f} ms; {spent} of CPU for {CHANGES}")


def said(memory: float | None) -> str:
    return "?" if memory is None else f"{memory:,.0f} MB"


def since(before: float | None, after: float | None) -> str:
    return "?" if before is None or after is None else f"{after - before:.1f} s"
