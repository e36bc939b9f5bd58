"""A small load driver: `load` asks a server the same thing for some seconds and says how quick the answers were.

`wrk` drives when it is on PATH. Otherwise httpx2 does, which needs a good part of a core itself: compare only
figures of the same driver.
"""

import asyncio
import json
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx2

SCRIPT = """
local paths, headers, number = {{ {paths} }}, {{ {headers} }}, 0
local body = {body}
request = function()
  number = number + 1
  local told = body and body:gsub("{{n}}", tostring(number))
  return wrk.format({method}, paths[number % #paths + 1], headers, told)
end
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('\\nJSON {{"requests": %d, "micros": %d, "p50": %d, "p95": %d, "errors": %d}}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(95),
    e.connect + e.read + e.write + e.status + e.timeout))
end
"""


@dataclass(frozen=True)
class Ask:
    """What is asked, again and again.

    Attributes:
        paths: Taken in turn, each with its query.
        headers: Such as `Cookie` or `Authorization`.
        body: `{n}` in it becomes a running number, so that every update changes something.
    """

    paths: tuple[str, ...]
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None


@dataclass(frozen=True)
class Figures:
    """How quick a server was: requests a second, and milliseconds within which half and 95 % were answered.

    Attributes:
        cpu: Milliseconds that the server computed for one request, where it is known: on a busy machine this says more
            than the others.
    """

    rate: float
    p50: float
    p95: float
    requests: int
    errors: int
    cpu: float | None = None

    def __str__(self) -> str:
        """Say it in one line."""
        failed = f", {self.errors} FAILED" if self.errors else ""
        return f"{self.rate:,.0f}/s, p50 {self.p50:.1f} ms, p95 {self.p95:.1f} ms{failed}"


def load(base: str, ask: Ask, *, connections: int = 1, seconds: float = 3.0, warm: bool = True) -> Figures:
    """Ask the server at *base*, such as `http://127.0.0.1:8000`, from so many connections at once.

    An answer with a status of 400 or above counts as an error. What is sent beforehand, to warm up, is not counted.

    Raises:
        RuntimeError: wrk broke off; the message holds what it printed.
    """
    drive = by_wrk if shutil.which("wrk") else by_httpx2
    if warm:
        drive(base, ask, connections, 0.5)
    return drive(base, ask, connections, seconds)


def by_wrk(base: str, ask: Ask, connections: int, seconds: float) -> Figures:
    """Drive with wrk, which counts whole seconds: less than one becomes one."""
    script = SCRIPT.format(
        paths=", ".join(_lua(path) for path in ask.paths),
        headers=", ".join(f"[ {_lua(name)} ] = {_lua(value)}" for name, value in ask.headers.items()),
        method=_lua(ask.method),
        body="nil" if ask.body is None else _lua(ask.body),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ask.lua"
        path.write_text(script, "utf-8")
        command = ["wrk", "-t1", f"-c{connections}", f"-d{max(round(seconds), 1)}s", "--timeout=30s", "-s", str(path)]
        run = subprocess.run([*command, base], capture_output=True, text=True, check=False)
    found = re.search(r"^JSON (.+)$", run.stdout, re.MULTILINE)
    if not found:
        raise RuntimeError(f"wrk gave no figures for {base}. It printed:\n{run.stdout}{run.stderr}")
    read = json.loads(found[1])
    rate = read["requests"] / (read["micros"] / 1e6)
    return Figures(rate, read["p50"] / 1e3, read["p95"] / 1e3, read["requests"], read["errors"])


def by_httpx2(base: str, ask: Ask, connections: int, seconds: float) -> Figures:
    """Drive with httpx2, one client a connection."""
    # In a thread of its own: whoever calls may have an event loop already.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(_by_httpx2(base, ask, connections, seconds))).result()


async def _by_httpx2(base: str, ask: Ask, connections: int, seconds: float) -> Figures:
    numbers, taken, errors = count(1), [], 0
    began = time.perf_counter()

    async def one() -> None:
        nonlocal errors
        async with httpx2.AsyncClient(base_url=base, headers=dict(ask.headers), timeout=30) as client:
            while time.perf_counter() - began < seconds:
                number = next(numbers)
                body = None if ask.body is None else ask.body.replace("{n}", str(number))
                sent = time.perf_counter()
                try:
                    answer = await client.request(ask.method, ask.paths[number % len(ask.paths)], content=body)
                    errors += answer.status_code >= 400
                except httpx2.TransportError:
                    errors += 1
                taken.append(time.perf_counter() - sent)

    await asyncio.gather(*(one() for _ in range(connections)))
    lasted = time.perf_counter() - began
    taken.sort()
    p50, p95 = (taken[min(int(len(taken) * share), len(taken) - 1)] * 1e3 for share in (0.5, 0.95))
    return Figures(len(taken) / lasted, p50, p95, len(taken), errors)


def _lua(text: str) -> str:
    """Return a Lua string literal."""
    return "[==[" + text + "]==]"
