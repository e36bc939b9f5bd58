"""One request on its way through one middleware of an extension, whose failure costs the request nothing."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nexus_admin.kernel.hooks import Hooks
from nexus_admin.sdk.declarations import Middleware


class Silent(RuntimeError):
    """A middleware neither answered nor let the request on."""


class Passage:
    """What was read and said on the way, for as long as it may be needed to go on without the middleware.

    Args:
        inside: What the middleware stands around.
        receive, send: What stands around the middleware.

    Attributes:
        out: Whether the middleware has begun to answer.
        over: Whether it failed with an answer in its hands, which went out without it.
        own: The error that it raised there.
        others: The error of what stands inside or around, which is not its own.
    """

    def __init__(self, inside: ASGIApp, receive: Receive, send: Send) -> None:
        self._inside, self._receive, self._send = inside, receive, send
        self._read: list[Message] = []
        self._said: list[Message] = []
        self._called = self._done = False
        self.out = self.over = False
        self.own: Exception | None = None
        self.others: Exception | None = None

    async def receive(self) -> Message:
        """Give the middleware what the client sends."""
        message: Message = await self._outside(self._receive())
        if not self._called:
            self._read.append(message)
        return message

    async def send(self, message: Message) -> None:
        """Take what the middleware answers; from now on the answer is its own."""
        if not self.over:
            self.out = True
            self._said.clear()
            await self._outside(self._send(message))

    async def within(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go on inside; what is said there reaches the client even where the middleware fails to hand it on."""
        self._called = True

        async def said(message: Message) -> None:
            if self.over:
                await self._send(message)
                return
            if not self.out:
                self._said.append(message)
            try:
                await send(message)
            except Exception as error:
                await self._failed(error)

        try:
            await self._inside(scope, receive, said)
        except Exception as error:
            self.others = self.others or (None if error is self.own else error)
            raise
        self._done = True

    async def without(self, scope: Scope) -> bool:
        """Answer the request although the middleware failed; False where too much has happened already."""
        if self.over:
            return True
        if self.out or (self._called and not (self._done and self._said)):
            return False
        self.over = True
        if self._called:
            await self._say()
        else:
            read = iter(self._read)

            async def again() -> Message:
                return next(read, None) or await self._receive()

            await self._inside(scope, again, self._send)
        return True

    async def _failed(self, error: Exception) -> None:
        """Go on with the answer, where the middleware raised over it and has let nothing of it out."""
        if error is not self.others:
            self.own = error
        if self.out or error is self.others:
            raise error
        self.over = True
        await self._say()

    async def _say(self) -> None:
        for message in self._said:
            await self._send(message)
        self._said.clear()

    async def _outside(self, work: Awaitable[Any]) -> Any:
        try:
            return await work
        except Exception as error:
            self.others = error
            raise


class Guarded:
    """A middleware of an extension that is blamed where it raises, and passed by.

    Args:
        one: What was declared.
        inside: What it stands around.
        hooks: Who is told.

    Raises:
        Exception: whatever its `wrap` raises; the caller names the extension.
    """

    def __init__(self, one: Middleware, inside: ASGIApp, hooks: Hooks) -> None:
        self._inside, self._owner, self._hooks = inside, one.owner, hooks
        self._key = f"nexus.passage.{one.name}"
        self._around = one.wrap(self._within)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        passage = Passage(self._inside, receive, send)
        error = await self._through(passage, {**scope, self._key: passage})
        if error is not None:
            self._hooks.fault(self._owner, error)
            if not await passage.without(scope):
                raise error

    async def _through(self, passage: Passage, scope: Scope) -> Exception | None:
        """Go through the middleware; return what it did wrong."""
        try:
            await self._around(scope, passage.receive, passage.send)
        except Exception as raised:
            if raised is passage.others:
                raise
            return passage.own or raised
        return passage.own or (None if passage.out else Silent("It gave no answer to a request."))

    async def _within(self, scope: Any, receive: Any, send: Any) -> None:
        passage: Passage = scope[self._key]
        await passage.within(scope, receive, send)
