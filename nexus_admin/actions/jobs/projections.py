"""`projection.*`: which projections there are and how far they are; making one anew from the beginning."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from nexus_admin.actions.brokers.parts import Asked, looking
from nexus_admin.actions.jobs import projection_records as records
from nexus_admin.actions.unit import Unit
from nexus_admin.brokers.stream.protocol import GroupFigures, Stream
from nexus_admin.domain.action import Action, Nothing
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import NotFound
from nexus_admin.domain.projection import Projection
from nexus_admin.state.engine import State


class Projections(dict[str, Projection]):
    """The projections that are declared now, by name."""


class Which(Asked):
    """Which projection."""

    projection: str = Field(min_length=1, max_length=200)


@dataclass(frozen=True, slots=True)
class ProjectionSeen:
    """A projection, and how far it is.

    Args:
        projection: As it was declared.
        generations: Which rows are shown, and which are being made; None before its first event.
        behind: Events of its stream that are not folded yet, counted up to 10,000.
        parked: Events that could not be folded, and were set aside.
        since: The first moment that its stream still has: a rebuild begins there.
    """

    projection: Projection
    generations: records.Generations | None
    behind: int
    parked: int
    since: datetime | None


def group_of(name: str, generation: int) -> str:
    """Return the group of the stream that folds a generation of a projection."""
    return f"{name}.{generation}"


def list_projections(unit: Unit, _data: Nothing) -> tuple[ProjectionSeen, ...]:
    """Return every projection that is declared, by name."""
    return tuple(_seen(unit, one) for _, one in sorted(unit.service(Projections).items()))


def rebuild(unit: Unit, data: Which) -> int:
    """Make a projection anew from the beginning of its stream, beside the rows that are shown until that is done.

    What the stream has forgotten is not in it any more. Returns the number of the new generation.

    Raises:
        NotFound: no such projection is declared, or it has not begun.
    """
    one = unit.service(Projections).get(data.projection)
    if one is None or records.generations(unit.connection, one.name) is None:
        raise NotFound(f"There is no projection called {data.projection!r}.")
    generation = records.begin_anew(unit.connection, one.name, one.version)
    unit.detail = f"{one.name} is made anew from the beginning of {one.stream}, as generation {generation}."
    return generation


def _seen(unit: Unit, one: Projection) -> ProjectionSeen:
    stream = unit.service(Stream)  # type: ignore[type-abstract]
    found = unit.service(State).read(lambda connection: records.generations(connection, one.name))
    figures: GroupFigures | None = None
    if found is not None:
        group = group_of(one.name, found.newest)
        figures = next((each for each in stream.groups(one.stream) if each.group == group), None)
    first = stream.read(one.stream, limit=1)
    return ProjectionSeen(
        one, found, figures.behind if figures else 0, figures.parked if figures else 0, first[0].at if first else None
    )


ACTIONS = (
    looking("projection.list", Nothing, list_projections, "Projections"),
    Action(
        "projection.rebuild", Which, rebuild, "Make a projection anew", on="house", transaction=False, icon="history"
    ),
)
