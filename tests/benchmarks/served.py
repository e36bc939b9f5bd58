"""Applications under measurement: each in a process of its own, served by uvicorn as in production."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Served:
    """An application that answers: where, after how many seconds, and as which process."""

    url: str
    ready: float
    process: int

    @property
    def computed(self) -> float | None:
        """How many seconds it has computed so far; None where the system does not say."""
        status = Path(f"/proc/{self.process}/stat")
        if not status.exists():
            return None
        told = status.read_text().rpartition(")")[2].split()
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def memory(self) -> float | None:
        """How many megabytes of memory it holds; None where the system does not say."""
        status = Path(f"/proc/{self.process}/status")
        if not status.exists():
            return None
        found = re.search(r"VmRSS:\s+(\d+) kB", status.read_text())
        return int(found[1]) / 1024 if found else None


@contextmanager
def served(factory: str, environment: Mapping[str, str], *, path: str = "/", patience: float = 120) -> Iterator[Served]:
    """Serve `module:factory` from the checkout until the block ends.

    Args:
        factory: A function without arguments that returns an ASGI application.
        environment: Added to this process's own.
        path: Asked until there is an answer below 500.
        patience: In seconds.

    Raises:
        RuntimeError: it ended or did not answer; the message holds what it printed.
    """
    command = [sys.executable, "-m", "uvicorn", "--factory", factory, "--no-access-log"]
    with launched(lambda port: [*command, "--port", str(port)], environment, path=path, patience=patience) as app:
        yield app


@contextmanager
def launched(
    command: Callable[[int], Sequence[str]], environment: Mapping[str, str], *, path: str = "/", patience: float = 120
) -> Iterator[Served]:
    """Run the command of a server on a port until the block ends.

    Raises:
        RuntimeError: as `served`.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # Our own variables are settings to Nexus, which refuses those that it does not know. And whoever installs an
    # application has its modules compiled once: a figure without that would be one of the compiler.
    left_out = ("NEXUS_", "PYTHONDONTWRITEBYTECODE")
    own = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    with tempfile.TemporaryFile("w+") as said:
        began = time.perf_counter()
        process = subprocess.Popen(command(port), cwd=ROOT, env={**own, **environment}, stdout=said, stderr=said)
        try:
            url = f"http://127.0.0.1:{port}"
            while not _answers(url + path):
                if process.poll() is not None or time.perf_counter() - began > patience:
                    said.seek(0)
                    raise RuntimeError(f"Nothing answers at {url}{path}. It printed:\n{said.read()}")
                time.sleep(0.02)
            yield Served(url, time.perf_counter() - began, process.pid)
        finally:
            process.terminate()
            process.wait(10)


def _answers(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=5).status_code < 500
    except httpx2.TransportError:
        return False
