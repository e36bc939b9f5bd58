"""Where the middleware of extensions stands: around the steps of the house, and behind the gate."""

from __future__ import annotations

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import NexusError
from nexus_admin.kernel.declared import Declared
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.middleware import in_order
from nexus_admin.web.cookies import COOKIE
from nexus_admin.web.passage import Guarded
from nexus_admin.web.reception import sent_elsewhere


class Layer:
    """The middleware that stands right outside one step of the house; it is asked for HTTP requests alone.

    Args:
        app: What stands behind it.
        kernel: Who knows the extensions.
        before: The step of the house, "" for the pages behind them all.
    """

    def __init__(self, app: ASGIApp, kernel: Kernel, before: str) -> None:
        self._app, self._kernel, self._before = app, kernel, before
        self._built_for: Declared | None = None
        self._built: ASGIApp = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        chain = self._chain() if scope["type"] == "http" else self._app
        await chain(scope, receive, send)

    def _chain(self) -> ASGIApp:
        """Return what a request passes; made anew when extensions have come or gone."""
        declared = self._kernel.declared
        if declared is not self._built_for:
            chain = self._app
            by_name = {one.name: one for one in declared.middleware}
            for name in reversed(self._names(in_order(declared.middleware))):
                with self._kernel.hooks.blame(by_name[name].owner):
                    chain = Guarded(by_name[name], chain, self._kernel.hooks)
            self._built_for, self._built = declared, chain
        return self._built

    def _names(self, order: list[str]) -> list[str]:
        """Return the names in *order* between the step before ours and ours."""
        end = order.index(self._before) if self._before else len(order)
        start = next((at for at in reversed(range(end)) if order[at].startswith("nexus.")), -1)
        return order[start + 1 : end]


class Gate(Layer):
    """Lets people and programs that are known on to the middleware behind it, all others past it to the pages.

    So what is answered to strangers, and what becomes of a post that another site sent, is said by the house alone.
    """

    def __init__(self, app: ASGIApp, kernel: Kernel) -> None:
        super().__init__(app, kernel, "")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        chain = self._chain() if scope["type"] == "http" else self._app
        if chain is not self._app:
            actor = await run_sync(self._known, Request(scope))
            if actor is not None:
                await chain({**scope, "nexus.actor": actor}, receive, send)
                return
        await self._app(scope, receive, send)

    def _known(self, request: Request) -> Actor | None:
        """Return who asks, None for strangers and for what another site sent."""
        access = self._kernel.access
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            if scheme:
                return access.actor_of_token(token.strip()) if scheme.lower() == "bearer" else None
            cookie = request.cookies.get(COOKIE, "")
            if not cookie or (request.method not in ("GET", "HEAD") and sent_elsewhere(request)):
                return None
            return access.actor_of_session(cookie)
        except NexusError:  # which the pages will meet again, and answer
            return None
