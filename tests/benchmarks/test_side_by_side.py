"""What heavy work does to those who want an answer at once: printed beside the same without it, never asserted.

The threads of one process share one interpreter lock. So what is promised is that nobody waits long for it, not that
what computes and what answers are quick at the same time.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from nexus_admin import Nexus
from nexus_admin.access import Device
from nexus_admin.brokers.pubsub import MemoryPubSub, Message
from nexus_admin.brokers.queue import DurableQueue
from nexus_admin.cli.serving import TURN
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import Refused
from nexus_admin.state.engine import State
from tests.benchmarks.nexus import options
from tests.benchmarks.served import Served, launched
from tests.kernel.world import plugin

pytestmark = pytest.mark.benchmark

SECONDS = float(os.environ.get("NEXUS_BENCH_SECONDS", "5"))
KEY = b"k3Vq-9sWm2Zt7Lx0Rb5Yc8Ne1Uj4Pd6Ga"
EVERY = 0.01
PAYLOAD = b"x" * 200
BURN = """
import time
from pydantic import BaseModel
from nexus_admin.sdk import hookimpl, job


class Burn(BaseModel):
    seconds: float


def burn(_job, data):
    until = time.monotonic() + data.seconds
    while time.monotonic() < until:
        sum(range(1000))


in_thread = job("burn.thread", input=Burn)(burn)
in_process = job("burn.process", input=Burn, place="process")(burn)


@hookimpl
def nexus_jobs():
    return [in_thread, in_process]
"""


def told(name: str, seconds: list[float]) -> None:
    """Print the middle, the 99th of a hundred and the worst of *seconds*."""
    cuts = statistics.quantiles(seconds, n=100)
    worst = max(seconds)
    print(f"  {name:52} p50 {cuts[49] * 1e3:6.2f} ms  p99 {cuts[98] * 1e3:6.2f} ms  worst {worst * 1e3:6.1f} ms")


@pytest.fixture
def turns_as_served() -> Iterator[None]:
    """Let threads take turns as they do in `nexus serve`."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN)
    yield
    sys.setswitchinterval(before)


def quietest(measured: Callable[[], list[float]]) -> list[float]:
    """Return the quietest of three rounds: what else the machine does meanwhile is not what is asked."""
    return min((measured() for _ in range(3)), key=lambda one: statistics.quantiles(one, n=100)[98])


# ── publish-subscribe, while the queue has all that it can do ────────────────────────────────────


def heard_after() -> list[float]:
    """Publish for a while, now and then; return how long after each publication its subscriber had it."""
    pubsub, late = MemoryPubSub(), list[float]()

    def hear() -> None:
        with pubsub.subscribe("rows/#") as heard:
            ready.set()
            for message in heard:
                assert isinstance(message, Message)
                late.append(time.perf_counter() - message.value)

    ready = threading.Event()
    hearing = threading.Thread(target=hear)
    hearing.start()
    ready.wait(10)
    until = time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        pubsub.publish("rows/shop/orders", time.perf_counter())
        time.sleep(EVERY)
    pubsub.close()
    hearing.join(10)
    return late


@contextmanager
def saturated(queue: DurableQueue, producers: int, size: int) -> Iterator[list[int]]:
    """Push, take and acknowledge as much as there is time for; give how many were done."""
    over, done = threading.Event(), [0] * producers

    def push() -> None:
        with suppress(Refused):
            while not over.is_set():
                queue.push_many("q", [PAYLOAD] * size)

    def work(number: int) -> None:
        with suppress(Refused):
            while not over.is_set():
                jobs = queue.pop("q", n=100, wait=0.1)
                done[number] += queue.ack(*jobs) if jobs else 0

    team = [threading.Thread(target=push) for _ in range(producers)]
    team += [threading.Thread(target=work, args=(number,)) for number in range(producers)]
    for one in team:
        one.start()
    try:
        yield done
    finally:
        over.set()
        for one in team:
            one.join()


