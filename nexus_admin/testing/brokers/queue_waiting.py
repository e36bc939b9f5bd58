"""The contract of queues: waiting for jobs without a busy loop, and joining a transaction of our state."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from nexus_admin.brokers.queue.protocol import Job, Queue
from nexus_admin.domain.errors import Refused
from nexus_admin.state.engine import State
from nexus_admin.testing.brokers.queue_fixtures import QueueFixtures, counts, needs, values

LONG = 30.0
"""Seconds that nobody waits, unless something is wrong."""


class Popping:
    """A thread that pops; `jobs` is what it got, when it is over."""

    def __init__(self, queue: Queue, *names: str, n: int = 1, wait: float = LONG) -> None:
        self.jobs: list[Job] | None = None
        self._thread = threading.Thread(target=self._pop, args=(queue, names, n, wait), daemon=True)
        self._thread.start()

    def _pop(self, queue: Queue, names: tuple[str, ...], n: int, wait: float) -> None:
        self.jobs = queue.pop(*names, n=n, wait=wait)

    def result(self) -> list[Job]:
        """Return what it got, in less time than it would have waited in vain."""
        self._thread.join(LONG - 5)
        assert self.jobs is not None, "It still waits."
        return self.jobs


class WaitingContract(QueueFixtures):
    """`wait=`, in time that really passes."""

    @pytest.mark.req("S002-QUEUE-03")
    def test_who_waits_is_woken_by_a_push(self, live: Queue) -> None:
        """Of any of its queues; what is there already is not waited for."""
        needs(live, "wait")
        live.push("a", 1)
        assert values(live.pop("a", wait=LONG)) == [1]
        for name in ("a", "b"):
            waiting = Popping(live, "a", "b")
            time.sleep(0.1)
            live.push("elsewhere", 0)
            live.push(name, name)
            assert values(waiting.result()) == [name]

    def test_who_waits_in_vain_gets_nothing(self, live: Queue) -> None:
        """After that time, and not before."""
        needs(live, "wait")
        start = time.monotonic()
        assert live.pop("q", wait=0.3) == []
        assert time.monotonic() - start >= 0.3

    @pytest.mark.req("S002-QUEUE-03")
    def test_waiting_costs_nothing(self, live: Queue) -> None:
        """Sixteen who wait for a second take hardly any of the processor's time."""
        needs(live, "wait")
        live.push("later", 1, delay=100)
        start = time.process_time()
        with ThreadPoolExecutor(16) as pool:
            assert list(pool.map(lambda _: live.pop("q", "later", wait=1.0), range(16))) == [[]] * 16
        assert time.process_time() - start < 0.8

    def test_each_push_wakes_who_can_have_it(self, live: Queue) -> None:
        """Eight wait, eight are pushed: each gets one, whether they came one by one or at once."""
        needs(live, "wait", "batch")
        for at_once in (False, True):
            waiting = [Popping(live, "q") for _ in range(8)]
            time.sleep(0.1)
            if at_once:
                live.push_many("q", list(range(8)))
            else:
                for number in range(8):
                    live.push("q", number)
            assert sorted(job.value for one in waiting for job in one.result()) == list(range(8))

    @pytest.mark.req("S002-QUEUE-06")
    def test_who_waits_is_woken_by_what_comes_due(self, live: Queue) -> None:
        """By a delay, a moment, a retry, and a lease that was lost."""
        needs(live, "wait", "delay")
        live.push("q", "delay", delay=0.2)
        (job,) = live.pop("q", wait=LONG)
        live.nack(job, "no", retry_in=0.2)
        (job,) = live.pop("q", wait=LONG, lease=0.2)
        assert (job.value, job.attempts) == ("delay", 2)
        (job,) = live.pop("q", wait=LONG)
        assert (job.value, job.attempts) == ("delay", 3)
        live.ack(job)
        live.push("q", "moment", run_at=datetime.now(UTC) + timedelta(seconds=0.3))
        assert values(live.pop("q", wait=LONG)) == ["moment"]

    def test_who_waits_is_woken_by_what_people_do(self, live: Queue) -> None:
        """By a retry, by a queue that is resumed, by whoever leaves the line."""
        needs(live, "wait", "pause", "serial")
        dead = live.push("q", "dead", max_attempts=1)
        live.nack(live.pop("q")[0], "no")
        waiting = Popping(live, "q")
        time.sleep(0.1)
        live.retry(dead)
        live.ack(*waiting.result())
        live.pause("q")
        live.push("q", "held")
        waiting = Popping(live, "q")
        time.sleep(0.1)
        live.resume("q")
        live.ack(*waiting.result())
        live.push_many("q", ["first", "second"], serial="s")
        (job,) = live.pop("q")
        waiting = Popping(live, "q")
        time.sleep(0.1)
        live.ack(job)
        assert values(waiting.result()) == ["second"]

    def test_who_waits_is_woken_when_the_queue_is_closed(self, live: Queue) -> None:
        """With nothing."""
        needs(live, "wait")
        waiting = [Popping(live, "q") for _ in range(3)]
        time.sleep(0.1)
        live.close()
        assert [one.result() for one in waiting] == [[], [], []]


