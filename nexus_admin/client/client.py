"""A client: one line, and the four brokers on it."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from nexus_admin.client.line import Line
from nexus_admin.client.pubsub import RemotePubSub
from nexus_admin.client.queue import RemoteQueue
from nexus_admin.client.store import RemoteStore
from nexus_admin.client.stream import RemoteStream

TIMEOUT = 30.0


class Client:
    """The brokers of a Nexus that runs elsewhere. Safe to use from many threads.

    Args:
        url: Where it runs: `https://admin.example.com`.
        token: An API token that has `client.connect`, and of `client.store.read`, `client.queue.push` … what it needs.
        timeout: Seconds that a call waits for its answer.

    Attributes:
        store, pubsub, queue, stream: As their protocols in `nexus_admin.brokers`, without `tx`.

    Raises: each call raises
        Unreachable: there was no answer in time.
        Unclear: the line broke under a call that may not be made twice.
        SignInNeeded: the token opens nothing.
    """

    def __init__(self, url: str, token: str, *, timeout: float = TIMEOUT) -> None:
        self.pubsub = RemotePubSub(lambda: self._line)
        self._line = Line(url, token, timeout, self.pubsub.told, self.pubsub.again)
        self.store = RemoteStore(self._line)
        self.queue = RemoteQueue(self._line)
        self.stream = RemoteStream(self._line)

    def close(self) -> None:
        """End subscriptions and close the line."""
        self.pubsub.close()
        self._line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
