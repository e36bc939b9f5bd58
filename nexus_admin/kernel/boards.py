"""Dashboards put together: files of the project, those of extensions, and the generator, behind `actions.boards`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from nexus_admin.actions.answers import Answers
from nexus_admin.actions.house.boards import Board, Boards
from nexus_admin.actions.sources.known import Sources
from nexus_admin.analytics.check import check_query
from nexus_admin.dashboards import check, generate
from nexus_admin.dashboards.files import load_folder
from nexus_admin.dashboards.together import Together
from nexus_admin.domain.errors import NexusError
from nexus_admin.domain.query import Query, Result
from nexus_admin.domain.resource import Schema
from nexus_admin.domain.widget import Dashboard, Widget
from nexus_admin.language.paths import Decide
from nexus_admin.sdk.providers import Services

Stamp = tuple[tuple[str, int, int], ...]


class Shelves:
    """The dashboards that are declared; files are read again when they have changed.

    Args:
        project: The project's folder, None for none.
        widgets: The widgets that there are now, by name.
        declared: Dashboards of extensions, each with its owner.
    """

    def __init__(
        self,
        project: Path | None,
        widgets: Callable[[], Mapping[str, Widget]],
        declared: Callable[[], list[tuple[str, Dashboard]]],
    ) -> None:
        self._folder = project / "dashboards" if project else None
        self._widgets, self._declared = widgets, declared
        self._read: tuple[Stamp, dict[str, Board], list[str]] = ((), {}, [])

    def declared(self) -> tuple[Mapping[str, Board], list[str]]:
        """Return the dashboards by name, files before extensions, and a sentence for each file that is wrong."""
        stamp = self._stamp()
        if stamp != self._read[0]:
            self._read = (stamp, *self._files())
        others = {one.name: Board(one, "extension", owner) for owner, one in self._declared()}
        return {**others, **self._read[1]}, self._read[2]

    def _stamp(self) -> Stamp:
        found = sorted(self._folder.glob("*.toml")) if self._folder else []
        return tuple((one.name, one.stat().st_mtime_ns, one.stat().st_size) for one in found)

    def _files(self) -> tuple[dict[str, Board], list[str]]:
        if self._folder is None:
            return {}, []
        found, wrong = load_folder(self._folder)
        boards = {name: Board(one, "project", f"dashboards/{name}.toml") for name, one in found.items()}
        return boards, [str(one).replace(f"{self._folder.parent}/", "") for one in wrong]


def provide(
    services: Services,
    project: Path | None,
    widgets: Callable[[], Mapping[str, Widget]],
    declared: Callable[[], list[tuple[str, Dashboard]]],
) -> None:
    """Give the actions on dashboards what they need."""
    shelves = Shelves(project, widgets, declared)

    def problems(board: Dashboard, tell: Callable[[NexusError], object] = str) -> list[str]:
        sources = services.get(Sources)
        return check.problems(board, widgets(), lambda name: sources.get(name).schema, check_query, tell)

    services.put(Answers, Answers())
    services.put(Together, Together())
    services.put(Boards, Boards(shelves.declared, made_up, problems))


def made_up(schema: Schema, table: str | None, probe: Callable[[Query], Result], decide: Decide) -> Dashboard:
    """Return the generated dashboard of a table, or of the whole source where none is named."""
    if table is None:
        return generate.for_source(schema, probe, decide)
    return generate.for_table(schema, table, probe, decide)
