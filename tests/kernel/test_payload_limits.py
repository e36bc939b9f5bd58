"""How large the payload of a job may be: one megabyte unless settings say otherwise, at every door, in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nexus_admin.brokers.content import Content
from nexus_admin.brokers.queue import MemoryQueue, Queue
from nexus_admin.domain.errors import Invalid, SettingError, TooLarge
from nexus_admin.kernel.brokers.limits import most_bytes
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Options
from tests.kernel.world import perform

MEGABYTE = 1_048_576
PLAIN = r"queue 'mail' has 1,048,577 bytes; one may have 1,048,576 here\. Put what is large .* raise queues\.most_bytes"


def sized(size: int) -> Content:
    return Content(b"x" * size, "application/octet-stream")


@pytest.fixture(params=["sqlite", "postgresql"])
def kernel(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kernel]:
    state = str(tmp_path / "state.db")
    if request.param == "postgresql":
        monkeypatch.setenv("NEXUS_SECRET_KEY", "3x-9Qa-one-key-for-all-processes-of-a-house-77")
        state = request.getfixturevalue("new_postgres_url")
    kernel = Kernel(Options(project=tmp_path, state=state, environ={}))
    kernel.start()
    yield kernel
    kernel.stop()


@pytest.mark.req("S002-QUEUE-19")
def test_a_payload_has_a_megabyte_unless_settings_say_otherwise_for_all_or_for_one_queue(kernel: Kernel) -> None:
    queue = kernel.services.get(Queue)  # type: ignore[type-abstract]
    queue.push("mail", sized(MEGABYTE))
    with pytest.raises(TooLarge, match=PLAIN):
        queue.push("mail", sized(MEGABYTE + 1))
    with pytest.raises(TooLarge, match=PLAIN):
        queue.push_many("mail", [b"", sized(MEGABYTE + 1)])
    perform(kernel, "settings.change", key="queues.most_bytes", value="2000")
    perform(kernel, "settings.change", key="queues.most_bytes_of", value="video.*=3MB, mail=1")
    queue.push("video.cut", sized(3_000_000))
    queue.push("other", sized(2000))
    queue.push("mail", sized(1024))
    for name, size, most in (("video.cut", 3_000_001, "3,000,000"), ("other", 2001, "2,000"), ("mail", 1025, "1,024")):
        with pytest.raises(TooLarge, match=f"'{name}' has {size:,} bytes; one may have {most} here"):
            queue.push(name, sized(size))
    queue.push("small", "x", max_attempts=1)
    (job,) = queue.pop("small")
    queue.nack(job, "no", dead=True)
    with pytest.raises(TooLarge, match="'small' has 2,001 bytes"):
        queue.retry(job.id, payload=sized(2001))
    assert queue.retry(job.id, payload=sized(2000)) == 1


@pytest.mark.req("S002-QUEUE-19")
def test_the_queue_in_memory_says_the_same() -> None:
    queue = MemoryQueue(most_payload=lambda name: {"mail": MEGABYTE}.get(name, 5000))
    queue.push("mail", sized(MEGABYTE))
    with pytest.raises(TooLarge, match=PLAIN):
        queue.push("mail", sized(MEGABYTE + 1))
    with pytest.raises(TooLarge, match="one may have 5,000 here"):
        queue.push("other", sized(5001))


def test_a_size_that_is_none_is_named(tmp_path: Path) -> None:
    said: Any = {"queues.most_bytes": 5, "queues.most_bytes_of": ["a=large"]}
    with pytest.raises(SettingError, match=r"queues.most_bytes_of: 'a=large'"):
        most_bytes(said, "a")


def test_what_cannot_be_read_is_refused_where_it_is_said(tmp_path: Path) -> None:
    """At the start in a file, at once on the page of settings; a push never meets it."""
    kernel = Kernel(Options(project=tmp_path, state=str(tmp_path / "state.db"), environ={})).start()
    try:
        for key, value, told in (
            ("queues.most_bytes_of", "a=large", "does not say how many bytes"),
            ("streams.keep_bytes", "a=", "does not say how many bytes"),
            ("streams.keep_events", "a=half", "does not say how many events"),
            ("streams.keep_days", "a=0", "does not say how many days"),
            ("streams.kept", "a", "Say it on the stream's page"),
        ):
            with pytest.raises(Invalid, match=told):
                perform(kernel, "settings.change", key=key, value=value)
    finally:
        kernel.stop()
    (tmp_path / "nexus.toml").write_text('[queues]\nmost_bytes_of = ["a=large"]\n')
    with pytest.raises(SettingError, match=r"queues\.most_bytes_of: 'a=large'"):
        Kernel(Options(project=tmp_path, state=str(tmp_path / "state.db"), environ={})).start()
