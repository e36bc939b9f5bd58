"""Pages that follow, as browsers open them: WebSockets on one event loop, like those of one server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from queue import Queue
from typing import Any

import anyio
from anyio.from_thread import BlockingPortal, start_blocking_portal
from starlette.testclient import TestClient, WebSocketTestSession

from nexus_admin import Nexus
from tests.web.world import signed_in

ORIGIN = {"origin": "http://testserver"}


class Page:
    """One open page that follows."""

    def __init__(self, socket: WebSocketTestSession) -> None:
        self.socket = socket
        self.stamp = 0.0

    def follow(self, *topics: str, **more: Any) -> list[str]:
        """Follow *topics* and nothing else; return those that the server agreed to."""
        self.socket.send_json({"follow": list(topics), **more})
        answer = self.hear()
        self.stamp = answer["at"]
        return list(answer["following"])

    def hear(self) -> dict[str, Any]:
        """Wait for what the page is told next."""
        told: dict[str, Any] = self.socket.receive_json()
        return told if "beat" not in told else self.hear()

    def news(self) -> list[dict[str, Any]]:
        """Wait for news of a topic, and return them."""
        return list(self.hear()["news"])

    def ended(self) -> int:
        """Wait until the server ends it; return the code."""
        while (message := self.socket.receive())["type"] != "websocket.close":
            pass
        return int(message["code"])


class Events:
    """One page that follows by server-sent events: the app itself is asked, since its answer has no end."""

    def __init__(self, app: Nexus, portal: BlockingPortal, client: TestClient, query: str) -> None:
        self._said: Queue[bytes] = Queue()
        self._gone = portal.call(anyio.Event)
        self._portal = portal
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        headers = [(b"host", b"testserver"), (b"cookie", cookie.encode()), (b"accept", b"text/event-stream")]
        scope = {
            "type": "http", "method": "GET", "path": "/live", "raw_path": b"/live", "query_string": query.encode(),
            "headers": headers, "scheme": "http", "server": ("testserver", 80), "client": ("test", 1), "root_path": "",
            "http_version": "1.1",
        }  # fmt: skip
        self.status, self._asked, self.headers = 0, False, dict[bytes, bytes]()
        self._answer = portal.start_task_soon(app, scope, self._receive, self._send)

    async def _receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
        self._said.put(message.get("body", b""))

    def hear(self) -> dict[str, Any]:
        """Wait for what the page is told next."""
        while not (said := self._said.get(timeout=30)).startswith(b"data: "):
            if said.startswith(b"event: over"):
                return {"over": json.loads(said.split(b"data: ")[1])["code"]}
        told: dict[str, Any] = json.loads(said.removeprefix(b"data: "))
        return told

    def close(self) -> None:
        """Go away, as a page does."""
        self._portal.call(self._gone.set)
        self._answer.result(30)


class Live:
    """Browsers of people who are signed in, and the pages that they have open."""

    def __init__(self, app: Nexus, stack: ExitStack) -> None:
        self.app, self._stack = app, stack
        self._portal = stack.enter_context(start_blocking_portal())

    def browser(self, email: str) -> TestClient:
        """Sign in."""
        client = signed_in(self.app, email)
        return self.on_the_loop(client)

    def stop(self) -> None:
        """Let all pages go, as a server does that stops."""
        self._portal.call(self.app.live.close)

    def on_the_loop(self, client: TestClient) -> TestClient:
        """Let *client* work on the one event loop of this server."""
        client.portal = self._portal
        client.follow_redirects = False
        return client

    def events(self, client: TestClient, query: str) -> Events:
        """Open a page whose WebSocket is blocked."""
        opened = Events(self.app, self._portal, client, query)
        self._stack.callback(opened.close)
        return opened

    def page(self, client: TestClient, headers: dict[str, str] | None = None) -> Page:
        """Open a page."""
        opened = client.websocket_connect("/live", headers=ORIGIN if headers is None else headers)
        return Page(self._stack.enter_context(opened))


@contextmanager
def live(app: Nexus) -> Iterator[Live]:
    """Open browsers in front of *app*."""
    with ExitStack() as stack:
        opened = Live(app, stack)
        yield opened
        opened.stop()
