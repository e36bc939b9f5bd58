"""Nexus as an ASGI app: `from nexus_admin import Nexus; app = Nexus("postgresql://…")`."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from nexus_admin.actions.live.subscribing import BUFFER
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import BadRequest, TooLarge
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Options
from nexus_admin.web.api.body import limited
from nexus_admin.web.api.call import ApiDoor
from nexus_admin.web.api.doors import DOORS as API_DOORS
from nexus_admin.web.assets import Assets
from nexus_admin.web.first_owner import tell
from nexus_admin.web.gates import Gates
from nexus_admin.web.headers import SecurityHeaders
from nexus_admin.web.layers import Gate, Layer
from nexus_admin.web.live.doors import SOCKETS, SocketDoor, sent_by_another_site
from nexus_admin.web.live.hub import Hub
from nexus_admin.web.live.subscribing import Changes
from nexus_admin.web.packing import Packing
from nexus_admin.web.pages.doors import DOORS
from nexus_admin.web.reception import API, Posted, Reception
from nexus_admin.web.registering import register
from nexus_admin.web.remote.doors import PATH, Remote
from nexus_admin.web.routing import Routes
from nexus_admin.web.templating import DIST, Pages
from nexus_admin.web.visit import Door

MOST_FIELDS = 1000
"""Fields that a form may send."""
AnyDoor = Door | ApiDoor


class Nexus:
    """The whole product as one ASGI app.

    Starts with the server's lifespan, or at its first request where a parent runs none.

    Args:
        url: A data source to open; None for those of the settings.
        name: What the source is called.
        options: Everything else; see `Options`.
    """

    def __init__(self, url: str | None = None, name: str = "data", options: Options | None = None) -> None:
        self.kernel = Kernel(options or Options(urls=((name, url),) if url else ()))
        self._started = False
        self._lock = threading.Lock()
        self._reception = Reception(self.kernel, Pages(self.kernel.options.project))
        self._gates = Gates(self.kernel)
        self.live = Hub(self.kernel)
        routes = [self._route(path, doors) for path, doors in by_path((*API_DOORS, *DOORS)).items()]
        self._remote = Remote(self.kernel)
        sockets = [WebSocketRoute(door.path, self._socket(door)) for door in SOCKETS]
        sockets.append(WebSocketRoute(PATH, self._client))
        self._app = Starlette(
            routes=[Routes(routes), *sockets, Mount("/static", Assets(directory=DIST, check_dir=False))],
            middleware=self._steps(),
            exception_handlers={404: self._nowhere, 405: self._nowhere},
            lifespan=self._lifespan,
        )

    def _steps(self) -> list[Middleware]:
        """Return what stands around the pages, outermost first; see `kernel.middleware.STEPS`."""
        return [
            Middleware(Layer, self.kernel, "nexus.headers"),
            Middleware(SecurityHeaders),
            Middleware(Layer, self.kernel, "nexus.packing"),
            Middleware(Packing),
            Middleware(Layer, self.kernel, "nexus.gate"),
            Middleware(Gate, self.kernel),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        await self._app(scope, receive, send)

    def register(self, plugin: str | Path) -> None:
        """Add an extension from code, before the start: a folder with a manifest, wherever it lies.

        Raises:
            PluginError: its manifest, its code or the signature of a hook is wrong; names the file and the line.
            Refused: the app has started.
        """
        register(self.kernel.hooks, Path(plugin))

    def subscribe(self, source: str, resource: str, actor: Actor, *, after: str = "", buffer: int = BUFFER) -> Changes:
        """Follow a table: `async for batch in nexus.subscribe("shop", "orders", actor): …`; leave it by `aclose`.

        Args:
            source, resource: Which table.
            actor: Under whose rights; they are asked again with each batch.
            after: The `position` of the last batch that was worked on, to go on behind it; "" for from now on.
            buffer: Changes that may wait; of more, all are dropped and the next batch says that there is a gap.

        Returns:
            An async iterator of `ChangeBatch`. To enter or to iterate raises NotFound or Forbidden where the actor may
            not list the table.
        """
        return Changes(self.kernel, actor, source, resource, after=after, buffer=buffer)

    def start(self) -> bool:
        """Start the kernel, once; return whether this was the once."""
        with self._lock:
            if self._started:
                return False
            self.kernel.start()
            self.live.begin()
            self._started = True
            return True

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> Any:
        await self._begun()
        yield
        self.live.close()
        await run_sync(self.kernel.stop)

    async def _begun(self) -> None:
        """Start where our own command has not; it says itself how the first owner comes in."""
        if not self._started and await run_sync(self.start):
            await run_sync(tell, self.kernel)

    async def _ready(self) -> None:
        """A parent that mounts us need not run our lifespan: then the first request starts us, and the exit ends us."""
        if not self._started:
            await self._begun()
            atexit.register(self.kernel.stop)

    def _route(self, path: str, doors: Mapping[str, AnyDoor]) -> Route:
        methods = [*doors, "OPTIONS"] if path.startswith(API) else list(doors)
        return Route(path, Endpoint(self._answering(doors)), methods=methods)

    def _answering(self, doors: Mapping[str, AnyDoor]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            await self._ready()
            door = doors.get("GET" if request.method == "HEAD" else request.method)
            if door is None:
                methods = [*doors, *(["HEAD"] if "GET" in doors else []), "OPTIONS"]
                return await run_sync(self._reception.options, request, methods)
            try:
                work = await self._read(door, limited(request, self.kernel.settings["server.max_body_bytes"]))
            except TooLarge as error:
                return await run_sync(self._reception.refuse, request, error)
            except HTTPException as error:
                wrong = BadRequest(f"The form cannot be read: {error.detail}")
                return await run_sync(self._reception.refuse, request, wrong)
            async with self._gates.of(request.path_params.get("source"), request.method):
                return await run_sync(work, limiter=self._gates.threads)

        return answer

    def _socket(self, door: SocketDoor) -> Callable[[WebSocket], Any]:
        async def endpoint(websocket: WebSocket) -> None:
            await self._ready()
            known = None
            if not sent_by_another_site(websocket):
                known = await run_sync(self._reception.caller, door, websocket, limiter=self._gates.threads)
            if known is None:
                await websocket.close()  # before it is accepted: a plain 403
            else:
                await door.handle(self.live, websocket, known)

        return endpoint

    async def _client(self, websocket: WebSocket) -> None:
        await self._ready()
        await self._remote(websocket)

    async def _read(self, door: AnyDoor, request: Request) -> Callable[[], Response]:
        """Read the body, and return the work that is left: all of it waits for databases, so it goes into a thread."""
        if isinstance(door, ApiDoor):
            return partial(self._reception.program, door, request, await request.body())
        posted: Posted = ()
        if request.method == "POST":
            longest = self.kernel.settings["server.max_body_bytes"]
            read = await request.form(max_files=0, max_fields=MOST_FIELDS, max_part_size=longest)
            posted = tuple((key, value) for key, value in read.multi_items() if isinstance(value, str))
        return partial(self._reception.page, door, request, posted)

    async def _nowhere(self, request: Request, error: Exception) -> Response:
        """Answer what no route answers."""
        await self._ready()
        allowed = (error.headers or {}).get("Allow", "") if isinstance(error, HTTPException) else ""
        return await run_sync(self._reception.nowhere, request, allowed)


class Endpoint:
    """What a route answers with, as an ASGI app; Starlette's own wrapping of functions is a third more of the way.

    Args:
        answer: From a request to the answer.
    """

    def __init__(self, answer: Callable[[Request], Awaitable[Response]]) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        response = await self._answer(Request(scope, receive, send))
        await response(scope, receive, send)


def by_path(doors: Iterable[AnyDoor]) -> dict[str, dict[str, AnyDoor]]:
    """Return doors by path, then by method, each path in the place of its first door."""
    found: dict[str, dict[str, AnyDoor]] = {}
    for door in doors:
        found.setdefault(door.path, {}).update(dict.fromkeys(door.methods, door))
    return found
