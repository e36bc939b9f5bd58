"""Engines of brokers that an extension brings, and what is refused because one of them cannot do it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from nexus_admin.brokers.pubsub import MemoryPubSub, PubSub
from nexus_admin.brokers.queue import Queue
from nexus_admin.cli.main import app
from nexus_admin.domain.errors import ExtensionError
from nexus_admin.kernel.checking import findings
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Options, Part
from tests.kernel.working.world import over, pushed
from tests.kernel.world import kernel_of, plugin

PLAIN = """
from nexus_admin.brokers.pubsub import MemoryPubSub
from nexus_admin.brokers.queue import MemoryQueue
from nexus_admin.sdk import Engine, hookimpl

class PlainQueue(MemoryQueue):
    engine = "plain"
    capabilities = MemoryQueue.capabilities - {"priority", "serial", "delay", "key"}

class Elsewhere(MemoryPubSub):
    pass

@hookimpl
def nexus_engines():
    return [Engine("queue", PlainQueue), Engine("pubsub", Elsewhere)]
"""
JOB = """
from nexus_admin.sdk import hookimpl, job

@job("{name}.work"{more})
def work(job, data):
    return "done"

@hookimpl
def nexus_jobs():
    return [work]
"""
STREAM = """
from nexus_admin.brokers.stream import MemoryStream
from nexus_admin.sdk import Engine, Listener, hookimpl

class Bare(MemoryStream):
    capabilities = {capabilities}

@hookimpl
def nexus_engines():
    return [Engine("stream", Bare)]

@hookimpl
def nexus_listeners():
    return [Listener("row.*", print, durable=True, name="mail")]
"""


def job(project: Path, name: str, more: str) -> None:
    plugin(project, name, JOB.format(name=name, more=more))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    plugin(tmp_path, "plain", PLAIN)
    job(tmp_path, "simple", "")
    return tmp_path


def test_an_engine_of_an_extension_stands_in_the_place_of_the_houses(project: Path) -> None:
    kernel = kernel_of(project)
    try:
        assert list(findings(kernel)) == []
        assert kernel.services.get(Queue).engine == "plain"  # type: ignore[type-abstract]
        pubsub = kernel.services.get(PubSub)  # type: ignore[type-abstract]
        assert isinstance(pubsub, MemoryPubSub)
        assert type(pubsub).__name__ == "Elsewhere"
        assert over(kernel, pushed(kernel, "simple.work")).state == "done"
    finally:
        kernel.stop()


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (
            ", priority=7",
            "to take urgent jobs first (priority=), and the engine of the queue, plain, cannot. Use an eng",
        ),
        (", concurrency=1", "needs its queue 'default' to run one job of a line at a time (serial=)"),
        (', cron="0 3 * * *"', "to push within a transaction (tx=), and the engine of the queue, plain, cannot."),
        (', relies_on=["delay"]', "to keep jobs for later (delay=, run_at=)"),
        (', relies_on=["key"]', "to have only one job of a key (key=)"),
        (', relies_on=["dealy"]', "relies on 'dealy', which no queue knows. Did you mean 'delay'?"),
    ],
)
def test_a_job_that_asks_for_more_than_its_queue_can_do_is_refused_by_name(project: Path, more: str, says: str) -> None:
    job(project, "greedy", more)
    kernel = kernel_of(project)
    try:
        (found,) = findings(kernel)
        assert found.sentence.startswith("plugins/greedy: The job 'greedy.work' ")
        assert says in found.sentence
        assert [one.name for one in kernel.jobs if one.owner != "nexus"] == ["simple.work"]
        assert over(kernel, pushed(kernel, "simple.work")).state == "done"
    finally:
        kernel.stop()


def test_nexus_check_says_so_and_fails(project: Path) -> None:
    arguments = ["check", "--project", str(project), "--state", str(project / "state.db")]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    job(project, "greedy", ", priority=7")
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 1
    assert "The job 'greedy.work' needs its queue 'default' to take urgent jobs first" in done.stderr


def test_the_same_job_is_welcome_where_the_queue_can(tmp_path: Path) -> None:
    job(tmp_path, "greedy", ', priority=7, concurrency=1, cron="0 3 * * *", relies_on=["delay", "key"]')
    kernel = kernel_of(tmp_path)
    try:
        assert list(findings(kernel)) == []
        assert over(kernel, pushed(kernel, "greedy.work")).state == "done"
    finally:
        kernel.stop()


def test_a_process_apart_needs_a_queue_that_processes_share(
    project: Path, new_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEXUS_SECRET_KEY", "a key of forty-eight letters for tests and nothing else")
    options = Options(project=project, state=new_postgres_url, environ={}, parts=frozenset({Part.web}))
    kernel = Kernel(options).start()
    try:
        sentences = [one.sentence for one in findings(kernel)]
        assert any(
            "'simple.work' needs its queue 'default' to hand jobs to other processes" in one for one in sentences
        )
    finally:
        kernel.stop()


def test_a_durable_listener_is_refused_where_the_stream_cannot_keep_what_it_has_not_heard(tmp_path: Path) -> None:
    capabilities = '{"durable", "transactional", "groups", "expect", "seek", "retention", "wait"}'
    plugin(tmp_path, "bare", STREAM.format(capabilities=capabilities))
    kernel = kernel_of(tmp_path)
    try:
        (found,) = findings(kernel)
        assert found.sentence.startswith(
            "plugins/bare: The durable listener 'mail' of plugins/bare needs the stream of the house to set an event "
            "aside that cannot be worked on, and its engine, Bare, cannot."
        )
    finally:
        kernel.stop()


def test_nothing_starts_where_an_engine_cannot_do_what_the_house_needs(tmp_path: Path) -> None:
    plugin(tmp_path, "bare", STREAM.format(capabilities='{"durable", "groups", "park", "wait"}'))
    kernel = Kernel(Options(project=tmp_path, state=str(tmp_path / "state.db"), environ={}))
    try:
        with pytest.raises(ExtensionError, match=r"The ledger needs the stream of the house to append within a trans"):
            kernel.start()
    finally:
        kernel.stop()
    arguments = ["check", "--project", str(tmp_path), "--state", str(tmp_path / "state.db")]
    assert "The ledger needs the stream of the house" in CliRunner().invoke(app, arguments).stderr


@pytest.mark.parametrize(
    ("returns", "says"),
    [
        ('[Engine("queues", object)]', "an engine of 'queues'. There is: queue, stream, pubsub, store."),
        ('["queue"]', "nexus_engines must return Engine, not str."),
        ('[Engine("queue", object), Engine("queue", object)]', "Two engines are declared for the queue"),
    ],
)
def test_an_engine_that_is_none_switches_its_extension_off(tmp_path: Path, returns: str, says: str) -> None:
    code = f"from nexus_admin.sdk import Engine, hookimpl\n@hookimpl\ndef nexus_engines():\n    return {returns}\n"
    plugin(tmp_path, "odd", code)
    kernel = kernel_of(tmp_path)
    assert says in kernel.hooks.statuses["plugins/odd"].error
    assert kernel.services.get(Queue).engine == "SQLite"  # type: ignore[type-abstract]
    kernel.stop()
