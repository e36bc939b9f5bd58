"""Each tick is pushed once, whoever else looks, whatever the clock does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nexus_admin.domain.errors import NotFound
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.working.scheduler import Scheduler
from tests.kernel.working.world import JOBS, house
from tests.kernel.world import perform

WEB = frozenset({"web", "worker", "scheduler"})


class Clock:
    """A clock that a test moves."""

    def __init__(self, text: str) -> None:
        self.set(text)

    def set(self, text: str) -> None:
        self.now = datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Kernel]:
    with house(tmp_path) as found:
        found.crew.scheduler.stop()  # type: ignore[union-attr]
        perform(found, "queue.pause", JOBS, queue="default")
        yield found


def begun(kernel: Kernel, at: str) -> tuple[Scheduler, Clock]:
    """Return a scheduler that took up what is declared at *at*, as the only one so far."""
    import sqlalchemy as sa

    from nexus_admin.state.tables.schedules import job_schedule

    kernel.state.write(lambda connection: connection.execute(sa.delete(job_schedule)))
    clock = Clock(at)
    scheduler = Scheduler(kernel.services, clock)
    scheduler.declare()
    return scheduler, clock


def waiting(kernel: Kernel) -> int:
    return len(kernel.crew.queue.jobs("default", limit=1000))


@pytest.mark.req("S002-QUEUE-17")
def test_a_tick_is_pushed_once_when_it_is_due(kernel: Kernel) -> None:
    scheduler, clock = begun(kernel, "2026-05-01T02:59:59")
    assert scheduler.look() == 0
    clock.set("2026-05-01T03:00:00")
    assert (scheduler.look(), scheduler.look(), waiting(kernel)) == (1, 0, 1)
    job = kernel.crew.queue.jobs("default")[0]
    assert (job.value["job"], job.note["actor"]) == ("tick.count", "system:tick.count")


@pytest.mark.req("S002-QUEUE-17")
def test_of_many_schedulers_one_pushes(kernel: Kernel) -> None:
    _, clock = begun(kernel, "2026-05-01T02:00:00")
    clock.set("2026-05-01T03:00:01")
    several = [Scheduler(kernel.services, clock) for _ in range(6)]
    done: list[int] = []
    threads = [threading.Thread(target=lambda one=one: done.append(one.look())) for one in several]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sum(done), waiting(kernel)) == (1, 1)


@pytest.mark.req("S002-QUEUE-17")
def test_ticks_that_were_missed_are_made_up_for_once(kernel: Kernel) -> None:
    scheduler, clock = begun(kernel, "2026-05-01T02:00:00")
    clock.set("2026-05-20T12:00:00")
    scheduler.declare()  # as after a restart
    assert (scheduler.look(), scheduler.look()) == (1, 0)
    clock.set("2026-05-21T03:00:00")
    assert scheduler.look() == 1


def test_a_clock_that_is_put_forward_and_back_neither_repeats_nor_sleeps(kernel: Kernel) -> None:
    scheduler, clock = begun(kernel, "2026-05-01T02:00:00")
    clock.set("2026-05-02T02:59:00")  # a day too far: one tick was due meanwhile
    assert scheduler.look() == 1
    clock.set("2026-05-01T02:59:30")  # and back: it goes by the right clock again
    assert scheduler.look() == 0
    clock.set("2026-05-01T03:00:00")
    assert scheduler.look() == 1
    clock.set("2026-05-01T02:00:00")  # an hour back, as by hand
    assert scheduler.look() == 0
    assert scheduler.look() == 0
    clock.set("2026-05-01T02:59:59")
    assert scheduler.look() == 0


def test_one_that_is_paused_pushes_nothing_and_makes_up_for_nothing(kernel: Kernel) -> None:
    scheduler, clock = begun(kernel, "2026-05-01T02:00:00")
    perform(kernel, "schedule.pause", JOBS, name="tick.count")
    clock.set("2026-05-01T03:00:00")
    scheduler.declare()
    assert scheduler.look() == 0
    perform(kernel, "schedule.resume", JOBS, name="tick.count")
    clock.set("2026-05-01T04:00:00")
    assert scheduler.look() == 0
    assert perform(kernel, "schedule.run", JOBS, name="tick.count")
    assert waiting(kernel) == 1
    with pytest.raises(NotFound, match=r"Did you mean 'tick\.count'"):
        perform(kernel, "schedule.pause", JOBS, name="tick.cont")


def test_what_nobody_declares_any_more_is_not_pushed(kernel: Kernel) -> None:
    scheduler, clock = begun(kernel, "2026-05-01T02:00:00")
    kernel.hooks.switch_off("plugins/tick")
    clock.set("2026-05-01T03:00:00")
    assert scheduler.look() == 0
    assert perform(kernel, "schedule.list", JOBS) == []
