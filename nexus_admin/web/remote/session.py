"""One client: its calls, each in a thread and under the rights that it has at that moment, and what it is told.

A call is a frame `{"n": 7, "do": "queue.push", "given": […], "named": {…}}`, its answer `{"n": 7, "ok": …}` or
`{"n": 7, "error": {"code", "title", "detail", "status"}}`. What is told has no number: `{"of": 3, "told": Message}`.
Calls that are under way at once have no order among each other.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.websockets import WebSocket, WebSocketDisconnect

from nexus_admin.access.book import SOME
from nexus_admin.access.tokens import OPENS_NOTHING
from nexus_admin.actions.brokers.clients import Asked
from nexus_admin.brokers.frames import packed, unpacked
from nexus_admin.brokers.methods import right_for
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import BadRequest, NexusError, NotFound, SignInNeeded, TooManyRequests
from nexus_admin.domain.target import Target
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.web.remote.telling import Told

HOUSE = Target("nexus")
MOST_CALLS = 32
"""Calls of one client that are under way at once; the next waits."""
MOST_SUBSCRIPTIONS = 200
"""Of one client."""
GONE = 4401
"""The socket's code where a token or a session opens nothing any more."""
_log = logging.getLogger(__name__)


class Session:
    """A client that is connected. Lives on the event loop; its calls in threads.

    Args:
        kernel: What is asked.
        websocket: Accepted.
        identify: Returns who it is now, None where the way in is closed; called in a thread.
        facts: Request id, address and agent, for the ledger.
        threads: Shared by all clients: a call that waits holds one.
    """

    def __init__(
        self,
        kernel: Kernel,
        websocket: WebSocket,
        identify: Callable[[], Actor | None],
        facts: Mapping[str, str],
        threads: CapacityLimiter,
    ) -> None:
        self._kernel, self._websocket, self._identify, self._facts = kernel, websocket, identify, facts
        self._threads = threads
        self._loop = asyncio.get_running_loop()
        self._room = asyncio.Semaphore(MOST_CALLS)
        self._speaking = asyncio.Lock()
        self._calls: set[asyncio.Task[None]] = set()
        self._told: dict[int, Told] = {}
        self._did: Counter[str] = Counter()
        self._numbers = 0
        self._actor = Actor.anonymous()

    async def run(self) -> None:
        """Answer until the client goes."""
        try:
            await self._in_thread(lambda: self._perform("client.connect", {}))
        except NexusError as error:
            await self._say({"n": 0, "error": _problem(error)})
            await self._websocket.close(GONE)
            return
        await self._say({"n": 0, "ok": True})
        try:
            while (message := await self._websocket.receive())["type"] == "websocket.receive":
                await self._room.acquire()
                task = asyncio.create_task(self._answer(message.get("bytes") or b""))
                self._calls.add(task)
                task.add_done_callback(self._done)
        finally:
            await self._leave()

    async def still_there(self) -> bool:
        """Whether who it is may still be connected, and be told what it hears; else the socket is closed."""
        if await self._in_thread(self._may_stay):
            return True
        with suppress(WebSocketDisconnect, RuntimeError):
            await self._websocket.close(GONE)
        return False

    def _may_stay(self) -> bool:
        actor = self._identify()
        if actor is None:
            return False
        self._actor = actor
        decide = self._kernel.access.decide
        heard = not self._told or decide(actor, "client.topic.subscribe", "nexus", SOME).allowed
        return heard and decide(actor, "client.connect", "nexus").allowed

    def _done(self, task: asyncio.Task[None]) -> None:
        self._calls.discard(task)
        self._room.release()
        if not task.cancelled() and task.exception() is not None:
            _log.debug("A client went before it was answered: %s", task.exception())

    async def _leave(self) -> None:
        for told in self._told.values():
            told.close()
        for task in self._calls:
            task.cancel()
        if self._did:
            with suppress(NexusError):
                await self._in_thread(lambda: self._perform("client.connect", {"did": dict(self._did)}))

    async def _answer(self, frame: bytes) -> None:
        number = 0
        try:
            head = unpacked(frame)
            number, method, given, named = _asked(head)
            answer: Mapping[str, Any] = {"ok": await self._do(method, given, named)}
        except NexusError as error:
            answer = {"error": _problem(error)}
        except Exception:
            _log.exception("A call of a client could not be answered.")
            answer = {"error": _problem(NexusError("This is our mistake, and it was written down."))}
        with suppress(WebSocketDisconnect, RuntimeError):
            await self._say({"n": number, **answer})

    async def _do(self, method: str, given: list[Any], named: dict[str, Any]) -> Any:
        right = right_for(method) if method != "topic.unsubscribe" else ""
        self._did[method] += 1  # only what there is: the ledger names it
        if method == "topic.subscribe":
            return await self._subscribe(given, named)
        if method == "topic.unsubscribe":
            told = self._told.pop(given[0] if given else 0, None)
            if told is None:
                raise NotFound("There is no such subscription.")
            return told.close()
        asked = Asked(method=method, given=tuple(given), named=named)
        return await self._in_thread(lambda: self._perform(right, asked))

    async def _subscribe(self, given: list[Any], named: dict[str, Any]) -> int:
        if len(self._told) >= MOST_SUBSCRIPTIONS:
            raise TooManyRequests(f"One client has {MOST_SUBSCRIPTIONS} subscriptions at most.")
        self._numbers += 1
        buffer = named.get("buffer", 1024)
        if type(buffer) is not int:
            raise BadRequest("buffer is a whole number.")
        told = Told(self._numbers, buffer, lambda: self._loop.call_soon_threadsafe(self._pump, told))
        asked = Asked(method="topic.listen", given=(told.hear, *given), named={"missed": told.missed}, now=self._now)
        self._told[told.number] = told
        try:
            await self._in_thread(lambda: told.attach(self._perform("client.topic.subscribe", asked)))
        except NexusError:
            del self._told[told.number]
            raise
        return told.number

    def _now(self) -> Actor:
        return self._actor

    def _pump(self, told: Told) -> None:
        """Send what waits, by one task at a time: where the socket is slow, messages wait in their buffer alone."""
        if told.sending:
            return
        told.sending = True
        task = asyncio.create_task(self._tell(told))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _tell(self, told: Told) -> None:
        try:
            with suppress(WebSocketDisconnect, RuntimeError):
                while (one := told.take()) is not None:
                    await self._say({"of": told.number, "told": one})
        finally:
            told.sending = False

    async def _say(self, head: Mapping[str, Any]) -> None:
        frame = packed(head)
        async with self._speaking:
            await self._websocket.send_bytes(frame)

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        return await run_sync(work, limiter=self._threads)

    def _perform(self, action: str, data: Mapping[str, Any] | Asked) -> Any:
        actor = self._identify()
        if actor is None:
            raise SignInNeeded(OPENS_NOTHING)
        self._actor = actor
        return self._kernel.perform(Call(action, HOUSE, data, actor, "client", self._facts))


def _asked(head: Mapping[str, Any]) -> tuple[int, str, list[Any], dict[str, Any]]:
    number, method = head.get("n"), head.get("do")
    given, named = head.get("given", []), head.get("named", {})
    fits = type(number) is int and isinstance(method, str) and isinstance(given, list) and isinstance(named, dict)
    if not fits:
        raise BadRequest('A call is {"n": number, "do": method, "given": [...], "named": {...}}.')
    return number, method, given, named  # type: ignore[return-value]


def _problem(error: NexusError) -> Mapping[str, Any]:
    return {**error.extra(), "code": error.code, "title": error.title, "detail": str(error), "status": error.status}
