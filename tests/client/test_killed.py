"""The server is killed under its clients, and comes back: what is durable goes on where it was."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nexus_admin.brokers.pubsub import Gap
from nexus_admin.brokers.stream import Fresh
from nexus_admin.client import Client, Unclear
from nexus_admin.domain.actor import Actor
from tests.kernel.world import kernel_of

COMMAND = (sys.executable, "-c", "from nexus_admin.cli.main import main; main()")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Server:
    """A server of its own process, on a port that stays."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.port = folder, free_port()
        self._process: subprocess.Popen[str] | None = None
        (folder / "nexus.toml").write_text(f'[state]\nurl = "{folder}/state.db"\n')
        kernel = kernel_of(folder)
        user = kernel.access.users.create("ana@example.com", roles=("owner",), by=Actor.system("test"))
        self.token, _ = kernel.access.tokens.create(user.id, "client", scopes=("client.*",))
        kernel.stop()

    def start(self) -> None:
        words = ("serve", "--port", str(self.port), "--no-open", "--project", str(self._folder))
        self._process = subprocess.Popen([*COMMAND, *words], cwd=self._folder, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        next(line for line in self._process.stdout if "is ready" in line)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait(60)
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    made.start()
    yield made
    made.kill()


def until(found: Callable[[], Any], what: str) -> None:
    end = time.monotonic() + 120
    while not found():
        assert time.monotonic() < end, what
        time.sleep(0.02)


@pytest.mark.req("S002-START-05")
def test_a_server_that_is_killed_leaves_no_gap_in_queue_and_stream(server: Server) -> None:
    """Twice, while events are appended, a group reads them, jobs are pushed and done, and somebody listens."""
    events, jobs = list(range(300)), list(range(60))
    heard: list[int] = []
    done: list[int] = []
    stop = threading.Event()

    with Client(f"http://127.0.0.1:{server.port}", server.token, timeout=120) as client:

        def write() -> None:
            for number in events:
                client.stream.append("s", Fresh("one", number, "k"))
                if number in (100, 200):
                    halfway.set()

        def push() -> None:
            for number in jobs:
                client.queue.push("q", number, key=f"job {number}")

        halfway = threading.Event()
        work = [
            threading.Thread(target=one)
            for one in (
                write,
                push,
                lambda: client.stream.subscribe("s", "g", lambda event: heard.append(event.value), stop=stop),
                lambda: client.queue.subscribe("q", lambda job: done.append(job.value), stop=stop, lease=2),
            )
        ]
        with client.pubsub.subscribe("news") as news:
            for one in work:
                one.start()
            for _ in range(2):
                assert halfway.wait(120)
                server.kill()
                halfway.clear()
                server.start()
            until(lambda: set(heard) >= set(events) and set(done) >= set(jobs), "the end")
            told: list[Any] = []
            while "back" not in told:
                publish(client)
                one = news.get(1)
                told.append(getattr(one, "value", one))
        stop.set()
        for one in work:
            one.join(60)
        assert Gap(0) in told, "Who listened is told that something may be missing."
        log = [one.value for one in client.stream.read("s")]
    assert log == events, "Each event once, in the order in which they were appended."
    once = list(dict.fromkeys(heard))
    assert once == events, "The group heard each, in order; some twice, as at least once has it."
    assert sorted(set(done)) == jobs


def publish(client: Client) -> None:
    try:
        client.pubsub.publish("news", "back")
    except Unclear:
        return
