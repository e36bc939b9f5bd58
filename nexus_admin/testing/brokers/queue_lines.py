"""The contract of queues: keys that only one job has, and lines of which one runs at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from nexus_admin.brokers.queue.protocol import Queue
from nexus_admin.testing.brokers.queue_fixtures import QueueFixtures, counts, needs, values


class LinesContract(QueueFixtures):
    """`key=` and `serial=`."""

    @pytest.mark.req("S002-QUEUE-15")
    def test_a_key_is_had_by_one_job_that_is_not_over(self, queue: Queue, pass_time: Callable[[float], None]) -> None:
        """Whoever comes second is given the first one's id; when it is over, the key is free."""
        needs(queue, "key")
        first = queue.push("q", 1, key="k", delay=0.1)
        assert queue.push("q", 2, key="k") == first
        pass_time(0.2)
        (job,) = queue.pop("q")
        assert queue.push("q", 3, key="k") == first
        queue.nack(job, "no", retry_in=0)
        assert queue.push("q", 4, key="k") == first
        other = queue.push("other", 5, key="k")
        assert other != first
        queue.ack(*queue.pop("q"))
        again = queue.push("q", 6, key="k")
        assert again not in (first, other)
        assert values(queue.pop("q", n=9)) == [6]

    @pytest.mark.req("S002-QUEUE-15")
    def test_of_a_thousand_who_race_one_pushes(self, queue: Queue) -> None:
        """All are given its id."""
        needs(queue, "key")
        with ThreadPoolExecutor(32) as pool:
            ids = set(pool.map(lambda number: queue.push("q", number, key="k"), range(1000)))
        assert len(ids) == 1
        assert counts(queue) == {"ready": 1}

    def test_what_is_dead_comes_back_only_where_its_key_is_free(self, queue: Queue) -> None:
        """Else there would be two."""
        needs(queue, "key")
        first = queue.push("q", 1, key="k")
        queue.nack(queue.pop("q")[0], "no", dead=True)
        second = queue.push("q", 2, key="k")
        assert second != first
        assert queue.retry(first) == 0
        queue.cancel(second)
        assert queue.retry(first) == 1
        assert queue.push("q", 3, key="k") == first

    @pytest.mark.req("S002-QUEUE-16")
    def test_of_a_line_one_runs_at_a_time_in_its_order(self, queue: Queue) -> None:
        """Whatever their priorities; other lines and queues go on."""
        needs(queue, "serial")
        queue.push_many("q", ["a1", "a2"], serial="a")
        queue.push("q", "a3", serial="a", priority=100)
        queue.push("q", "b1", serial="b")
        queue.push("other", "x", serial="a")
        queue.push("q", "free")
        jobs = queue.pop("q", n=9)
        assert values(jobs) == ["a1", "b1", "free"]
        assert values(queue.pop("other")) == ["x"]
        assert queue.pop("q", n=9) == []
        assert counts(queue) == {"running": 3, "waiting": 2}
        for expected in ("a2", "a3"):
            assert queue.ack(jobs[0]) == 1
            jobs = queue.pop("q", n=9)
            assert values(jobs) == [expected]
        queue.ack(jobs[0])
        assert queue.pop("q") == []

    @pytest.mark.req("S002-QUEUE-16")
    def test_who_waits_to_be_tried_again_holds_up_those_behind_it(
        self, queue: Queue, pass_time: Callable[[float], None]
    ) -> None:
        """Until it is done, dead or cancelled; a lost lease does not let anybody pass either."""
        needs(queue, "serial")
        queue.push_many("q", [1, 2, 3], serial="a", max_attempts=2)
        (job,) = queue.pop("q")
        queue.nack(job, "no", retry_in=0.1)
        assert queue.pop("q") == []
        pass_time(0.2)
        assert values(queue.pop("q", n=9, lease=0.1)) == [1]
        pass_time(0.2)
        (job,) = queue.pop("q", n=9, lease=0.1)
        assert job.value == 2
        assert counts(queue) == {"dead": 1, "running": 1, "waiting": 1}
        pass_time(0.2)
        (job,) = queue.pop("q", n=9)
        assert (job.value, job.attempts) == (2, 2)
        queue.nack(job, "no")
        assert values(queue.pop("q")) == [3]

    @pytest.mark.req("S002-QUEUE-16")
    def test_who_leaves_a_line_lets_the_next_one_come_up(
        self, queue: Queue, pass_time: Callable[[float], None]
    ) -> None:
        """By cancelling or purging; who comes back stands behind who is there; a time of one's own still counts."""
        needs(queue, "serial")
        ids = queue.push_many("q", [1, 2, 3, 4], serial="a")
        later = queue.push("q", 5, serial="a", delay=0.4)
        assert queue.cancel(ids[2], ids[0]) == 2
        (job,) = queue.pop("q", n=9)
        assert job.value == 2
        assert queue.retry(ids[0]) == 1
        assert queue.pop("q") == []
        queue.ack(job)
        (job,) = queue.pop("q", n=9)
        assert job.value == 1
        assert queue.cancel(ids[3]) == 1
        queue.ack(job)
        assert queue.pop("q") == []
        found = queue.find(later)
        assert found is not None
        assert found.visible_at is not None
        pass_time(0.5)
        assert values(queue.pop("q", n=9)) == [5]
        queue.push_many("q", [6, 7], serial="a")
        assert queue.purge("q") == 2
        queue.push_many("q", [8, 9], serial="b")
        assert queue.purge("q", states=("ready",)) == 1
        assert values(queue.pop("q", n=9)) == [9]

    @pytest.mark.req("S002-QUEUE-16")
    def test_no_two_of_a_line_run_at_once_though_many_work(self, live: Queue) -> None:
        """Eight threads, four lines: each is done in its order."""
        needs(live, "serial", "wait")
        begun: dict[str, list[int]] = {line: [] for line in "abcd"}
        running: dict[str, threading.Lock] = {line: threading.Lock() for line in "abcd"}
        until = time.monotonic() + 60
        wrong: list[str] = []

        def work() -> None:
            while sum(map(len, begun.values())) < 60 and time.monotonic() < until:
                for job in live.pop("q", wait=0.2):
                    line, number = job.value
                    if not running[line].acquire(blocking=False):
                        wrong.append(line)
                    begun[line].append(number)
                    time.sleep(0.001)
                    running[line].release()
                    live.ack(job)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for number in range(15):
            for line in "abcd":
                live.push("q", [line, number], serial=line)
        for thread in threads:
            thread.join(90)
        assert wrong == []
        assert begun == {line: list(range(15)) for line in "abcd"}
