"""What a kernel is started with."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from pathlib import Path
from typing import Any

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import SettingError


class Part(StrEnum):
    """What a process may be by itself."""

    web = "web"
    worker = "worker"
    scheduler = "scheduler"


@dataclass(frozen=True, slots=True)
class Options:
    """What a kernel is started with.

    Args:
        project: The folder with `nexus.toml` and the user's own extensions; None for none.
        urls: (name, URL) of data sources given on the command line or in code.
        state: Where our own state lives; None for the setting `state.url`.
        allow_writes: Open the given sources for writing.
        given: Settings from the command line, by key.
        environ: The process's environment.
        shared: True for a command that runs beside a server on the same state.
        connect: False for a command that needs no data source.
        parts: What this process is: it answers pages, does jobs, and pushes those that are due.
        patience: Seconds that the start waits for databases which were never read before; they go on being read.
    """

    project: Path | None = None
    urls: tuple[tuple[str, str], ...] = ()
    state: str | None = None
    allow_writes: bool = False
    given: Mapping[str, Any] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    shared: bool = False
    connect: bool = True
    parts: frozenset[Part] = frozenset(Part)
    patience: float = 2.0

    @property
    def config(self) -> Path | None:
        """The settings file: `NEXUS_CONFIG`, or the project's `nexus.toml` where there is one."""
        if named := self.environ.get("NEXUS_CONFIG"):
            return Path(named)
        found = self.project / "nexus.toml" if self.project else None
        return found if found and found.is_file() else None

    def __post_init__(self) -> None:
        """Refuse two databases under one name: the second would silently stand in for the first.

        Raises:
            SettingError: names what is there twice.
        """
        names = [name for name, _ in self.urls]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise SettingError(
                f"Two of the databases would be called {twice!r}. Name them yourself: `--name` is for the first, "
                "and nexus.toml has a [sources.NAME] with a url for each."
            )
