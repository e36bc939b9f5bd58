"""How long an answer took, where a browser's developer tools look for it: the header `Server-Timing`."""

from __future__ import annotations

import time
from typing import Any

from nexus_admin.sdk import AsgiApp, Middleware, hookimpl


@hookimpl
def nexus_middleware() -> list[Middleware]:
    """Measure behind the gate: strangers are told no times."""
    return [Middleware("timing.header", timed)]


def timed(app: AsgiApp) -> AsgiApp:
    """Return *app* with the milliseconds until its answer began, as `total;dur=12.3`."""

    async def around(scope: Any, receive: Any, send: Any) -> None:
        began = time.perf_counter()

        async def with_time(message: Any) -> None:
            if message["type"] == "http.response.start":
                took = (time.perf_counter() - began) * 1000
                header = (b"server-timing", f"total;dur={took:.1f}".encode())
                message = {**message, "headers": [*message["headers"], header]}
            await send(message)

        await app(scope, receive, with_time)

    return around
