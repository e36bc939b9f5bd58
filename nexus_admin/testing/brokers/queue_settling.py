"""The contract of queues: leases, settling, retries, and time that passes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from nexus_admin.brokers.queue.protocol import Job, Queue
from nexus_admin.domain.errors import BadRequest, Invalid
from nexus_admin.testing.brokers.queue_fixtures import QueueFixtures, counts, needs, values

PassTime = Callable[[float], None]


def one(queue: Queue, *names: str, lease: float = 30.0) -> Job:
    """Return the job that there is."""
    (job,) = queue.pop(*(names or ("q",)), lease=lease)
    return job


class SettlingContract(QueueFixtures):
    """What whoever has a job may say."""

    @pytest.mark.req("S002-QUEUE-04")
    def test_what_is_acknowledged_is_done(self, queue: Queue) -> None:
        """Once; a second time says nothing new."""
        queue.push("q", 1)
        job = one(queue)
        assert queue.ack() == 0
        assert queue.ack(job, job) == 1
        assert queue.ack(job) == 0
        assert counts(queue) == {"done": 1}
        found = queue.find(job.id)
        assert found is not None
        assert (found.state, found.lease, found.visible_at) == ("done", None, None)
        assert found.finished_at is not None

    @pytest.mark.req("S002-QUEUE-08", "S002-QUEUE-13")
    def test_what_fails_is_tried_again_until_it_is_dead(self, queue: Queue, pass_time: PassTime) -> None:
        """With its error; five times unless told."""
        queue.push("q", 1)
        for attempt in range(1, 6):
            job = one(queue)
            assert job.attempts == attempt
            state = queue.nack(job, f"no {attempt}\0", retry_in=0.02)
            assert state == ("waiting" if attempt < 5 else "dead")
            assert queue.pop("q") == []
            pass_time(0.05)
        assert queue.pop("q") == []
        found = queue.find(job.id)
        assert found is not None
        assert (found.state, found.error, found.attempts) == ("dead", "no 5", 5)
        assert found.finished_at is not None

    @pytest.mark.req("S002-QUEUE-08")
    def test_it_waits_twice_as_long_each_time_give_or_take_a_quarter(
        self, queue: Queue, clock: Callable[[], datetime]
    ) -> None:
        """From a second on, up to an hour; not all of them for just as long."""
        ids = queue.push_many("q", list(range(20)), max_attempts=20)
        for job in queue.pop("q", n=20):
            queue.nack(job, "no")
        found = [queue.find(id) for id in ids]
        waits = [(job.visible_at - clock()).total_seconds() for job in found if job and job.visible_at]
        assert len(waits) == 20
        assert all(0 < wait <= 1.3 for wait in waits)
        assert max(waits) - min(waits) > 0.05

    def test_it_is_tried_again_when_it_is_said_to_be(self, queue: Queue) -> None:
        """At once where that is 0; then behind nobody who came after it."""
        queue.push_many("q", [1, 2])
        assert queue.nack(one(queue), "no", retry_in=0) == "ready"
        assert values(queue.pop("q", n=2)) == [1, 2]
        with pytest.raises(BadRequest):
            queue.nack(queue.jobs("q")[0], "no", retry_in=-1)

    def test_whoever_knows_that_it_is_hopeless_says_so(self, queue: Queue) -> None:
        """It is dead at once."""
        queue.push("q", 1)
        assert queue.nack(one(queue), "hopeless", dead=True) == "dead"
        assert counts(queue) == {"dead": 1}

    @pytest.mark.req("S002-QUEUE-12")
    def test_a_lease_that_is_over_gives_the_job_to_somebody_else(self, queue: Queue, pass_time: PassTime) -> None:
        """And whoever had it changes nothing any more, however late it comes."""
        queue.push("q", 1)
        late = one(queue, lease=0.1)
        assert queue.pop("q") == []
        pass_time(0.2)
        newer = one(queue)
        assert (newer.id, newer.attempts) == (late.id, 2)
        assert newer.lease != late.lease
        assert queue.ack(late) == 0
        assert queue.nack(late, "late") is None
        assert queue.extend(late, 60) is False
        assert queue.find(late.id) == newer
        assert queue.ack(newer) == 1
        assert queue.nack(late, "late") is None
        assert counts(queue) == {"done": 1}

    def test_a_job_whose_workers_all_die_is_dead(self, queue: Queue, pass_time: PassTime) -> None:
        """When its attempts are used up; the error says what happened."""
        queue.push("q", 1, max_attempts=2)
        for _ in range(2):
            one(queue, lease=0.1)
            pass_time(0.2)
        assert queue.pop("q") == []
        assert counts(queue) == {"dead": 1}
        assert "lease" in (queue.jobs("q")[0].error or "")

    @pytest.mark.req("S002-QUEUE-05")
    def test_who_works_longer_holds_on_and_says_how_far_it_is(self, queue: Queue, pass_time: PassTime) -> None:
        """Nobody else gets it meanwhile; what was said last can be seen."""
        queue.push("q", 1)
        job = one(queue, lease=0.4)
        for step in range(4):
            pass_time(0.2)
            assert queue.extend(job, 0.4, progress={"done": step} if step < 3 else None) is True
            assert queue.pop("q") == []
        found = queue.find(job.id)
        assert found is not None
        assert found.progress == {"done": 2}
        with pytest.raises(BadRequest, match="lease"):
            queue.extend(job, 0)
        with pytest.raises(Invalid):
            queue.extend(job, 1, progress={"a": object()})
        assert queue.ack(job) == 1
        assert queue.extend(job, 1) is False

    def test_a_new_attempt_has_no_progress_yet(self, queue: Queue) -> None:
        """What the last one said of itself is gone."""
        queue.push("q", 1)
        job = one(queue)
        queue.extend(job, 30, progress={"done": 1})
        queue.nack(job, "no", retry_in=0)
        assert one(queue).progress is None


class TimeContract(QueueFixtures):
    """Jobs for later, and clocks that are set."""

    @pytest.mark.req("S002-QUEUE-06")
    def test_a_job_waits_as_long_as_it_is_told(
        self, queue: Queue, pass_time: PassTime, clock: Callable[[], datetime]
    ) -> None:
        """Not before, whatever its priority; then it stands where its age says."""
        needs(queue, "delay")
        queue.push("q", "later", delay=0.4)
        queue.push("q", "named", run_at=clock() + timedelta(seconds=0.4), priority=9)
        queue.push("q", "past", run_at=clock() - timedelta(days=1))
        queue.push("q", "now")
        assert values(queue.pop("q", n=9)) == ["past", "now"]
        assert counts(queue) == {"waiting": 2, "running": 2}
        pass_time(0.5)
        queue.push("q", "new")
        assert values(queue.pop("q", n=9)) == ["named", "later", "new"]
        with pytest.raises(BadRequest, match="not both"):
            queue.push("q", 1, delay=1, run_at=clock())

    @pytest.mark.parametrize("by", [3600.0, -3600.0, 86400.0, -86400.0])
    def test_a_lease_is_neither_lost_nor_endless_when_the_clock_is_set(
        self, queue: Queue, pass_time: PassTime, set_clock: PassTime, by: float
    ) -> None:
        """By an hour, by a day, both ways."""
        queue.push("q", 1)
        job = one(queue, lease=30)
        set_clock(by)
        for _ in range(5):
            pass_time(2)
            assert queue.pop("q") == []
        assert queue.extend(job, 30) is True
        pass_time(25)
        assert queue.pop("q") == []
        pass_time(36)
        assert one(queue).id == job.id
        assert queue.ack(job) == 0

    @pytest.mark.parametrize("by", [3600.0, -3600.0, 86400.0, -86400.0])
    def test_a_delay_is_as_long_as_it_is_when_the_clock_is_set(
        self, queue: Queue, pass_time: PassTime, set_clock: PassTime, by: float
    ) -> None:
        """And what failed is tried again when it should be."""
        queue.push("q", "failed")
        queue.nack(one(queue), "no", retry_in=60)
        queue.push("q", "later", delay=60)
        set_clock(by)
        for _ in range(5):
            pass_time(2)
            assert queue.pop("q") == []
        pass_time(80)
        assert values(queue.pop("q", n=2)) == ["failed", "later"]

    def test_a_moment_that_was_named_is_the_walls(
        self, queue: Queue, pass_time: PassTime, set_clock: PassTime, clock: Callable[[], datetime]
    ) -> None:
        """Whoever sets it forward brings it nearer."""
        queue.push("q", "noon", run_at=clock() + timedelta(hours=1))
        pass_time(2)
        set_clock(-3600)
        pass_time(3700)
        assert queue.pop("q") == []
        set_clock(3600)
        pass_time(2)
        assert values(queue.pop("q")) == ["noon"]