class TransactionContract(QueueFixtures):
    """`tx=`."""

    def test_an_engine_that_cannot_join_a_transaction_says_so(self, queue: Queue) -> None:
        """Rather than keep a job whose data is gone."""
        if "transactional" in queue.capabilities:
            pytest.skip("It can.")
        for call in (
            lambda: queue.push("q", 1, tx=object()),
            lambda: queue.push_many("q", [1], tx=object()),
            lambda: queue.ack(tx=object()),
        ):
            with pytest.raises(Refused, match="cannot join a transaction"):
                call()
        assert counts(queue) == {}

    @pytest.mark.req("S002-QUEUE-18")
    def test_what_is_pushed_in_a_transaction_is_there_if_that_commits(self, queue: Queue, state: State) -> None:
        """And vanishes with the data."""

        def push(connection: sa.Connection, fail: bool) -> list[str]:
            ids = [queue.push("q", 1, tx=connection), *queue.push_many("q", [2, 3], tx=connection)]
            ids.append(queue.push("q", 4, key="k", serial="s", tx=connection))
            if fail:
                raise LookupError("on purpose")
            return ids

        with pytest.raises(LookupError):
            state.write(lambda connection: push(connection, fail=True))
        assert counts(queue) == {}
        assert queue.pop("q") == []
        ids = state.write(lambda connection: push(connection, fail=False))
        assert [job.id for job in queue.pop("q", n=9)] == ids
        pushed = {one.queue: one.pushed for one in queue.figures()}
        assert pushed["q"] == 4

    @pytest.mark.req("S002-QUEUE-18")
    def test_who_waits_is_woken_by_the_commit(self, live: Queue, state: State) -> None:
        """Not before it."""
        needs(live, "wait")
        waiting = Popping(live, "q")
        time.sleep(0.1)

        def push(connection: sa.Connection) -> None:
            live.push("q", 1, tx=connection)
            time.sleep(0.2)
            assert waiting.jobs is None

        state.write(push)
        assert values(waiting.result()) == [1]

    def test_what_is_acknowledged_in_a_transaction_is_done_if_that_commits(self, queue: Queue, state: State) -> None:
        """So the work that is done in it happens once."""
        queue.push_many("q", [1, 2])
        jobs = queue.pop("q", n=2)

        def work(connection: sa.Connection, fail: bool) -> int:
            done = queue.ack(*jobs, tx=connection)
            if fail:
                raise LookupError("on purpose")
            return done

        with pytest.raises(LookupError):
            state.write(lambda connection: work(connection, fail=True))
        assert counts(queue) == {"running": 2}
        assert state.write(lambda connection: work(connection, fail=False)) == 2
        assert counts(queue) == {"done": 2}
        with pytest.raises(Refused, match="not ours any more"):
            state.write(lambda connection: work(connection, fail=False))
