"""This machine and nothing else: while it is on, whatever reaches out further is refused and written down."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_reached: list[str] | None = None
_listening = False


class ReachedOut(OSError):
    """Something wanted to talk to another machine."""


@contextmanager
def only() -> Iterator[list[str]]:
    """Refuse every connection and every look-up of a name that leaves this machine; yields what was refused."""
    global _reached, _listening
    if not _listening:  # an audit hook stays for good, so there is one
        sys.addaudithook(_hear)
        _listening = True
    before, _reached = _reached, []
    try:
        yield _reached
    finally:
        _reached = before


def is_here(host: Any) -> bool:
    """Whether *host* is this machine: a loopback address, its name, or a socket that is a file."""
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host).is_loopback
    except ValueError:
        return False


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if _reached is None:
        return
    if event in ("socket.connect", "socket.sendto"):
        where = arguments[1]
        host = where[0] if isinstance(where, tuple) else None
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    else:
        return
    if not is_here(host):
        _reached.append(f"{event} {host!r}")
        raise ReachedOut(f"{event} {host!r}: nothing here may leave this machine.")
