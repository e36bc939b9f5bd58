"""How quick pages are beside the bare application, and how big. Prints; asserts only that every answer was one."""

import gzip
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from nexus_admin import Nexus
from tests.benchmarks.load import Ask, Figures, load
from tests.benchmarks.nexus import EMAIL, LIST, NEXUS, PASSWORD, hire, options, serve
from tests.benchmarks.report import table
from tests.benchmarks.served import Served
from tests.benchmarks.slow_disk import MILLISECONDS, slow_disk
from tests.benchmarks.work import BARE, UPDATE, facts, measure

PEERS = (BARE, NEXUS)


@pytest.mark.benchmark
@pytest.mark.parametrize("connections", [1, 16])
@pytest.mark.parametrize("shop_url", ["sqlite", "postgresql"], indirect=True)
def test_pages(shop_url: str, connections: int) -> None:
    works = measure(PEERS, shop_url, connections=connections)
    database = shop_url.split(":")[0]
    print("\n" + table(f"{database}, {connections} connection(s)", works))
    assert all(one.requests > one.errors == 0 for figures in works.values() for one in figures.values())


@pytest.mark.benchmark
@pytest.mark.parametrize("disk", ["as it is", "slow"])
@pytest.mark.parametrize("shop_url", ["sqlite", "postgresql"], indirect=True)
def test_many_writers(shop_url: str, disk: str, tmp_path: Path) -> None:
    """A change of a row with its audit, by one client and by 64; the gain is that of sharing the waits for the disk.

    With a slow disk every fsync of the server takes 4 ms more, simulated: those of its own state, and of a shop in
    SQLite. PostgreSQL is another process, whose disk stays as it is.
    """
    more = slow_disk(tmp_path) if disk == "slow" else {}
    if more is None:
        pytest.skip("A slow disk is simulated in C, and there is no compiler.")
    with serve(shop_url, more) as app:
        ask = NEXUS.asks(shop_url, app)[UPDATE]
        load(app.url, ask, connections=1, seconds=1)
        (one, alone), (other, many) = (busy(app, ask, count) for count in (1, 64))
    label = "the disk as it is" if disk != "slow" else f"a SIMULATED slow disk: {MILLISECONDS} ms more for each fsync"
    print(f"\n  {shop_url.split(':')[0]}, {label}\n  1 writer: {alone}, {one:.0%} of a core\n"
          f"  64 writers: {many}, {other:.0%} of a core\n  gain {many.rate / alone.rate:.1f}")  # fmt: skip
    assert alone.errors == many.errors == 0


def busy(app: Served, ask: Ask, connections: int) -> tuple[float, Figures]:
    """Ask for four seconds; return which share of a core that took of the server, and the figures."""
    began, before = time.perf_counter(), app.computed or 0
    figures = load(app.url, ask, connections=connections, seconds=4, warm=False)
    return ((app.computed or 0) - before) / (time.perf_counter() - began), figures


@pytest.mark.benchmark
@pytest.mark.parametrize("shop_url", ["sqlite", "postgresql"], indirect=True)
def test_start_and_memory(shop_url: str) -> None:
    """From the command to the first answer, with a catalog that is kept; the best of three, after one that compiled."""
    starts = []
    for _ in range(4):
        with NEXUS.serve(shop_url) as app:
            starts.append((app.ready, app.computed or 0, app.memory or 0))
    ready, computed, memory = min(starts[1:])
    print(f"\n  ready after {ready:.2f} s ({computed:.2f} s of cpu), idle with {memory:.0f} MB")
    print(f"  the first, which may have to compile its modules: after {starts[0][0]:.2f} s")
    assert ready


@pytest.mark.benchmark
@pytest.mark.parametrize("shop_url", ["sqlite", "postgresql"], indirect=True)
def test_sizes_and_statements(shop_url: str, tmp_path: Path) -> None:
    key = facts(shop_url).keys[0]
    pages = (LIST, f"{LIST}&after=last", "/s/shop/customers?search=vogel", f"/s/shop/orders/{key}",
             f"/s/shop/orders/{key}/edit")  # fmt: skip
    app = Nexus(options=options(shop_url, tmp_path))
    app.start()
    hire(app)
    try:
        client = TestClient(app)
        client.post("/sign-in", data={"email": EMAIL, "password": PASSWORD})
        said: list[str] = []
        engine = app.kernel.sources.get("shop").reader
        sa.event.listen(engine, "before_cursor_execute", lambda *given: said.append(given[2]))
        print()
        for path in pages:
            client.get(path)
            said.clear()
            answer = client.get(path)
            raw, packed = len(answer.content), len(gzip.compress(answer.content, 6))
            print(f"  {path[:48]:<48} {raw / 1000:6.1f} kB, {packed / 1000:5.1f} kB gz, {len(said)} statements")
            assert answer.status_code == 200
    finally:
        app.kernel.stop()
