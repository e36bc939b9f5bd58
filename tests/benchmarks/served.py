"""Applications under measurement: each in a process of its own, served by uvicorn as in production."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
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
    def memory(self) -> float | None:
        """How many megabytes of memory it holds; None where the system does not say."""
        status = Path(f"/proc/{self.process}/status")
        if not status.exists():
            return None
        found = re.search(r"VmRSS:\s+(\d+) kB", status.read_text())
        return int(found[1]) / 1024 if found else None


@contextmanager
def served(factory: str, environment: Mapping[str, str], *, path: str = "/", patience: float = 30) -> Iterator[Served]:
    """Serve `module:factory` from the checkout until the block ends.

    Args:
        factory: A function without arguments that returns an ASGI application.
        environment: Added to this process's own.
        path: Asked until there is an answer below 500.
        patience: In seconds.

    Raises:
        RuntimeError: it ended or did not answer; the message holds what it printed.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--factory", factory, "--port", str(port), "--no-access-log"]
    with tempfile.TemporaryFile("w+") as said:
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stdout=said, stderr=said)
        try:
            url = f"http://127.0.0.1:{port}"
            while not _answers(url + path):
                if process.poll() is not None or time.perf_counter() - began > patience:
                    said.seek(0)
                    raise RuntimeError(f"{factory} does not answer at {url}{path}. It printed:\n{said.read()}")
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
