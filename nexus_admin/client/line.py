"""The one connection of a client: calls in threads wait for their answers, and a line that broke is made anew.

After a break, calls that may be made twice are made again. Those that may not raise `Unclear`: whether they were
done is not known. Subscriptions are made again, each with a `Gap` of 0: it is not known how much was missed.
"""

from __future__ import annotations

import itertools
import logging
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from contextlib import suppress
from dataclasses import dataclass, field
from math import isfinite
from queue import SimpleQueue
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from nexus_admin.brokers.frames import packed, unpacked
from nexus_admin.client.errors import Unclear, Unreachable, error_of
from nexus_admin.domain.errors import BadRequest, NexusError, Refused, SignInNeeded, TooLarge

PATH = "/api/v1/brokers"
FENCE = "app"
"""What the names of everything of clients begin with there: `mail` is `app.mail` on its pages."""
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 5.0
"""Seconds between attempts to make the line anew; doubled each time, give or take a half by chance."""
LARGEST = 16 * 1024 * 1024
"""Bytes of a frame that is sent; answers may have four times as many."""
_FINAL = (4401, 1008)
"""Codes of a socket that will not be opened again."""
_log = logging.getLogger(__name__)


@dataclass
class Pending:
    """A call that waits for its answer."""

    method: str
    frame: bytes
    twice: bool
    future: Future[Any] = field(default_factory=Future)
    sent: bool = False


