"""WebSocket /api/v1/brokers: for programs with a token, and for pages of our own with their session."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from anyio import CapacityLimiter
from starlette.websockets import WebSocket, WebSocketDisconnect

from nexus_admin.domain.actor import Actor
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.web.cookies import COOKIE
from nexus_admin.web.live.doors import sent_by_another_site
from nexus_admin.web.reception import facts_of
from nexus_admin.web.remote.session import Session

PATH = "/api/v1/brokers"
PERMISSION = "client.connect"
PROTOCOL = "nexus.1"
LARGEST = 16 * 1024 * 1024
"""Bytes of a frame; a larger one closes the socket. Pages that follow changes have a lower limit of their own."""
THREADS = 128
"""Calls of all clients that are under way at once; those that wait for a job hold one each."""
LOOK = 5.0
"""Seconds after which it is looked whether a client that only listens may still be there."""


class Remote:
    """Where clients come in.

    Args:
        kernel: What they ask.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._threads = CapacityLimiter(THREADS)

    async def __call__(self, websocket: WebSocket) -> None:
        """Serve one client until it goes. Who it is, is looked up anew at each call."""
        identify = self._identity(websocket)
        if identify is None:
            await websocket.close()  # before it is accepted: a plain 403
            return
        offered = websocket.scope.get("subprotocols", [])
        await websocket.accept(PROTOCOL if PROTOCOL in offered else None)
        session = Session(self._kernel, websocket, identify, facts_of(websocket), self._threads)
        watch = asyncio.create_task(_watch(session))
        try:
            with suppress(WebSocketDisconnect):
                await session.run()
        finally:
            watch.cancel()

    def _identity(self, websocket: WebSocket) -> Callable[[], Actor | None] | None:
        """Return what says who it is; None for whom there is no way in."""
        access = self._kernel.access
        scheme, _, token = websocket.headers.get("authorization", "").partition(" ")
        if scheme:
            return (lambda: access.actor_of_token(token.strip())) if scheme.lower() == "bearer" else None
        cookie = websocket.cookies.get(COOKIE, "")
        if not cookie or sent_by_another_site(websocket):
            return None
        return lambda: access.actor_of_session(cookie)


async def _watch(session: Session) -> None:
    while True:
        await asyncio.sleep(LOOK)
        if not await session.still_there():
            return
