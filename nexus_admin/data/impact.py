"""What deleting a row would do to others: counted along declared foreign keys, before anything happens."""

from __future__ import annotations

import sqlalchemy as sa

from nexus_admin.data import asking
from nexus_admin.data.dependents import Effect, Way, ways_to
from nexus_admin.data.scope import Scope
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.resource import Resource
from nexus_admin.language.keys import key_condition, referring_to

COUNTED = 1000
"""Rows are counted up to here."""

DEPTH = 6
"""Cascades of cascades are followed so far."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Rows of one table that a deletion reaches along one way.

    Args:
        resource: Their resource's name; like the path empty where the actor may not know of it.
        title: Its title.
        path: Names of the relations that lead there, from the row that is deleted.
        said: Their titles.
        effect: What happens to them; `block` means that the deletion fails.
        count: How many of them the actor may see.
        capped: There are at least that many.
        unseen: There are more that the actor may not see.
    """

    resource: str
    title: str
    path: tuple[str, ...]
    said: tuple[str, ...]
    effect: Effect
    count: int
    capped: bool = False
    unseen: bool = False


@dataclass(frozen=True, slots=True)
class Impact:
    """What deleting one row would do to others.

    Args:
        hits: Only those with rows; nearest first.
        complete: False where cascades go deeper than they were followed.
    """

    hits: tuple[Hit, ...]
    complete: bool = True

    @property
    def blocked(self) -> bool:
        """Whether the deletion would fail."""
        return any(hit.effect == "block" for hit in self.hits)

    def total(self, effect: Effect) -> int:
        """Return how many rows, as far as counted, meet *effect*."""
        return sum(hit.count for hit in self.hits if hit.effect == effect)


def impact(scope: Scope, name: str, segment: str) -> Impact:
    """Count what hangs on the row with this key; changes nothing.

    Raises:
        NotFound: there is no such row.
    """
    resource = scope.resource(name)
    table = scope.table(name)
    near = table.alias("level_0")
    start = key_condition(near, resource, scope.key(name, segment))
    walk = _Walk(scope)
    walk.follow(resource, near, start, ())
    return Impact(tuple(sorted(walk.hits, key=lambda hit: len(hit.path))), walk.complete)


class _Walk:
    """One walk down the foreign keys."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.hits: list[Hit] = []
        self.complete = True

    def follow(
        self, resource: Resource, near: sa.FromClause, parent: sa.ColumnElement[bool], path: tuple[Way, ...]
    ) -> None:
        """Count the rows on every way to *resource*, and go on where they would be deleted too."""
        for way in ways_to(self.scope, resource):
            steps = (*path, way)
            far = self.scope.table(way.far.name).alias(f"level_{len(steps)}")
            condition = referring_to(way.pairs, near, far, parent)
            total = self._count(far, condition)
            if not total:
                continue
            self.hits.append(self._hit(steps, far, condition, total))
            if way.effect == "delete" and len(steps) < DEPTH:
                self.follow(way.far, far, condition, steps)
            elif way.effect == "delete":
                self.complete = False

    def _hit(self, path: tuple[Way, ...], far: sa.FromClause, condition: sa.ColumnElement[bool], total: int) -> Hit:
        way = path[-1]
        decision = self.scope.decision("row.list", way.far.name)
        seen = total
        if not decision.allowed:
            seen = 0
        elif (rule := asking.rule(self.scope, way.far, "row.list", far)) is not None:
            seen = self._count(far, condition, rule)
        known = self.scope.knows(way.far.name)
        return Hit(
            way.far.name if known else "",
            way.far.title if known else "Other rows",
            tuple(one.name for one in path) if known else (),
            tuple(one.title for one in path) if known else (),
            way.effect,
            min(seen, COUNTED),
            capped=seen > COUNTED,
            unseen=seen < total,
        )

    def _count(self, far: sa.FromClause, *conditions: sa.ColumnElement[bool]) -> int:
        some = sa.select(sa.literal(1)).select_from(far).where(*conditions).limit(COUNTED + 1).subquery()
        return int(self.scope.connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one())
