"""Projections as their page lists them: how far each is, also while it is made anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from nexus_admin.actions.brokers.streams import COUNTED
from nexus_admin.actions.jobs.projections import ProjectionSeen, group_of
from nexus_admin.domain.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class ProjectionRow:
    """One of them.

    Args:
        name, title, stream: As it was declared.
        begun: Whether it has rows, or will with the next event.
        anew: Whether it is being made anew beside what is shown.
        behind: Events that are not folded yet.
        events: How many its stream has now: so many a rebuild folds.
        parked: Events that could not be folded.
        group: The group of the stream that folds it.
        since: The first moment that the stream still has; None where it is empty.
    """

    name: str
    title: str
    stream: str
    begun: bool
    anew: bool
    behind: int
    events: int
    parked: int
    group: str
    since: datetime | None

    @property
    def capped(self) -> bool:
        """Whether it is behind by more than is counted, so that nobody knows how far it is."""
        return self.behind >= COUNTED

    @property
    def done(self) -> int:
        """Events that are folded."""
        return max(0, self.events - self.behind)


def projection_rows(seen: Iterable[ProjectionSeen], events: Mapping[str, int]) -> tuple[ProjectionRow, ...]:
    """Return a row for each; *events* says how many each stream has."""
    return tuple(_row(one, events.get(one.projection.stream, 0)) for one in seen)


def _row(seen: ProjectionSeen, events: int) -> ProjectionRow:
    one, found = seen.projection, seen.generations
    anew = found is not None and found.building is not None
    group = "" if found is None else group_of(one.name, found.newest)
    return ProjectionRow(
        one.name, one.title or one.name, one.stream, found is not None, anew, seen.behind, events, seen.parked, group,
        seen.since,
    )  # fmt: skip
