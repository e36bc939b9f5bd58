"""Following a table from a program on an event loop: `async for batch in nexus.subscribe("shop", "orders", actor)`."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Any, Self

from anyio.to_thread import run_sync

from nexus_admin.actions.live.subscribing import Subscription
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.changes import ChangeBatch, Mode
from nexus_admin.kernel.kernel import Kernel

EVERY = 1.0
"""Seconds between two looks at the stream of the house, where nothing rings."""
MOMENT = 0.005
"""Seconds for which what one call has changed is gathered."""


class Changes:
    """An async iterator of batches, and an async context: what leaves it follows no more.

    Args:
        kernel: Started.
        actor: Under whose rights.
        source, resource: Which table.
        given: `after` and `buffer`, as `Subscription` takes them.
    """

    def __init__(self, kernel: Kernel, actor: Actor, source: str, resource: str, **given: Any) -> None:
        self._open = partial(Subscription, kernel.services, actor, source, resource, **given)
        self._subscription: Subscription | None = None
        self._bell = asyncio.Event()
        self._kept: ChangeBatch | None = None

    @property
    def modes(self) -> tuple[Mode, ...]:
        """How changes are learned of; known once it has begun."""
        return self._subscription.modes if self._subscription else ()

    async def __aenter__(self) -> Self:
        """Begin to follow: what happens from now on is told.

        Raises: as `Subscription`.
        """
        if self._subscription is None:
            loop = asyncio.get_running_loop()

            def ring() -> None:
                with suppress(RuntimeError):  # the loop has ended meanwhile
                    loop.call_soon_threadsafe(self._bell.set)

            self._subscription = await run_sync(partial(self._open, ring=ring))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Follow no more."""
        await self.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ChangeBatch:
        """Wait for the next batch; it ends when `aclose` is called."""
        await self.__aenter__()
        assert self._subscription is not None
        while not self._subscription.closed:
            self._bell.clear()
            await run_sync(self._take)
            if self._kept is not None:
                batch, self._kept = self._kept, None
                return batch
            with suppress(TimeoutError):
                await asyncio.wait_for(self._bell.wait(), EVERY)
                await asyncio.sleep(MOMENT)
        raise StopAsyncIteration

    def _take(self) -> None:
        """Take what has come; it is kept where whoever waits for it gives up meanwhile, and handed out next."""
        if self._kept is None and self._subscription is not None:
            self._kept = self._subscription.take()

    async def aclose(self) -> None:
        """Follow no more."""
        if self._subscription is not None:
            self._subscription.close()
