"""Thousands of pages that follow, as light as can be: frames by hand, since a library would weigh more."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

HEAD = (
    "GET /live HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: nx_session={cookie}\r\n"
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
Hear = Callable[[bytes, float], None]


def frame(kind: int, payload: bytes) -> bytes:
    """Return a frame as browsers send it; the mask is all zeros."""
    size = len(payload)
    length = bytes([128 | size]) if size < 126 else bytes([254]) + size.to_bytes(2, "big")
    return bytes([128 | kind]) + length + bytes(4) + payload


class Follower(asyncio.Protocol):
    """One page.

    Args:
        hello: What it sends first.
        wish: What it follows, once it is let in.
        hear: Called with each message, unread, and when it came: a thousand pages read at once, this process does not.
    """

    def __init__(self, hello: str, wish: str, hear: Hear) -> None:
        self._hello, self._wish, self._hear = hello, wish, hear
        self._read, self._open = b"", False
        self.follows: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._hello.encode())

    def data_received(self, data: bytes) -> None:
        came = time.time()
        self._read += data
        if not self._open:
            head, found, rest = self._read.partition(b"\r\n\r\n")
            if not found:
                return
            assert b" 101 " in head, head
            self._open, self._read = True, rest
            self.transport.write(frame(TEXT, self._wish.encode()))
        while len(self._read) >= 2:
            size, start = self._read[1] & 127, 2
            if size == 126:
                size, start = int.from_bytes(self._read[2:4], "big"), 4
            if len(self._read) < start + size:
                return
            kind, payload = self._read[0] & 15, self._read[start : start + size]
            self._read = self._read[start + size :]
            self._taken(kind, payload, came)

    def _taken(self, kind: int, payload: bytes, came: float) -> None:
        if kind == PING:
            self.transport.write(frame(PONG, payload))
        elif kind == TEXT:
            if self.follows.done():
                self._hear(payload, came)
            elif "following" in (told := json.loads(payload)):
                self.follows.set_result(bool(told["following"]))

    def connection_lost(self, error: Exception | None) -> None:
        if not self.follows.done():
            self.follows.set_result(False)


async def opened(url: str, cookies: Sequence[str], topic: str, hear: Hear, at_once: int = 100) -> list[Follower]:
    """Open a page for each of *cookies*, some at once, and wait until all follow *topic*."""
    host, loop = urlsplit(url).netloc, asyncio.get_running_loop()
    wish = json.dumps({"follow": [topic]})
    found: list[Follower] = []
    for start in range(0, len(cookies), at_once):
        some = []
        for cookie in cookies[start : start + at_once]:
            hello = HEAD.format(host=host, cookie=cookie)
            _, page = await loop.create_connection(
                lambda hello=hello: Follower(hello, wish, hear),
                *host.split(":"),  # type: ignore[misc]
            )
            some.append(page)
        assert all(await asyncio.gather(*(one.follows for one in some))), "Not every page was let in."
        found += some
    return found


def room_for(sockets: int) -> bool:
    """Whether this process may have so many open at once."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = sockets + 500
    if soft < wanted <= hard or (soft < wanted and hard == resource.RLIM_INFINITY):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= wanted and os.name == "posix"
