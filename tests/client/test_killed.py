"""The server is killed under its clients, and comes back: what is durable goes on where it was."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from nexus_admin.brokers.pubsub import Gap
from nexus_admin.brokers.stream import Fresh
from nexus_admin.client import Client, Unclear
from nexus_admin.domain.actor import Actor
from tests.kernel.world import kernel_of
from tests.ports import free_port
from tests.waiting import until

COMMAND = (sys.executable, "-c", "from nexus_admin.cli.main import main; main()")


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


class Work:
    """Events that are appended and read by a group, jobs that are pushed and done, each in a thread of its own."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.events, self.jobs = list(range(300)), list(range(60))
        self.heard: list[int] = []
        self.done: list[int] = []
        self.well_on, self.once_more, self._stop = threading.Event(), threading.Event(), threading.Event()
        every = (self._append, self._push, self._read, self._do)
        self._threads = [threading.Thread(target=one) for one in every]
        for one in self._threads:
            one.start()

    def is_through(self) -> bool:
        return set(self.heard) >= set(self.events) and set(self.done) >= set(self.jobs)

    def end(self) -> None:
        self._stop.set()
        for one in self._threads:
            one.join(60)

    def _append(self) -> None:
        for number in self.events:
            self._client.stream.append("s", Fresh("one", number, "k"))
            if number == 150:
                assert self.once_more.wait(120)
            if number in (100, 200):
                self.well_on.set()

    def _push(self) -> None:
        for number in self.jobs:
            self._client.queue.push("q", number, key=f"job {number}")

    def _read(self) -> None:
        self._client.stream.subscribe("s", "g", lambda event: self.heard.append(event.value), stop=self._stop)

    def _do(self) -> None:
        self._client.queue.subscribe("q", lambda job: self.done.append(job.value), stop=self._stop, lease=2)


@pytest.mark.req("S002-START-05")
def test_a_server_that_is_killed_leaves_no_gap_in_queue_and_stream(server: Server) -> None:
    """Twice, in the middle of it; who listens is told that something may be missing, and hears again."""
    with Client(f"http://127.0.0.1:{server.port}", server.token, timeout=120) as client:
        with client.pubsub.subscribe("news") as news:
            work = Work(client)
            for _ in range(2):
                assert work.well_on.wait(120)
                server.kill()
                work.well_on.clear()
                server.start()
                work.once_more.set()
            until(work.is_through, "the end", 300)
            told: list[Any] = []
            while "back" not in told:
                with suppress(Unclear):
                    client.pubsub.publish("news", "back")
                one = news.get(1)
                told.append(getattr(one, "value", one))
        work.end()
        log = [one.value for one in client.stream.read("s")]
    assert Gap(0) in told
    assert log == work.events, "Each event once, in the order in which they were appended."
    assert list(dict.fromkeys(work.heard)) == work.events, "Each in order; some twice, as at least once has it."
    assert sorted(set(work.done)) == work.jobs
