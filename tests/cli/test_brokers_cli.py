"""`nexus queue | stream | topic | store`: beside a running server, on the state that both share."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nexus_admin.brokers.pubsub import Message, PostgresPubSub
from nexus_admin.brokers.stream.protocol import Fresh
from nexus_admin.state.engine import State
from tests.cli.conftest import Ran
from tests.web.brokers_world import SECRET, brokers


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Callable[..., Ran]) -> Callable[..., Ran]:
    where = ("--state", str(tmp_path / "nexus.db"), "--project", str(tmp_path))

    def running(*words: str) -> Ran:
        monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
        return command(*words[:2], *where, *words[2:])

    return running


def test_dead_jobs_are_listed_and_tried_again_beside_a_server(tmp_path: Path, run) -> None:
    with brokers(tmp_path) as world:
        world.die({"to": "ada", "password": SECRET}, error=f"no \x1b[31mred token={SECRET}")
        assert run("queue", "ls")[1].splitlines()[1].split() == ["mail", "0", "0", "0", "0", "1", "-"]
        code, out, _ = run("queue", "dead", "mail")
        assert code == 0
        assert '"to": "ada"' in out
        assert SECRET not in out
        assert "\x1b" not in out
        assert run("queue", "pause", "mail")[1] == "mail is paused.\n"
        assert run("queue", "ls")[1].splitlines()[1].endswith("paused")
        assert run("queue", "retry", "mail")[1] == "Tried again: 1 job.\n"
        assert run("queue", "resume", "mail")[0] == 0
        (job,) = world.queue.pop("mail")
        assert job.value == {"to": "ada", "password": SECRET}
        assert world.audited("queue.retry")[0][0] == "done"


def test_purging_asks_and_an_unknown_state_is_refused(tmp_path: Path, run) -> None:
    with brokers(tmp_path) as world:
        world.queue.push("mail", {"n": 1})
        assert run("queue", "purge", "mail")[0] == 1  # the answer is no
        assert run("queue", "purge", "mail", "--yes", "--states", "running")[0] == 1
        assert run("queue", "purge", "mail", "--yes")[1] == "Forgot 1 job of mail.\n"
        assert run("queue", "ls")[1] == "There are no queues.\n"
        assert run("queue", "dead", "mail")[1] == "No job of mail is dead.\n"


def test_what_is_in_the_servers_memory_is_said_to_be_there(tmp_path: Path, run) -> None:
    with brokers(tmp_path):
        for words in (
            ("topic", "ls"),
            ("topic", "pub", "a", "1"),
            ("store", "ls"),
            ("store", "get", "a"),
            ("store", "del", "a"),
        ):
            code, _, told = run(*words)
            assert code == 1
            assert "in the memory of the server" in told
            assert "/brokers/" in told


def test_a_store_that_is_kept_is_read_and_changed_beside_a_server(tmp_path: Path, run) -> None:
    (tmp_path / "nexus.toml").write_text("[store]\ndurable = true\n")
    with brokers(tmp_path, **{"store.durable": True}) as world:
        assert "outlive a restart" in world.browser().get("/brokers/store").text
        world.store.set("greeting", {"to": "ada", "token": SECRET})
        assert run("store", "ls")[1].splitlines()[1].split()[0] == "greeting"
        said = run("store", "get", "greeting")[1]
        assert ("ada" in said, SECRET in said) == (True, False)
        assert run("store", "del", "greeting")[1] == "1 key deleted.\n"
        assert world.store.get("greeting") is None


@pytest.mark.req("S002-STREAM-11")
def test_a_stream_is_trimmed_after_a_look_and_its_archive_is_read(tmp_path: Path, run) -> None:
    with brokers(tmp_path) as world:
        world.stream.append("orders", *(Fresh("order.paid", {"n": n, "token": SECRET}) for n in range(4)))
        world.stream.group("orders", "slow")
        assert "Nothing of orders is archived." in run("stream", "archive", "orders")[1]
        world.perform("stream.keep", stream="orders", archive=True)
        plan = run("stream", "trim", "orders", "--bytes", "0.1KB", "--yes")[1]
        assert "slow keeps 2 events that it has not done with, 0 parked." in plan
        assert "Forgot 0 events of orders." in plan
        forced = run("stream", "trim", "orders", "--keep", "1", "--force", "--yes")[1]
        assert "slow loses 3 events" in forced
        assert "Forgot 3 events of orders." in forced
        listed = run("stream", "archive", "orders")[1]
        assert listed.splitlines()[1].split()[:2] == ["0.1", "0.3"]
        (file,) = world.perform("stream.archived", stream="orders").files
        assert (tmp_path / "stream-archive").is_dir()
        assert str(tmp_path) not in f"{listed}{file}", "where the server has it is not for whoever may look"
        assert file.name in listed
        lines = run("stream", "archive", "orders", "--events", "--after", "0.1", "--limit", "1")[1].splitlines()
        assert [json.loads(one)["payload"]["n"] for one in lines] == [1]
        assert SECRET not in lines[0]


def test_a_stream_is_read_and_a_group_moved_after_a_look(tmp_path: Path, run) -> None:
    with brokers(tmp_path) as world:
        world.stream.append("orders", *(Fresh("order.paid", {"n": n, "token": SECRET}, key="a") for n in range(4)))
        world.stream.group("orders", "billing")
        batch = world.stream.fetch("orders", "billing", n=3)
        assert batch is not None
        world.stream.commit(batch)
        assert "orders" in run("stream", "ls")[1]
        assert run("stream", "lag", "orders")[1].splitlines()[1].split()[:3] == ["billing", "0", "1"]
        lines = [json.loads(line) for line in run("stream", "tail", "orders", "--limit", "2")[1].splitlines()]
        assert [one["payload"]["n"] for one in lines] == [2, 3]
        assert SECRET not in json.dumps(lines)
        assert "3 events come again" in run("stream", "seek", "orders", "billing", "begin", "--yes")[1]
        assert run("stream", "lag", "orders")[1].splitlines()[1].split()[2] == "4"
        code, _, told = run("stream", "seek", "orders", "billing", "yesterday-ish")
        assert (code, "is not a moment" in told) == (1, True)


def test_parked_events_are_listed_tried_again_and_discarded(tmp_path: Path, run) -> None:
    with brokers(tmp_path) as world:
        events = world.stream.append("orders", Fresh("order.sent", 1), Fresh("order.paid", 2))
        world.stream.group("orders", "mailer")
        batch = world.stream.fetch("orders", "mailer")
        assert batch is not None
        for event in batch.events:
            world.stream.park(batch, event, "no such address")
        first, second = (str(one.position.seq) for one in events)
        assert run("stream", "parked", "orders", "mailer")[1].splitlines()[1].split()[:2] == [first, "order.sent"]
        assert "Tried again: 1 event." in run("stream", "retry", "orders", "mailer", "--event", first)[1]
        again = world.stream.fetch("orders", "mailer")
        assert again is not None
        assert again.events[0].id == events[0].id
        assert world.stream.commit(again)
        assert "Discarded: 1 event." in run("stream", "discard", "orders", "mailer", "--event", second, "--yes")[1]
        assert world.stream.parked("orders", "mailer") == []


@pytest.mark.req("S002-PUBSUB-05")
def test_on_postgresql_topics_are_in_the_state_that_both_share(
    new_postgres_url: str, run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEXUS_SECRET_KEY", "a key of forty-eight letters for tests and nothing else")
    with State.open(new_postgres_url) as state:
        server = PostgresPubSub(state)
        with server.subscribe("#") as heard:
            where = ("--state", new_postgres_url)
            assert run("topic", "ls", *where)[1] == "No topic has a last value.\n"
            assert run("topic", "pub", "hall/temp", "20.5", "--retain", *where)[1] == "It was published.\n"
            message = heard.get(20)
            assert isinstance(message, Message)
            assert (message.topic, message.value) == ("hall/temp", 20.5)
            assert run("topic", "ls", *where)[1].splitlines()[1].split() == ["hall/temp", "4"]
        server.close()
