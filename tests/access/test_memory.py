"""What was read a moment ago: never what was read before the last change, whenever that comes."""

from __future__ import annotations

from nexus_admin.access.memory import Memory


def test_what_is_forgotten_while_it_is_put_there_is_not_answered() -> None:
    moments = 0

    def clock() -> float:
        nonlocal moments
        moments += 1
        if moments == 1:  # between reading and putting: somebody is signed out
            memory.forget()
        return 0.0

    memory: Memory[str] = Memory(clock=clock)
    assert memory.get("key", lambda: "signed in") == "signed in"
    assert memory.get("key", lambda: "signed out") == "signed out"


def test_it_keeps_no_more_than_it_may() -> None:
    memory: Memory[int] = Memory(most=2, clock=lambda: 0.0)
    for number in range(5):
        memory.get(str(number), lambda number=number: number)  # type: ignore[misc]
    assert len(memory._kept) <= 2
