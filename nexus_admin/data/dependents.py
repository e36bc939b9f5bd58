"""Rows that hang on another row by declared foreign keys, and what the database does with them when it goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from nexus_admin.data.scope import Scope
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.resource import Resource

Effect = Literal["delete", "set null", "set default", "block"]

_EFFECTS: dict[str, Effect] = {
    "cascade": "delete", "set null": "set null", "set default": "set default",
    "restrict": "block", "no action": "block",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """A foreign key that leads here from another table.

    Args:
        name: The relation that it belongs to, as the row that goes has it.
        title: What people read for it.
        pairs: Pairs (our column, their column).
        near: The resource of the row that goes.
        far: The resource of the rows that hang on it.
        effect: What happens to those.
    """

    name: str
    title: str
    pairs: tuple[tuple[str, str], ...]
    near: Resource
    far: Resource
    effect: Effect


def ways_to(scope: Scope, resource: Resource) -> Iterator[Way]:
    """Return the declared foreign keys that point at *resource*, those of join tables too."""
    seen = set()
    for relation in resource.relations:
        if not relation.many or not relation.declared:
            continue
        to, pairs = relation.to, relation.pairs
        if relation.through is not None:
            to, pairs = relation.through.resource, relation.through.near
        if pairs and (to, frozenset(pairs)) not in seen:
            seen.add((to, frozenset(pairs)))
            yield Way(relation.name, relation.title, pairs, resource, scope.resource(to), _EFFECTS[relation.on_delete])
