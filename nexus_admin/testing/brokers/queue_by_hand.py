"""The contract of queues: looking at jobs, and what people do to them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nexus_admin.brokers.content import Content
from nexus_admin.brokers.queue.protocol import Queue
from nexus_admin.domain.errors import Refused, TooLarge
from nexus_admin.testing.brokers.queue_fixtures import QueueFixtures, counts, needs, values


class LookingContract(QueueFixtures):
    """What changes nothing."""

    def test_a_job_is_found_by_its_id(self, queue: Queue) -> None:
        """And nothing by any other."""
        id = queue.push("q", 1)
        found = queue.find(id)
        assert found is not None
        assert found.value == 1
        assert queue.find("0" * 26) is None
        assert queue.find("no id\n'") is None

    def test_jobs_are_listed_newest_first_page_by_page(self, queue: Queue) -> None:
        """Of one queue or all, in one of some states."""
        ids = queue.push_many("q", list(range(25)))
        queue.push("other", "x")
        pages, after = [], None
        while page := queue.jobs("q", after=after, limit=10):
            pages.append(len(page))
            after = page[-1].id
            assert [job.id for job in page] == ids[::-1][sum(pages) - len(page) : sum(pages)]
        assert pages == [10, 10, 5]
        assert len(queue.jobs()) == 26
        queue.ack(*queue.pop("q", n=2))
        assert values(queue.jobs("q", states=("done",))) == [1, 0]
        assert len(queue.jobs("q", states=("done", "ready"))) == 25
        assert queue.jobs("q", states=("dead",)) == []

    def test_jobs_are_found_by_what_they_hold(self, queue: Queue) -> None:
        """In payload, key, serial and error; signs of patterns are only signs."""
        wanted = {
            "payload": queue.push("q", {"mail": "ada 50% off_日本"}),
            "key": queue.push("q", 1, key="order:77"),
            "serial": queue.push("q", 2, serial="lane*7"),
            "csv": queue.push("q", Content(b"a;b;needle", "text/csv")),
        }
        queue.push("q", b"needle order lane 50x off 50%Xoff-")
        queue.nack(next(job for job in queue.pop("q", n=9) if job.id == wanted["csv"]), "smtp said no", dead=True)
        for text, name in (("50% off_", "payload"), ("日本", "payload"), ("order:7", "key"), ("lane*", "serial"),
                           ("needle", "csv"), ("smtp", "csv")):  # fmt: skip
            assert [job.id for job in queue.jobs("q", text=text)] == [wanted[name]], text
        assert queue.jobs("q", text="nowhere") == []

    def test_figures_count(self, queue: Queue, pass_time: Callable[[float], None]) -> None:
        """By state, with the age of the oldest ready one, whether it is paused, and what happened."""
        before = {one.queue: one for one in queue.figures()}
        assert before.get("q") is None or before["q"].counts == {}
        queue.push_many("q", list(range(6)))
        queue.push("q", 7, delay=100)
        pass_time(0.5)
        queue.push("a", 1)
        one, two, three = queue.pop("q", n=3)
        queue.ack(one)
        queue.nack(two, "no", dead=True)
        queue.pause("paused")
        figures = {one.queue: one for one in queue.figures()}
        assert [one.queue for one in queue.figures()] == ["a", "paused", "q"]
        q = figures["q"]
        assert q.counts == {"ready": 3, "waiting": 1, "running": 1, "done": 1, "dead": 1}
        assert (q.pushed, q.done, q.failed, q.held) == (7, 1, 1, False)
        assert q.oldest is not None
        assert q.oldest > 0.4
        assert (figures["paused"].held, figures["paused"].oldest, figures["paused"].counts) == (True, None, {})
        queue.ack(three)


class ByHandContract(QueueFixtures):
    """What people do."""

    @pytest.mark.req("S002-QUEUE-10")
    def test_what_is_over_or_waits_is_made_ready(self, queue: Queue) -> None:
        """With all attempts anew, and another payload where one is given."""
        dead = queue.push("q", "dead", max_attempts=1)
        queue.nack(queue.pop("q")[0], "no")
        done = queue.push("q", "done")
        queue.ack(*queue.pop("q"))
        later = queue.push("q", "later", delay=1000)
        ready = queue.push("q", "ready")
        running = queue.push("run", "running")
        queue.pop("run")
        assert queue.retry(dead, done, later, ready, running, "0" * 26, dead) == 3
        jobs = queue.pop("q", n=9)
        assert values(jobs) == ["dead", "done", "later", "ready"]
        assert {job.attempts for job in jobs} == {1}
        queue.nack(jobs[0], "no again")
        assert queue.retry(dead, payload={"mended": True}) == 1
        (job,) = queue.pop("q")
        assert (job.id, job.value, job.finished_at) == (dead, {"mended": True}, None)
        queue.nack(job, "no")
        with pytest.raises(TooLarge):
            queue.retry(dead, payload=b"x" * 2**26)

    def test_what_is_cancelled_is_over_and_its_worker_hears_it(self, queue: Queue) -> None:
        """It cannot settle it any more."""
        waiting, running, ready = (queue.push("q", n, delay=n % 2 * 1000) for n in (1, 2, 4))
        (job,) = queue.pop("q")
        assert job.id == running
        assert queue.cancel(waiting, running, ready, "0" * 26) == 3
        assert queue.cancel(waiting, running, ready) == 0
        assert queue.extend(job, 10) is False
        assert queue.ack(job) == 0
        assert queue.nack(job, "no") is None
        assert counts(queue) == {"cancelled": 3}
        assert queue.pop("q") == []

    def test_what_is_over_is_discarded_and_nothing_else(self, queue: Queue) -> None:
        """One by one."""
        ids = queue.push_many("q", [1, 2, 3])
        queue.ack(queue.pop("q")[0])
        queue.nack(queue.pop("q")[0], "no", dead=True)
        assert queue.discard(*ids, "0" * 26) == 2
        assert [job.id for job in queue.jobs()] == ids[2:]

    def test_a_queue_is_purged(self, queue: Queue) -> None:
        """Of what waits to be done unless told; what runs stays; a key is free again."""
        queue.push_many("q", list(range(2500)))
        queue.push("q", 1, key="k", delay=100)
        queue.push("other", 1)
        (job,) = queue.pop("q")
        assert queue.purge("q") == 2500
        assert counts(queue) == {"running": 1}
        assert queue.ack(job) == 1
        assert queue.purge("q") == 0
        assert queue.purge("q", states=("done", "dead")) == 1
        queue.push("q", 2, key="k")
        assert counts(queue) == {"ready": 1}
        assert counts(queue, "other") == {"ready": 1}

    def test_a_queue_that_is_paused_hands_nothing_out(self, queue: Queue, pass_time: Callable[[float], None]) -> None:
        """What runs goes on; pushes wait; what is due stays ready; others go on."""
        needs(queue, "pause")
        queue.push_many("q", [1, 2])
        queue.push("other", "x")
        (job,) = queue.pop("q", lease=0.2)
        queue.pause("q")
        queue.pause("q")
        queue.push("q", 3)
        assert values(queue.pop("q", "other", n=9)) == ["x"]
        assert queue.extend(job, 0.2) is True
        pass_time(0.3)
        assert queue.pop("q") == []
        queue.resume("q")
        queue.resume("q")
        assert values(queue.pop("q", n=9)) == [1, 2, 3]

    def test_what_has_long_been_over_is_forgotten(self, queue: Queue, pass_time: Callable[[float], None]) -> None:
        """With time, or by number; the dead stay."""
        needs(queue, "history")
        ids = queue.push_many("q", list(range(10)))
        jobs = queue.pop("q", n=10)
        for job in jobs[:6]:
            queue.ack(job)
            pass_time(0.01)
        queue.nack(jobs[6], "no", dead=True)
        queue.cancel(jobs[7].id)
        assert queue.sweep() == 0
        assert queue.sweep(at_most=4) in (2, 3)  # what is done and what is cancelled may be counted apart
        kept = {job.id for job in queue.jobs("q")}
        assert {*ids[3:6], ids[6], ids[7], *ids[8:]} <= kept
        pass_time(0.2)
        queue.sweep(keep=0.1)
        assert counts(queue) == {"dead": 1, "running": 2}

    def test_a_queue_that_is_closed_says_so(self, queue: Queue) -> None:
        """Whatever it is asked."""
        id = queue.push("q", 1)
        (job,) = queue.pop("q")
        queue.close()
        calls: list[Callable[[], object]] = [
            lambda: queue.push("q", 1), lambda: queue.push_many("q", [1]), lambda: queue.pop("q"),
            lambda: queue.ack(job), lambda: queue.nack(job, ""), lambda: queue.extend(job, 1), lambda: queue.find(id),
            queue.jobs, queue.figures, lambda: queue.retry(id), lambda: queue.cancel(id), lambda: queue.discard(id),
            lambda: queue.purge("q"), lambda: queue.pause("q"), lambda: queue.resume("q"), queue.sweep,
            lambda: queue.pop("q", wait=0.01) or queue.push("q", 1),
        ]  # fmt: skip
        for call in calls:
            with pytest.raises(Refused, match="closed"):
                call()
        queue.close()
