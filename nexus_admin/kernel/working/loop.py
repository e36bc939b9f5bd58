"""The loop of `async` jobs: the one place below the web that is asynchronous, for coroutines of extensions alone.

It has a thread of its own, made when the first of them comes, and whoever waits for one is in another thread.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any


class Loop:
    """Runs coroutines until it is closed."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._making = threading.Lock()

    def begin(self, work: Coroutine[Any, Any, Any]) -> Future[Any]:
        """Begin *work*; to cancel the future cancels it at its next `await`."""
        return asyncio.run_coroutine_threadsafe(work, self._running())

    def close(self) -> None:
        """End; nothing runs in it any more."""
        with self._making:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._loop.stop)

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._making:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=_forever, args=(self._loop,), name="nexus-jobs-loop", daemon=True).start()
            return self._loop


def _forever(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()
