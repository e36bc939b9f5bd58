"""Where dashboards come from, as the actions on them see it; the kernel puts it together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal, Protocol

import sqlalchemy as sa

from nexus_admin.access import Access
from nexus_admin.actions.sources.known import Sources
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import NexusError
from nexus_admin.domain.query import Query, Result
from nexus_admin.domain.resource import Schema
from nexus_admin.domain.widget import Dashboard
from nexus_admin.language.paths import Decide
from nexus_admin.state.tables.dashboards import dashboard as stored

Origin = Literal["saved", "project", "extension", "generated"]
Generate = Callable[[Schema, str | None, Callable[[Query], Result], Decide], Dashboard]
"""`generate(schema, table or None for the whole source, probe, decide)`."""


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard with where it is kept.

    Args:
        dashboard: What it shows.
        origin: `saved` ones are rows of our state and can be changed here; the others are files, or made up.
        place: The file or extension that holds it; empty for the others.
        version: Of a saved one.
    """

    dashboard: Dashboard
    origin: Origin
    place: str = ""
    version: int = 0


class Problems(Protocol):
    """Gives a sentence for everything that is wrong with a dashboard."""

    def __call__(self, board: Dashboard, tell: Callable[[NexusError], object] = str) -> list[str]:
        """Return the sentences; *tell* says of an error what whoever reads them may know."""
        ...


@dataclass(frozen=True, slots=True)
class Boards:
    """What the kernel knows of dashboards.

    Args:
        declared: Those of the project's files and of extensions, by name, and a sentence for each file that is wrong.
        generate: Makes one up.
        problems: A sentence for everything that is wrong with one.
    """

    declared: Callable[[], tuple[Mapping[str, Board], list[str]]]
    generate: Generate
    problems: Problems


def saved(connection: sa.Connection, name: str | None = None) -> Iterator[Board]:
    """Yield the saved dashboards by title, or only the one called *name*."""
    statement = sa.select(stored.c.spec, stored.c.version).order_by(stored.c.title, stored.c.name)
    if name is not None:
        statement = statement.where(stored.c.name == name)
    for spec, version in connection.execute(statement):
        yield Board(Dashboard.model_validate(spec), "saved", version=version)


def may_open(access: Access, sources: Sources, actor: Actor, board: Board) -> bool:
    """Whether *actor* sees anything of the source that it is about; where that is away, nothing is known against it."""
    source = board.dashboard.source
    if source not in sources.names():
        return True
    tables = sources.get(source).schema.resources.values()
    return any(access.decide(actor, "row.list", source, one).allowed for one in tables)
