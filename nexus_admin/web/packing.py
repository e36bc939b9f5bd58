"""Answers that are worth it go packed, to whoever takes them so; small ones pass as they are."""

from __future__ import annotations

from starlette.middleware.gzip import GZipResponder, IdentityResponder
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LEAST = 1000
"""Bytes from which an answer is worth packing."""
LEVEL = 5
"""How hard: more takes much longer for little."""


class Packing:
    """Leaves answers to Starlette's responders, but for small ones: making one ready costs more than they do."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] == "http":
            send = _Sending(send, packed=_takes_gzip(scope)).take
        await self._app(scope, receive, send)


def _takes_gzip(scope: Scope) -> bool:
    return any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])


class _Sending:
    """One answer on its way; how it goes is decided when it begins.

    Args:
        send: Where it goes.
        packed: Whoever asked takes it so.
    """

    __slots__ = ("_onward", "_packed", "_send")

    def __init__(self, send: Send, *, packed: bool) -> None:
        self._send, self._packed = send, packed
        self._onward = send

    async def take(self, message: Message) -> None:
        """Send *message*."""
        if message["type"] == "http.response.start" and not _is_small(message):
            self._onward = self._responder().send_with_compression
        await self._onward(message)

    def _responder(self) -> IdentityResponder:
        made = GZipResponder(_nobody, LEAST, compresslevel=LEVEL) if self._packed else IdentityResponder(_nobody, LEAST)
        made.send = self._send
        return made


def _is_small(start: Message) -> bool:
    """Whether an answer says that it is; one that comes in parts, such as a stream of events, says nothing."""
    length = next((value for name, value in start["headers"] if name == b"content-length"), b"")
    return length.isdigit() and int(length) < LEAST


async def _nobody(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """Stand where a responder has its app: it is handed the messages themselves."""
