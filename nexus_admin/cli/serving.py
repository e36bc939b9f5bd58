"""Running the server: the socket first, then the kernel, then one line that says it is ready."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import sys
import threading
import webbrowser
from typing import Any

import typer
import uvicorn

from nexus_admin.cli.crowd import Crowd
from nexus_admin.domain.errors import Refused
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Options
from nexus_admin.web.app import Nexus
from nexus_admin.web.remote.doors import LARGEST

TURN = 0.001
"""Seconds for which a thread that computes keeps the interpreter while others want it: by Python's own 5 ms, pages and
publications wait so long for each such thread. Shorter turns took no more of the processor."""
YOUNG = 10_000
"""Objects made before the young ones are looked through for cycles. A request makes thousands, nearly all of which are
gone with it; by Python's own 700 a fortieth of the processor went there while many wrote."""


class _Server(uvicorn.Server):
    """Says that it is ready when it answers."""

    def __init__(self, config: uvicorn.Config, address: str, nexus: Nexus, browse: bool) -> None:
        super().__init__(config)
        self._address, self._nexus, self._browse = address, nexus, browse
        self._crowd = Crowd()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then say so."""
        await super().startup(sockets)
        if self.should_exit:
            return
        setup = self._nexus.kernel.access.setup
        first = f"{self._address}set-up/{setup.issue()}" if setup.open else ""
        if first:
            typer.echo(f"Set up the first owner: {first}")
        typer.echo(f"Nexus is ready: {self._address}")
        for status in self._nexus.kernel.sources.statuses():
            if status.reason:
                typer.echo(f"{status.reason} It is tried again by itself; its page says how it is.", err=True)
        if self._browse:
            webbrowser.open(first or self._address)

    async def on_tick(self, counter: int) -> bool:
        """Look every tenth of a second how many are connected."""
        self._crowd.seen(len(self.server_state.connections))
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let go of the pages that follow changes, which would else keep it waiting; then stop."""
        self._nexus.live.close()
        await super().shutdown(sockets)


def started(options: Options) -> Nexus:
    """Return the app with its kernel up."""
    nexus = Nexus(options=options)
    nexus.start()
    return nexus


def run_server(nexus: Nexus, *, browse: bool = False) -> None:
    """Serve until a signal ends it.

    Args:
        nexus: The app; its kernel is up.
        browse: Open the person's browser once it is ready.
    """
    sys.setswitchinterval(TURN)
    gc.set_threshold(YOUNG)
    host, port = nexus.kernel.settings["server.host"], nexus.kernel.settings["server.port"]
    bound = _listening(host, port)
    settings: dict[str, Any] = {"log_level": "warning", "timeout_graceful_shutdown": 5}
    # What pages are told is short: to pack it would take more memory for each open page than all else together.
    settings |= {"ws_max_size": LARGEST, "ws_per_message_deflate": False}
    proxies = nexus.kernel.settings["server.trusted_proxies"]  # else anybody could say where they come from
    settings |= {"proxy_headers": bool(proxies), "forwarded_allow_ips": proxies}
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{bound.getsockname()[1]}/"
    config = uvicorn.Config(nexus, **settings)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:  # uvloop, where it is installed
        runner.run(_Server(config, address, nexus, browse).serve([bound]))


def run_work(options: Options) -> None:
    """Do jobs, or push those that are due, without pages, until a signal ends it; what runs may finish then."""
    sys.setswitchinterval(TURN)
    over = threading.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda _number, _frame: over.set())
    kernel = Kernel(options).start()
    typer.echo(f"Nexus is ready: {' and '.join(sorted(options.parts))}")
    over.wait()
    kernel.stop()


def _listening(host: str, port: int) -> socket.socket:
    # Said to be TCP, or asyncio leaves Nagle's algorithm on, and half of the answers wait 40 ms for it.
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise Refused(
            f"{host}:{port} cannot be listened on: {error.strerror}. Is another server there? Choose one with --port."
        ) from None
    return bound
