"""Nexus as an ASGI app: `from nexus_admin import Nexus; app = Nexus("postgresql://…")`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import anyio
from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import Forbidden, MethodNotAllowed, NexusError, NotFound, SignInNeeded
from nexus_admin.domain.field_kind import Locale
from nexus_admin.domain.ids import as_ulid, new_id
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Options
from nexus_admin.web.failures import failed
from nexus_admin.web.headers import SecurityHeaders
from nexus_admin.web.pages.doors import DOORS
from nexus_admin.web.reader import reader_of
from nexus_admin.web.templating import DIST, Pages
from nexus_admin.web.visit import PUBLIC, Door, Visit

COOKIE = "nx_session"


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
        self._pages = Pages()
        self._limiter: anyio.CapacityLimiter | None = None
        routes = [Route(door.path, self._endpoint(door), methods=list(door.methods)) for door in DOORS]
        self._app = Starlette(
            routes=[*routes, Mount("/static", StaticFiles(directory=DIST, check_dir=False))],
            middleware=[Middleware(SecurityHeaders)],
            exception_handlers={404: self._nowhere, 405: self._nowhere},
            lifespan=self._lifespan,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        await self._app(scope, receive, send)

    def start(self) -> None:
        """Start the kernel, once."""
        with self._lock:
            if not self._started:
                self.kernel.start()
                self._started = True

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> Any:
        await run_sync(self.start)
        yield
        await run_sync(self.kernel.stop)

    def _endpoint(self, door: Door) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            if not self._started:
                await run_sync(self.start)
            if self._limiter is None:
                self._limiter = anyio.CapacityLimiter(self.kernel.settings["server.threads"])
            posted: tuple[tuple[str, str], ...] = ()
            if request.method == "POST":
                read = await request.form(max_files=0, max_fields=1000)
                posted = tuple((key, value) for key, value in read.multi_items() if isinstance(value, str))
            return await run_sync(self._answer, door, request, posted, limiter=self._limiter)

        return endpoint

    def _answer(self, door: Door, request: Request, posted: tuple[tuple[str, str], ...]) -> Response:
        visit = self._visit(request, posted)
        try:
            if door.needs != PUBLIC and not visit.actor.signed_in:
                raise SignInNeeded("Sign in to go on.")
            if request.method == "POST":
                self._check_origin(request, visit, door)
            return door.handle(visit)
        except Exception as error:
            return failed(visit, error, as_json=wants_json(request), again=request.method == "GET")

    async def _nowhere(self, request: Request, error: Exception) -> Response:
        """Answer what no route answers."""
        if not self._started:
            await run_sync(self.start)
        wrong_method = isinstance(error, HTTPException) and error.status_code == 405
        return await run_sync(self._refuse, request, wrong_method)

    def _refuse(self, request: Request, wrong_method: bool) -> Response:
        visit = self._visit(request, ())
        path = visit.here.partition("?")[0]
        wrong: NexusError = NotFound(f"There is no page at {path[:200]}.")
        if wrong_method:
            wrong = MethodNotAllowed(f"{path[:200]} cannot be asked for by {request.method}.")
        return failed(visit, wrong, as_json=wants_json(request), again=request.method == "GET")

    def _visit(self, request: Request, posted: tuple[tuple[str, str], ...]) -> Visit:
        cookie = request.cookies.get(COOKIE, "")
        actor = self.kernel.access.actor_of_session(cookie) if cookie else None
        base = request.scope.get("root_path", "")
        reader = reader_of(request.cookies)
        facts = {
            "id": as_ulid(new_id()),
            "address": request.client.host if request.client else "",
            "agent": request.headers.get("user-agent", "")[:200],
        }
        return Visit(
            self.kernel, self._pages, actor or Actor.anonymous(), cookie, request.path_params,
            request.query_params, dict(posted), facts,
            Locale(reader.zone, base=base, sprite=self._pages.asset("icons.svg", base)), reader, posted,
            here_of(request, base), request.headers.get("x-nexus-fragment", "")[:200],
        )  # fmt: skip

    def _check_origin(self, request: Request, visit: Visit, door: Door) -> None:
        """Refuse a post that another site made: by its origin, and by the session's token."""
        origin = request.headers.get("origin")
        if origin and origin != "null" and urlsplit(origin).netloc != request.headers.get("host"):
            raise Forbidden("This form was sent from another site.")
        fits = visit.kernel.access.sessions.csrf_fits
        token = visit.form.get("_csrf", "") or request.headers.get("x-csrf-token", "")
        if visit.cookie and door.needs != PUBLIC and not fits(visit.cookie, token):
            raise Forbidden("This form is too old. Go back, load the page again, and send it once more.")


def wants_json(request: Request) -> bool:
    """Whether a program asked: it would rather have JSON than a page."""
    accepted = request.headers.get("accept", "")
    return "json" in accepted and "text/html" not in accepted


def here_of(request: Request, base: str) -> str:
    """Return the address that was asked for, with its query, from our root."""
    path = request.url.path.removeprefix(base) or "/"
    return f"{path}?{request.url.query}" if request.url.query else path
