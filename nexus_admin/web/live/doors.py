"""The doors of live pages: `/live` as a WebSocket, and at the same address as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from urllib.parse import urlsplit

from starlette.responses import Response, StreamingResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from nexus_admin.domain.actor import Actor
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadRequest, TooLarge, TooManyRequests
from nexus_admin.web.cookies import COOKIE
from nexus_admin.web.live import wire
from nexus_admin.web.live.connection import Connection
from nexus_admin.web.live.eager import begun
from nexus_admin.web.live.hub import Hub
from nexus_admin.web.visit import SIGNED_IN, Door, Visit

WISHES = 60
"""Messages that a page may send in a minute."""
AGAIN = 3_000
"""Milliseconds after which a browser asks again for events that have ended."""


@dataclass(frozen=True, slots=True)
class SocketDoor:
    """One WebSocket: its address, what answers, and the permission that it declares.

    Args:
        path: As Starlette spells it.
        handle: `handle(hub, websocket, actor)`, on the event loop, until the page has gone.
        needs: As `Door.needs`. What is followed over it is decided topic by topic.
    """

    path: str
    handle: Callable[[Hub, WebSocket, Actor], Awaitable[None]]
    needs: str


def sent_by_another_site(websocket: WebSocket) -> bool:
    """Whether a page of another site opened it. A browser always says where it is from; who does not is no browser."""
    origin = websocket.headers.get("origin", "")
    return not origin or urlsplit(origin).netloc != websocket.headers.get("host")


async def follow(hub: Hub, websocket: WebSocket, actor: Actor) -> None:
    """WebSocket /live: says what has happened in the topics that the page follows."""
    await websocket.accept()
    sender = _Sender(hub, websocket)
    try:
        with hub.opened(actor, websocket.cookies.get(COOKIE, ""), sender.ring) as connection:
            sender.connection = connection
            await _hear(hub, websocket, connection)
    except TooManyRequests as error:
        await websocket.close(wire.CROWDED, str(error))


async def _hear(hub: Hub, websocket: WebSocket, connection: Connection) -> None:
    """Take the page's wishes until it goes, or says what makes no sense."""
    loop, begun, count = asyncio.get_running_loop(), 0.0, 0
    while (message := await websocket.receive())["type"] == "websocket.receive":
        if loop.time() - begun > 60:
            begun, count = loop.time(), 0
        count += 1
        try:
            wish = wire.read(message.get("text") or "")
        except TooLarge:
            connection.end(wire.LARGE)
        except BadRequest:
            connection.end(wire.WRONG)
        else:
            if count > WISHES:
                connection.end(wire.CROWDED)
            elif not connection.ended:
                await hub.follow(connection, wish)


class _Sender:
    """Sends what waits: at once, or by a task of its own where the page is slow."""

    def __init__(self, hub: Hub, websocket: WebSocket) -> None:
        self._hub, self._websocket, self._busy = hub, websocket, False
        self.connection: Connection | None = None

    def ring(self) -> None:
        """There is something."""
        if not self._busy:
            self._busy = True
            rest = begun(self._send())
            if rest is not None:
                self._hub.start(rest)

    async def _send(self) -> None:
        connection = self.connection
        with suppress(WebSocketDisconnect, RuntimeError):  # the page has gone, as the other side is hearing too
            while connection is not None and (text := connection.take()) is not None:
                await self._websocket.send_text(text)
            if connection is not None and connection.ended:
                await self._websocket.close(connection.ended)
        self._busy = False


def events(visit: Visit) -> Response:
    """GET /live: the same as server-sent events, for browsers whose WebSocket is blocked; `?follow=` names topics."""
    asked = visit.query.get("follow", "")
    if not asked:
        return Response(status_code=204)  # nothing to follow: the browser does not ask again
    hub = visit.kernel.services.get(Hub)
    hub.followers.check_room(visit.actor)
    wish = wire.wish(asked[: wire.MOST_LETTERS].split(","), wire.stamp_in(visit.query.get("since", "")))
    headers = {"X-Accel-Buffering": "no"}
    return StreamingResponse(_stream(hub, visit, wish), media_type="text/event-stream", headers=headers)


async def _stream(hub: Hub, visit: Visit, wish: wire.Wish) -> AsyncIterator[str]:
    bell = asyncio.Event()
    with hub.opened(visit.actor, visit.cookie, bell.set) as connection:
        yield f"retry: {AGAIN}\n\n"
        await hub.follow(connection, wish)
        while True:
            while (text := connection.take()) is not None:
                yield f"data: {text}\n\n"
            if connection.ended:
                yield f'event: over\ndata: {{"code":{connection.ended}}}\n\n'
                return
            bell.clear()
            await bell.wait()


DOORS = (Door("/live", events, SIGNED_IN),)
SOCKETS = (SocketDoor("/live", follow, SIGNED_IN),)
