"""The contract of queues: what goes in comes out, in its order, once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from nexus_admin.brokers.content import Content
from nexus_admin.brokers.queue.protocol import Queue
from nexus_admin.domain.errors import BadRequest, Invalid, TooLarge
from nexus_admin.testing.brokers.queue_fixtures import QueueFixtures, counts, needs, values

VALUES: tuple[Any, ...] = (
    "text", "", "Ünïcode 日本 🦊 \0", 0, -1, 2**62, 1.5, True, None, [], {}, {"b": 1, "a": [2]},
    b"", b"bytes", bytes(range(256)), b"{}", Content(b"\x89PNG", "image/png"), Content(b"", "text/csv"),
)  # fmt: skip
NO_NAMES = ("", "a b", "a/b", "é", "q" * 201, "a\n", "a\0")
NO_TERMS: tuple[dict[str, Any], ...] = (
    {"delay": -1}, {"delay": float("nan")}, {"delay": float("inf")}, {"priority": 1001}, {"priority": -1001},
    {"priority": 1.5}, {"priority": True}, {"max_attempts": 0}, {"key": ""}, {"key": "k" * 1025}, {"key": "a\0"},
    {"serial": ""}, {"serial": "\ud800"}, {"run_at": datetime(2026, 1, 1)},
)  # fmt: skip


class PushingContract(QueueFixtures):
    """Pushing and popping."""

    @pytest.mark.parametrize("value", VALUES, ids=repr)
    def test_a_payload_comes_out_as_it_was_pushed(self, queue: Queue, value: Any) -> None:
        """Bytes as bytes, JSON as JSON, contents with their type."""
        id = queue.push("q", value)
        (job,) = queue.pop("q")
        assert (type(job.value), job.value) == (type(value), value)
        assert (job.id, job.queue, job.state, job.attempts) == (id, "q", "running", 1)

    def test_a_job_says_what_was_said_of_it(self, queue: Queue, clock: Callable[[], datetime]) -> None:
        """All of it, to whoever takes it and to whoever looks."""
        note = {"actor": "ada", "trace": ["a", 1]}
        id = queue.push("q", 1, priority=7, key="k", serial="s", max_attempts=3, note=note)
        found = queue.find(id)
        (job,) = queue.pop("q", lease=20)
        assert found is not None
        for one in (found, job, queue.find(id)):
            assert one is not None
            assert (one.priority, one.key, one.serial, one.max_attempts, one.note) == (7, "k", "s", 3, note)
            assert abs(one.created_at - clock()) < timedelta(seconds=30)
        assert (found.state, found.lease, found.started_at, found.attempts) == ("ready", None, None, 0)
        assert job.lease
        assert job.visible_at is not None
        assert timedelta(seconds=10) < job.visible_at - clock() < timedelta(seconds=21)
        assert queue.find(id) == job

    def test_first_in_first_out(self, queue: Queue) -> None:
        """Among equals, over several pops and pushes; ids sort alike."""
        first = queue.push_many("q", list(range(10)))
        second = [queue.push("q", number) for number in range(10, 20)]
        assert first + second == sorted({*first, *second})
        found = values(queue.pop("q", n=7)) + values(queue.pop("q")) + values(queue.pop("q", n=100))
        assert found == list(range(20))
        assert queue.pop("q") == []

    def test_the_greater_priority_comes_first(self, queue: Queue) -> None:
        """Then whoever was first; also among several queues."""
        needs(queue, "priority")
        for number, priority in enumerate([0, 5, -5, 5, 1000, -1000, 0]):
            queue.push("ab"[number % 2], number, priority=priority)
        assert values(queue.pop("a", "b", n=4)) == [4, 1, 3, 0]
        assert values(queue.pop("b", "a", n=9)) == [6, 2, 5]

    def test_a_queue_knows_only_its_own(self, queue: Queue) -> None:
        """Names differ by case and by every sign."""
        for name in ("q", "Q", "q.", "q_", "q-", "q" * 200):
            queue.push(name, name)
        for name in ("Q", "q-", "q.", "q_", "q" * 200, "q"):
            assert values(queue.pop(name, name, n=9)) == [name]
        assert queue.pop("nobody") == []

    def test_many_are_pushed_at_once(self, queue: Queue) -> None:
        """All or none, in their order, each with an id."""
        needs(queue, "batch")
        ids = queue.push_many("q", [{"n": n} for n in range(1000)], priority=3)
        assert len(set(ids)) == 1000
        assert queue.push_many("q", []) == []
        with pytest.raises(Invalid):
            queue.push_many("q", [1, object()])
        with pytest.raises(BadRequest, match="key"):
            queue.push_many("q", [1, 2], key="k")
        assert counts(queue) == {"ready": 1000}
        jobs = queue.pop("q", n=1000)
        assert [job.id for job in jobs] == ids
        assert {job.priority for job in jobs} == {3}
        assert queue.ack(*jobs) == 1000

    @pytest.mark.parametrize("name", NO_NAMES, ids=repr)
    def test_a_queue_is_called_by_plain_letters(self, queue: Queue, name: str) -> None:
        """Others are refused, wherever they are named."""
        calls: list[Callable[[], object]] = [
            lambda: queue.push(name, 1), lambda: queue.push_many(name, [1]), lambda: queue.pop("q", name),
            lambda: queue.pause(name), lambda: queue.resume(name), lambda: queue.purge(name),
        ]  # fmt: skip
        for call in calls:
            with pytest.raises(BadRequest, match="letters, digits"):
                call()

    @pytest.mark.parametrize("terms", NO_TERMS, ids=repr)
    def test_what_makes_no_sense_is_refused(self, queue: Queue, terms: dict[str, Any]) -> None:
        """By a sentence, before anything is pushed."""
        with pytest.raises(BadRequest):
            queue.push("q", 1, **terms)
        assert counts(queue) == {}

    def test_a_pop_that_makes_no_sense_is_refused(self, queue: Queue) -> None:
        """By a sentence."""
        calls: list[Callable[[], object]] = [
            queue.pop, lambda: queue.pop("q", n=0), lambda: queue.pop("q", n=1001), lambda: queue.pop("q", lease=0),
            lambda: queue.pop("q", lease=float("inf")), lambda: queue.pop("q", wait=-1),
            lambda: queue.pop("q", wait=float("nan")), lambda: queue.jobs(limit=0),
            lambda: queue.jobs(states=("gone",)),  # type: ignore[arg-type]
            lambda: queue.purge("q", states=("running",)),
        ]  # fmt: skip
        for call in calls:
            with pytest.raises(BadRequest):
                call()

    @pytest.mark.req("S002-QUEUE-19")
    def test_a_payload_over_the_limit_is_refused(self, queue: Queue) -> None:
        """The sentence names the queue, its size, the limit, and what to do."""
        with pytest.raises(TooLarge, match=r"'q' has 67,108,864 bytes; one may have [\d,]+ here\. Put"):
            queue.push("q", b"x" * 2**26)
        with pytest.raises(TooLarge):
            queue.push_many("q", [b"", b"x" * 2**26])
        with pytest.raises(TooLarge, match="goes along"):
            queue.push("q", 1, note={"a": "x" * 2**16})
        with pytest.raises(Invalid):
            queue.push("q", 1, note={"a": object()})
        assert counts(queue) == {}

    @pytest.mark.req("S002-BIN-04")
    def test_a_payload_of_a_megabyte_is_byte_for_byte_the_same(self, queue: Queue) -> None:
        """As large as one may be."""
        data = bytes(range(256)) * 4096
        queue.push("q", data)
        assert queue.pop("q")[0].content.data == data

    @pytest.mark.req("S002-QUEUE-01")
    def test_each_job_is_handed_out_once(self, queue: Queue) -> None:
        """To 16 threads, while 8 push; none twice, none lost."""

        def push(thread: int) -> list[str]:
            return [queue.push("q", [thread, number]) for number in range(25)]

        def take(_: int) -> list[str]:
            taken: list[str] = []
            while len(taken) < 8 and counts(queue).get("done", 0) < 200:
                jobs = queue.pop("q", n=3)
                assert queue.ack(*jobs) == len(jobs)
                taken += [job.id for job in jobs]
            return taken

        with ThreadPoolExecutor(24) as pool:
            takers = [pool.submit(take, number) for number in range(16)]
            pushed = [id for ids in pool.map(push, range(8)) for id in ids]
            taken = [id for one in takers for id in one.result(120)]
        while jobs := queue.pop("q", n=50):
            taken += [job.id for job in jobs]
        assert sorted(taken) == sorted(pushed)
