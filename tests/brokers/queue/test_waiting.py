"""Who is woken for jobs, and who is left in peace because somebody else takes them."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

from nexus_admin.brokers.queue.waiting import Waiters


class Taker:
    """Waits for up to *room* jobs of `q`; its looks find what the test says, when it says so."""

    def __init__(self, pool: ThreadPoolExecutor, waiters: Waiters, room: int) -> None:
        self._finds: list[Future[list[int]]] = [Future() for _ in range(4)]
        self._said = 0
        self.looks = 0
        self._looking = threading.Semaphore(0)
        self.took = pool.submit(lambda: waiters.wait(["q"], 20, self._look, room=room))

    def _look(self) -> list[int]:
        self.looks += 1
        self._looking.release()
        return self._finds[self.looks - 1].result(60)

    def looks_and_finds(self, *found: int) -> None:
        """Wait until it looks, and let it find these."""
        assert self._looking.acquire(timeout=60)
        self.say(*found)

    def is_looking(self) -> None:
        assert self._looking.acquire(timeout=60)

    def say(self, *found: int) -> None:
        self._finds[self._said].set_result(list(found))
        self._said += 1


def resting(waiters: Waiters, taker: Taker) -> None:
    """Let it look once in vain, and wait."""
    taker.looks_and_finds()
    until = time.monotonic() + 60
    while not waiters.queues and time.monotonic() < until:
        time.sleep(0.001)
    time.sleep(0.05)


def test_what_comes_while_one_looks_is_left_for_it_and_passed_on_afterwards() -> None:
    waiters = Waiters()
    with ThreadPoolExecutor() as pool:
        first = Taker(pool, waiters, room=100)
        resting(waiters, first)
        second = Taker(pool, waiters, room=100)
        resting(waiters, second)
        waiters.ring("q")
        first.is_looking()
        waiters.ring("q")
        waiters.ring("q")
        time.sleep(0.05)
        assert second.looks == 1
        first.say(1)
        assert first.took.result(60) == [1]
        second.looks_and_finds(2, 3)
        assert second.took.result(60) == [2, 3]


def test_who_has_room_for_no_more_leaves_the_rest_to_the_next() -> None:
    waiters = Waiters()
    with ThreadPoolExecutor() as pool:
        takers = [Taker(pool, waiters, room=room) for room in (1, 2)]
        for one in takers:
            resting(waiters, one)
        waiters.ring("q", 3)
        for one in takers:
            one.is_looking()
        takers[0].say(1)
        takers[1].say(2, 3)
        assert [one.took.result(60) for one in takers] == [[1], [2, 3]]


def test_what_was_left_for_one_who_looked_in_vain_is_looked_for_again() -> None:
    waiters = Waiters()
    with ThreadPoolExecutor() as pool:
        taker = Taker(pool, waiters, room=100)
        resting(waiters, taker)
        waiters.ring("q")
        taker.is_looking()
        waiters.ring("q")  # committed after this look has begun
        taker.say()
        taker.looks_and_finds(7)
        assert taker.took.result(60) == [7]


def test_who_looks_when_all_is_closed_waits_no_more() -> None:
    waiters = Waiters()
    with ThreadPoolExecutor() as pool:
        taker = Taker(pool, waiters, room=100)
        resting(waiters, taker)
        waiters.ring("q")
        taker.is_looking()
        waiters.close()
        taker.say()
        assert taker.took.result(60) == []
