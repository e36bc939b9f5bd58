"""Running the server: the socket first, then the kernel, then one line that says it is ready."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import typer
import uvicorn

from nexus_admin.kernel.options import Options
from nexus_admin.web.app import Nexus


class _Server(uvicorn.Server):
    """Says that it is ready when it answers."""

    def __init__(self, config: uvicorn.Config, address: str, nexus: Nexus) -> None:
        super().__init__(config)
        self._address, self._nexus = address, nexus

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then say so."""
        await super().startup(sockets)
        if self.should_exit:
            return
        setup = self._nexus.kernel.access.setup
        if setup.open:
            typer.echo(f"Set up the first owner: {self._address}/set-up/{setup.issue()}")
        typer.echo(f"Nexus is ready: {self._address}")


def run_server(options: Options, host: str, port: int) -> None:
    """Serve until a signal ends it."""
    nexus = Nexus(options=options)
    nexus.start()
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((host, port))
    settings: dict[str, Any] = {"log_level": "warning", "timeout_graceful_shutdown": 5}
    server = _Server(uvicorn.Config(nexus, **settings), f"http://{host}:{bound.getsockname()[1]}", nexus)
    asyncio.run(server.serve([bound]))
