"""Calling a function that is not trusted: a process of its own, with limits, JSON in and out, and an end for certain.

CPython cannot be fenced in from within, so the code is never imported into the server. What the process does not
have: the server's environment and memory, files to write to, more memory and time than it was given, other
processes (unless the server is root), and on Linux, where anybody may make a namespace, a network. Where Linux has
Landlock, it also empties and removes no file, and has no way to other processes; without, it has both.
What is not stopped: it reads the files that the server's user may read.
"""

from __future__ import annotations

import json
import math
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import ExtensionError, SettingError

CHILD = Path(__file__).with_name("child.py")
MOST = 1_000_000
"""Bytes of an answer."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may take: seconds of the clock and, rounded up, of the processor; memory in megabytes."""

    seconds: float = 5.0
    megabytes: float = 256


def execute(owner: str, folder: Path, name: str, given: Any, limits: Limits) -> Any:
    """Call the function *name* of the package in *folder* with *given*, in a process of its own; return its answer.

    Args:
        owner: Whose it is, for errors.
        folder: The package.
        name: The function; it is given one value, and returns one.
        given: JSON.
        limits: What it may take.

    Raises:
        ExtensionError: it raised, ran out of time or memory, or answered with what is no JSON; names the function.
        SettingError: this system has no such limits.
    """
    if os.name != "posix":
        raise SettingError(f"{owner} is isolated, and this system has no limits for processes.")
    order = {
        "folder": str(folder), "name": name, "input": given,
        "memory": int(limits.megabytes * 1_000_000), "seconds": math.ceil(limits.seconds),
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="nexus-isolated-") as empty:
        child = subprocess.Popen(
            (sys.executable, "-I", "-B", str(CHILD)), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, env={}, cwd=empty, start_new_session=True,
        )  # fmt: skip
        try:
            said = _heard(child, json.dumps(order).encode() + b"\n", limits.seconds)
        finally:
            _end(child)
    return _answer(f"{owner}: {name}", said, child.returncode, limits)


def _heard(child: subprocess.Popen[bytes], order: bytes, seconds: float) -> bytes | None:
    """Return what the child said, None where it ran out of time or said too much."""
    assert child.stdin is not None
    assert child.stdout is not None
    end, said = time.monotonic() + seconds, bytearray()
    try:
        child.stdin.write(order)
        child.stdin.close()
    except BrokenPipeError:
        return b""
    with selectors.DefaultSelector() as ready:
        ready.register(child.stdout, selectors.EVENT_READ)
        while len(said) <= MOST:
            if not ready.select(max(0.0, end - time.monotonic())):
                return None
            part = os.read(child.stdout.fileno(), 65536)
            if not part:
                return bytes(said)
            said += part
    return None


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the child and all that it began in its session."""
    with suppress(ProcessLookupError):  # it is gone
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    if child.stdout is not None:
        child.stdout.close()


def _answer(what: str, said: bytes | None, code: int, limits: Limits) -> Any:
    if said is None:
        raise ExtensionError(f"{what} did not answer within {limits.seconds:g} s, or with too much. It was ended.")
    if not said:
        raise ExtensionError(f"{what} was ended by its limits (code {code}).")
    try:  # its code has the pipe too, and may have written anything there
        told = json.loads(said)
    except (ValueError, RecursionError):
        told = None
    if isinstance(told, dict) and "raised" in told:
        raise ExtensionError(f"{what} raised {str(told['raised'])[:200]}.")
    if not isinstance(told, dict) or "done" not in told:
        raise ExtensionError(f"{what} answered with what is no JSON.")
    return told["done"]