@pytest.mark.usefixtures("turns_as_served")
@pytest.mark.req("S002-ARCH-02")
def test_publications_while_the_queue_is_saturated(tmp_path: Path) -> None:
    print(
        f"\n  Publish-subscribe in memory, the queue on SQLite, in one process, the quietest of 3 times {SECONDS:g} s"
    )
    told("heard after, while nothing else happens", quietest(heard_after))
    with State.open(tmp_path / "q.sqlite", key=KEY) as state:
        queue = DurableQueue(state)
        for producers, size in ((8, 1), (8, 100), (32, 1)):
            with saturated(queue, producers, size) as done:
                began = time.perf_counter()
                late = quietest(heard_after)
                rate = sum(done) / (time.perf_counter() - began)
            told(f"{producers} push {size} at a time, {producers} take: {rate:,.0f} jobs/s", late)
            queue.purge("q")
        queue.close()


@pytest.mark.usefixtures("turns_as_served")
@pytest.mark.req("S002-ARCH-02")
def test_jobs_while_publications_are_many(tmp_path: Path) -> None:
    with State.open(tmp_path / "q.sqlite", key=KEY) as state:
        queue, pubsub, over = DurableQueue(state), MemoryPubSub(), threading.Event()
        pubsub.listen(lambda _message: None, "rows/#")

        def publish() -> None:
            while not over.is_set():
                pubsub.publish("rows/shop/orders", 1)

        print(f"\n  Pushed and taken one after the other, {SECONDS:g} s each")
        told("push, pop and ack, while nothing else happens", list(turns(queue)))
        publishing = threading.Thread(target=publish)
        publishing.start()
        told("push, pop and ack, while one thread publishes", list(turns(queue)))
        over.set()
        publishing.join()
        queue.close()


def turns(queue: DurableQueue) -> Iterator[float]:
    until = time.perf_counter() + SECONDS
    while (began := time.perf_counter()) < until:
        queue.push("turns", PAYLOAD)
        queue.ack(*queue.pop("turns"))
        yield time.perf_counter() - began


# ── open pages, while a job computes ─────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Path, str]]:
    """A server with jobs that compute, its folder, and the cookie of somebody who is signed in."""
    folder: Path = tmp_path_factory.mktemp("burning")
    plugin(folder, "burn", BURN)
    with sqlite3.connect(folder / "shop.db") as connection:
        connection.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY)")
    app = Nexus(options=options(f"sqlite:///{folder}/shop.db", folder))
    app.start()
    user = app.kernel.access.users.create("ada@example.com", roles=("owner",), by=Actor.system("benchmark"))
    cookie = app.kernel.access.sign_in_as(user.id, Device(), via="password").cookie
    app.kernel.stop()
    command = [sys.executable, "-m", "nexus_admin", "serve", f"{folder}/shop.db", "--name", "shop"]
    command += ["--state", f"{folder}/nexus.db", "--project", str(folder)]
    with launched(lambda port: [*command, "--port", str(port)], {}, path="/sign-in") as server:
        yield server, folder, cookie


@pytest.mark.req("S002-ARCH-03")
def test_pages_are_answered_while_a_job_computes(house: tuple[Served, Path, str]) -> None:
    server, folder, cookie = house
    own = {name: value for name, value in os.environ.items() if not name.startswith("NEXUS_")}  # settings, to Nexus
    print(f"\n  A WebSocket's ping is answered after, {SECONDS:g} s each")
    told("while nothing happens", asyncio.run(pings(server, cookie)))
    for job in ("burn.process", "burn.thread"):
        run = [sys.executable, "-m", "nexus_admin", "job", "run", job, "--data", f'{{"seconds": {SECONDS + 2}}}']
        subprocess.run([*run, "--state", f"{folder}/nexus.db", "--project", str(folder)], check=True, env=own)
        before = server.computed
        late = asyncio.run(pings(server, cookie))
        spent = "" if before is None else f", the server itself {(server.computed or 0) - before:.1f} s of CPU"
        told(f"while {job} computes{spent}", late)
        time.sleep(3)


async def pings(server: Served, cookie: str) -> list[float]:
    """Wait a second, so that a job has begun, then ping again and again."""
    headers = {"Cookie": f"nx_session={cookie}", "Origin": server.url}
    late = []
    async with connect(server.url.replace("http", "ws") + "/live", additional_headers=headers) as page:
        await asyncio.sleep(1)
        until = time.perf_counter() + SECONDS
        while time.perf_counter() < until:
            late.append(await (await page.ping()))
            await asyncio.sleep(EVERY)
    return late