class Line:
    """Asks, and is told.

    Args:
        url: `https://host[:port][/mount]` of the other side.
        token: An API token that has `client.connect` and the rights of what is asked.
        timeout: Seconds that a call waits for the line and its answer, beside what it waits for by itself.
        told: `told(number, what)`, called with each thing that a subscription is told, on a thread that may ask.
        again: Called when the line was made anew, on a thread of its own.
    """

    def __init__(
        self, url: str, token: str, timeout: float, told: Callable[[int, Any], None], again: Callable[[], None]
    ) -> None:
        self._home, self._url = _addresses(url)
        self._token, self._timeout, self._told, self._again = token, timeout, told, again
        self._numbers = itertools.count(1)
        self._pending: dict[int, Pending] = {}
        self._socket: ClientConnection | None = None
        self._error: NexusError | None = None
        self._closing = False
        self._change = threading.Condition()
        self._telling: SimpleQueue[tuple[int, Any] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="nexus-client", daemon=True)
        self._thread.start()
        threading.Thread(target=self._tell, name="nexus-client-told", daemon=True).start()

    def call(self, method: str, *given: Any, twice: bool = False, patience: float = 0.0, **named: Any) -> Any:
        """Ask, and return the answer.

        Args:
            method: `queue.push`
            given, named: Its arguments.
            twice: Whether it may be made again when the line broke under it.
            patience: Seconds that the call waits there.

        Raises:
            Unreachable: there was no answer in time.
            Unclear: the line broke, and it may not be made twice.
            NexusError: what the other side says.
        """
        number = next(self._numbers)
        frame = packed({"n": number, "do": method, "given": given, "named": named})
        pending = Pending(method, frame, twice)
        if len(frame) > LARGEST:
            raise TooLarge(
                f"A call has at most {LARGEST:,} bytes with all that it says, and this one has {len(frame):,}. "
                "Send less at a time, or put what is large into a file or a table and say where it is."
            )
        with self._change:
            self._check()
            self._pending[number] = pending
            self._send(pending)
        try:
            return pending.future.result(self._timeout + patience)
        except TooLate:
            raise (Unclear if pending.sent and not twice else Unreachable)(
                f"{method} was not answered within {self._timeout + patience:g} s."
            ) from None
        finally:
            with self._change:
                self._pending.pop(number, None)

    def page(self, *parts: str) -> str:
        """Return the address of a page there, for people: `page("brokers", "jobs", id)`."""
        return "/".join((self._home, *(quote(one, safe="") for one in parts)))

    def close(self) -> None:
        """Close the line; calls that wait are given up."""
        with self._change:
            self._closing = True
            socket = self._socket
            self._change.notify_all()
        if socket is not None:
            socket.close()
        self._thread.join(10)

    def _check(self) -> None:
        if self._closing:
            raise Refused("This client is closed.")
        if self._error is not None:
            raise self._error

    def _send(self, pending: Pending) -> None:
        """Send it if there is a line; else it is sent as soon as there is one. Call it with the lock."""
        if self._socket is None:
            return
        pending.sent = True
        with suppress(ConnectionClosed, OSError):  # the reading side notices too, and decides what becomes of it
            self._socket.send(pending.frame)

    def _run(self) -> None:
        pause, first = FIRST_PAUSE, True
        while not self._closing:
            try:
                with self._connected() as socket:
                    pause = FIRST_PAUSE
                    self._begin(socket, first)
                    first = False
                    self._read(socket)
            except NexusError as error:
                self._give_up(error)
                return
            except (ConnectionClosed, InvalidHandshake, OSError, TimeoutError, EOFError) as error:
                _log.info("The line to %s broke: %s", self._url, error)
            self._broken()
            with self._change:
                self._change.wait_for(lambda: self._closing, pause * random.uniform(0.5, 1.5))
            pause = min(pause * 2, LONGEST_PAUSE)
        self._give_up(Refused("This client is closed."))

    def _connected(self) -> ClientConnection:
        headers = {"Authorization": f"Bearer {self._token}"}
        try:
            return connect(self._url, additional_headers=headers, max_size=4 * LARGEST, compression=None, proxy=None)
        except InvalidStatus as error:
            if error.response.status_code in (401, 403, 404):
                raise SignInNeeded(f"{self._url} lets nobody in with this token.") from None
            raise

    def _begin(self, socket: ClientConnection, first: bool) -> None:
        hello = unpacked(_bytes(socket.recv(timeout=self._timeout)))
        if "error" in hello:
            raise error_of(hello["error"])
        with self._change:
            if self._closing:  # meanwhile: whoever closed it had no socket to close yet
                socket.close()
                return
            self._socket = socket
            for pending in list(self._pending.values()):
                self._send(pending)
        if first:
            _log.info("Connected to %s. What is in its brokers is at %s.", self._url, self.page("brokers"))
        else:
            threading.Thread(target=self._again, name="nexus-client-again", daemon=True).start()

    def _read(self, socket: ClientConnection) -> None:
        for frame in socket:
            head = unpacked(_bytes(frame))
            if "of" in head:
                self._telling.put((head["of"], head["told"]))
                continue
            with self._change:
                pending = self._pending.pop(head["n"], None)
            if pending is None:
                continue
            if "error" in head:
                pending.future.set_exception(error_of(head["error"]))
            else:
                pending.future.set_result(head["ok"])
        code = socket.close_code
        if code in _FINAL and not self._closing:
            raise SignInNeeded("The token is unknown, expired or revoked by now, or may not connect.")

    def _tell(self) -> None:
        while (one := self._telling.get()) is not None:
            self._told(*one)

    def _broken(self) -> None:
        """What was sent and may not be made twice is unclear; the rest goes over the next line."""
        with self._change:
            self._socket = None
            for number, pending in list(self._pending.items()):
                if pending.sent and not pending.twice:
                    del self._pending[number]
                    pending.future.set_exception(
                        Unclear(f"The line broke; whether {pending.method} was done is not known.")
                    )
                pending.sent = False

    def _give_up(self, error: NexusError) -> None:
        with self._change:
            self._socket, self._error = None, error
            pending, self._pending = self._pending, {}
        self._telling.put(None)
        for one in pending.values():
            one.future.set_exception(error)


def _bytes(frame: Any) -> bytes:
    if not isinstance(frame, bytes):
        raise BadRequest("The other side does not speak in frames.")
    return frame


def _addresses(url: str) -> tuple[str, str]:
    """Return where its pages are, and its socket."""
    parts = urlsplit(url)
    plain = {"https": "https", "http": "http", "wss": "https", "ws": "http"}
    if parts.scheme not in plain or not parts.netloc:
        raise BadRequest(f"{url!r} is no address. Write https://admin.example.com.")
    mount, scheme = parts.path.rstrip("/"), plain[parts.scheme]
    home = urlunsplit((scheme, parts.netloc, mount, "", ""))
    return home, urlunsplit((scheme.replace("http", "ws"), parts.netloc, mount + PATH, "", ""))


def no_transaction(tx: Any) -> None:
    """Refuse a transaction: those of the other side cannot be joined from here."""
    if tx is not None:
        raise Refused("A client cannot join a transaction of our state. Leave tx out.")


def deadline(wait: float) -> Callable[[], float]:
    """Return what says how many of *wait* seconds are left, never less than 0."""
    if not isfinite(wait):
        raise BadRequest(f"{wait} is no number of seconds to wait.")
    until = time.monotonic() + wait
    return lambda: max(until - time.monotonic(), 0.0)
