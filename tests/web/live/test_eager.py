"""Work that is begun at once ends at once where it need not wait, and goes on in a task where it must."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from nexus_admin.web.live.eager import begun


def apart(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run *main* on a loop of its own; this thread may have one that runs already, where browsers are tested too."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(main())).result()


def test_what_need_not_wait_is_done_when_it_was_begun() -> None:
    done: list[int] = []

    async def work() -> None:
        done.append(1)

    assert begun(work()) is None
    assert done == [1]


def test_what_waits_goes_on_in_a_task_and_can_be_cancelled() -> None:
    said: list[str] = []

    async def work(gate: asyncio.Event, name: str) -> None:
        said.append(f"{name} begins")
        try:
            await gate.wait()
            await asyncio.sleep(0)
            await gate.wait()
        except asyncio.CancelledError:
            said.append(f"{name} is cancelled")
            raise
        said.append(f"{name} ends")

    async def main() -> None:
        gate, never = asyncio.Event(), asyncio.Event()
        rest, other = begun(work(gate, "one")), begun(work(never, "two"))
        assert rest is not None
        assert other is not None
        tasks = [asyncio.create_task(rest), asyncio.create_task(other)]
        await asyncio.sleep(0)
        gate.set()
        await tasks[0]
        tasks[1].cancel()
        with pytest.raises(asyncio.CancelledError):
            await tasks[1]

    apart(main)
    assert said == ["one begins", "two begins", "one ends", "two is cancelled"]


def test_what_goes_wrong_is_said_where_it_was_begun_or_by_the_task() -> None:
    async def wrong(wait: bool) -> None:
        if wait:
            await asyncio.sleep(0)
        raise ValueError("no")

    async def main() -> None:
        with pytest.raises(ValueError, match="no"):
            begun(wrong(False))
        rest = begun(wrong(True))
        assert rest is not None
        with pytest.raises(ValueError, match="no"):
            await asyncio.create_task(rest)

    apart(main)
