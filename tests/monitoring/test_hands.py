"""Threads for what may hang: one that comes back is used again, one that does not is nobody's any more."""

from __future__ import annotations

import contextvars
import threading
import time

import pytest

from nexus_admin.monitoring.hands import MOST, Hands

WHERE: contextvars.ContextVar[str] = contextvars.ContextVar("WHERE", default="nowhere")


def test_work_is_done_in_another_thread_with_the_context_of_ours() -> None:
    hands = Hands()
    WHERE.set("here")
    outcome = hands.do("somebody", lambda: (WHERE.get(), threading.current_thread().name), 60)
    assert outcome is not None
    assert outcome.answer == ("here", "somebody")


def test_a_thread_that_came_back_is_used_again_also_after_an_error() -> None:
    hands = Hands()
    first = hands.do("one", threading.get_ident, 60)
    raised = hands.do("two", lambda: 1 // 0, 60)
    again = hands.do("three", threading.get_ident, 60)
    assert [type(one.raised) for one in (first, raised, again) if one] == [type(None), ZeroDivisionError, type(None)]
    assert first
    assert again
    assert first.answer == again.answer != threading.get_ident()


def test_one_that_hangs_is_given_to_nobody_and_ends_with_its_work() -> None:
    hands, go, found = Hands(), threading.Event(), list[threading.Thread]()

    def hang() -> str:
        found.append(threading.current_thread())
        go.wait(60)
        return "too late"

    assert hands.do("hangs", hang, 0.05) is None
    other = hands.do("next", threading.current_thread, 60)
    assert other is not None
    assert other.answer is not found[0]
    go.set()
    found[0].join(60)
    assert not found[0].is_alive()
    last = hands.do("last", lambda: "its own", 60)
    assert last is not None
    assert last.answer == "its own"


def test_of_many_at_once_no_more_are_kept_than_are_needed() -> None:
    hands, together = Hands(), threading.Barrier(MOST + 8)
    askers = [threading.Thread(target=hands.do, args=("many", together.wait, 60)) for _ in range(MOST + 8)]
    for one in askers:
        one.start()
    for one in askers:
        one.join()
    deadline = time.monotonic() + 60
    while (left := sum(one.name == "many" for one in threading.enumerate())) > MOST and time.monotonic() < deadline:
        time.sleep(0.01)
    assert left <= MOST


@pytest.mark.parametrize("number", range(3))
def test_what_a_thread_was_given_is_not_held_by_it(number: int) -> None:
    hands = Hands()
    for one in range(number + 1):
        outcome = hands.do("numbers", lambda one=one: one, 60)
        assert outcome is not None
        assert outcome.answer == one
