"""How many requests may work at once: in all, and in each data source, so that a slow one takes no other down."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext

import anyio

from nexus_admin.domain.address import text_of
from nexus_admin.domain.errors import BadRequest
from nexus_admin.kernel.kernel import Kernel


class Gates:
    """Limiters, made when they are first needed: they belong to the event loop."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._threads: anyio.CapacityLimiter | None = None
        self._sources: dict[tuple[str, bool], anyio.CapacityLimiter] = {}

    @property
    def threads(self) -> anyio.CapacityLimiter:
        """All that work in the core at once."""
        if self._threads is None:
            self._threads = anyio.CapacityLimiter(self._kernel.settings["server.threads"])
        return self._threads

    def of(self, name: str | None, method: str) -> AbstractAsyncContextManager[object]:
        """Return the gate of the source of that name, as it stands in an address; an open one where there is none."""
        if name is None:
            return nullcontext()
        try:
            source = text_of(name)
        except BadRequest:
            return nullcontext()
        writing = method not in ("GET", "HEAD")
        most = self._kernel.sources.limit(source, writing=writing)
        if most is None:
            return nullcontext()
        gate = self._sources.get((source, writing))
        if gate is None:
            gate = self._sources[source, writing] = anyio.CapacityLimiter(most)
        elif gate.total_tokens != most:
            gate.total_tokens = most
        return gate
