"""The product on a real socket: a shop, its state in a folder of its own, uvicorn in a thread."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any

import uvicorn

from nexus_admin import Nexus
from nexus_admin.domain.actor import Actor
from nexus_admin.kernel.options import Options

PASSWORD = "three small green apples"
PROJECT = Path(__file__).resolve().parent.parent / "example_app"
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in."""

    id: str
    email: str
    password: str = PASSWORD


@dataclass(frozen=True, slots=True)
class Served:
    """A running product."""

    url: str
    nexus: Nexus
    folder: Path

    def account(self, name: str = "ana", roles: Sequence[str] = ("owner",)) -> Account:
        """Make a new account; each has an address of its own."""
        email = f"{name}{next(_numbers)}@example.com"
        made = self.nexus.kernel.access.users.create(
            email, password=PASSWORD, roles=tuple(roles), name=name.title(), by=Actor.system("e2e")
        )
        return Account(made.id, email)


@contextmanager
def serve(
    folder: Path,
    *databases: Path,
    project: Path = PROJECT,
    state: str = "",
    given: Mapping[str, Any] = MappingProxyType({}),
) -> Iterator[Served]:
    """Serve these SQLite files, each under its own name, open for writing.

    Args:
        folder: Where the state is kept.
        databases: SQLite files; their names are those of the sources.
        project: With its extensions, templates and dashboards.
        state: A database's address; a file in *folder* where none is given.
        given: Settings by key.
    """
    options = Options(
        project=project,
        urls=tuple((one.stem, str(one)) for one in databases),
        state=state or str(folder / "nexus.db"),
        allow_writes=True,
        environ={},
        given=given,
    )
    nexus = Nexus(options=options)
    nexus.start()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(nexus, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield Served(f"http://127.0.0.1:{listening.getsockname()[1]}", nexus, folder)
        finally:
            server.should_exit = True
            thread.join()
            nexus.kernel.stop()
