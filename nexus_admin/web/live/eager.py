"""Work that is mostly done at once: begun where it is asked for, and given a task only where it has to wait.

To tell a thousand pages is a thousand short writes; a task for each took twice as long as the writes themselves.
Python 3.12 has this as `asyncio.eager_task_factory`.
"""

from __future__ import annotations

import asyncio
import types
from collections.abc import Coroutine, Generator
from typing import Any


def begun(work: Coroutine[Any, Any, None]) -> Coroutine[Any, Any, None] | None:
    """Begin *work* on the running loop; return the rest of it, for a task, where it waits for something."""
    try:
        waits_for = work.send(None)
    except StopIteration:
        return None
    return _rest(work, waits_for)


async def _rest(work: Coroutine[Any, Any, None], waits_for: Any) -> None:
    await _resumed(work, waits_for)


@types.coroutine
def _resumed(work: Coroutine[Any, Any, None], waits_for: asyncio.Future[Any] | None) -> Generator[Any, Any, None]:
    while True:
        try:
            try:
                answer = yield waits_for
            except BaseException as error:
                waits_for = work.throw(error)
            else:
                waits_for = work.send(answer)
        except StopIteration:
            return
