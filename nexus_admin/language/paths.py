"""Where a path leads: each relation and the field at its end, seen with the rights of whoever asks.

What the actor may not read is answered exactly like what does not exist, and is never offered as a neighbour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import BadExpression, UnknownField
from nexus_admin.domain.expression import Count, Quantified
from nexus_admin.domain.kinds import family
from nexus_admin.domain.resource import Field, Relation, Resource, Schema
from nexus_admin.language.names import join_path

_SEARCHED = frozenset({"text", "enum", "number", "uuid"})
"""Kinds and families in which a word may stand."""

Decide = Callable[[str], Decision]
"""The decision on listing the rows of the resource of that name."""


@dataclass(frozen=True, slots=True)
class Way:
    """A path that was found: the relations to walk, and the field at the end."""

    relations: tuple[Relation, ...]
    resource: Resource
    field: Field


class Sight:
    """What can be seen of a schema: all of it (`decide` None: the house itself asks), or what an actor may read."""

    def __init__(self, schema: Schema, decide: Decide | None = None) -> None:
        self.schema = schema
        self._decide = decide
        self._decisions: dict[str, Decision] = {}

    def decision(self, resource: str) -> Decision | None:
        """Return what was decided about *resource*, asked once; None where the house itself asks."""
        if self._decide is None:
            return None
        if resource not in self._decisions:
            self._decisions[resource] = self._decide(resource)
        return self._decisions[resource]

    def reads(self, resource: str, fields: Iterable[str]) -> bool:
        """Whether every one of *fields* of *resource* may be read."""
        decision = self.decision(resource)
        return decision is None or (decision.allowed and all(map(decision.reads, fields)))

    def field(self, resource: Resource, name: str) -> Field:
        """Return the field called *name*.

        Raises:
            UnknownField: there is none, or it may not be read.
        """
        field = resource.by_name.get(name)
        if field is None or not self.reads(resource.name, (name,)):
            raise self.unknown(resource, name)
        if not field.askable:
            raise BadExpression(f"{field.title} is computed here, so rows cannot be asked for by it.")
        return field

    def searched(self, resource: Resource) -> list[Field]:
        """Return the fields that words are looked for in, as far as they may be read: never those of other tables."""
        names = dict.fromkeys([*(resource.search_fields or resource.title_fields), *resource.key])
        known = (resource.by_name[name] for name in names if name in resource.by_name)
        fields = [one for one in known if not one.encrypted]
        found = [one for one in fields if one.kind in _SEARCHED or family(one.kind) in _SEARCHED]
        return [one for one in found if self.reads(resource.name, (one.name,))]

    def relation(self, resource: Resource, name: str) -> Relation:
        """Return the relation called *name*.

        Raises:
            UnknownField: there is none, or its rows or the columns that tie it may not be read.
        """
        relation = resource.relations_by_name.get(name)
        if relation is None or not self.follows(resource, relation):
            raise self.unknown(resource, name)
        return relation

    def follows(self, resource: Resource, relation: Relation) -> bool:
        """Whether *relation* may be walked: its far rows are listed, and the referring columns are read."""
        if relation.to not in self.schema.resources:
            return False
        decision = self.decision(relation.to)
        if decision is not None and not decision.allowed:
            return False
        through = relation.through
        if through is not None:
            names = [here for _, here in through.near] + [here for here, _ in through.far]
            return through.resource in self.schema.resources and self.reads(through.resource, names)
        if relation.many:
            return self.reads(relation.to, (there for _, there in relation.pairs))
        return self.reads(resource.name, (here for here, _ in relation.pairs))

    def far(self, relation: Relation) -> Resource:
        """Return the resource that *relation* leads to."""
        return self.schema.resource(relation.to)

    def unknown(self, resource: Resource, name: str) -> UnknownField:
        """Return the error about *name*, with neighbours that may be seen."""
        fields = (one for one in resource.by_name if self.reads(resource.name, (one,)))
        relations = (one.name for one in resource.relations if self.follows(resource, one))
        everything = resource.source if self._decide is None else ""
        return UnknownField(name, resource.name, [*fields, *relations], everything)

    def to_one(self, resource: Resource, names: Iterable[str], whole: tuple[str, ...]) -> tuple[Relation, ...]:
        """Return the to-one relations called *names*, each from where the one before leads.

        Raises:
            UnknownField: one is not there.
            BadExpression: one leads to many rows; the sentence says how to ask then.
        """
        relations: list[Relation] = []
        for name in names:
            relation = self.relation(resource, name)
            if relation.many:
                raise BadExpression(
                    f"{join_path(whole)}: {name} leads to many rows. "
                    f"Say {join_path((name,))}.any(…), .none(…), .all(…) or .count."
                )
            relations.append(relation)
            resource = self.far(relation)
        return tuple(relations)

    def way(self, resource: Resource, path: tuple[str, ...]) -> Way:
        """Follow *path* over to-one relations to a field.

        Raises:
            UnknownField: a name is not there.
            BadExpression: the path is empty, walks over many rows, or ends in a relation.
        """
        if not path:
            raise BadExpression("A path needs at least one name.")
        if len(path) == 1:
            return Way((), resource, self._last(resource, path))
        relations = self.to_one(resource, path[:-1], path)
        far = self.far(relations[-1])
        return Way(relations, far, self._last(far, path))

    def _last(self, resource: Resource, path: tuple[str, ...]) -> Field:
        name = path[-1]
        relation = resource.relations_by_name.get(name)
        if relation is not None and name not in resource.by_name and self.follows(resource, relation):
            hint = f"{name}.any(…) or {name}.count" if relation.many else f"{name}.<field>"
            raise BadExpression(f"{join_path(path)} is a relation, not a field. Say {hint}.")
        return self.field(resource, name)

    def to_many(self, resource: Resource, node: Quantified | Count) -> tuple[tuple[Relation, ...], Relation, Resource]:
        """Return the to-one relations of the node's path, the to-many one at its end, and where that leads.

        Raises:
            UnknownField: a name is not there.
            BadExpression: the path is empty, or its end leads to one row.
        """
        if not node.path:
            raise BadExpression("A path needs at least one name.")
        before = self.to_one(resource, node.path[:-1], node.path)
        start = self.far(before[-1]) if before else resource
        last = self.relation(start, node.path[-1])
        if not last.many:
            raise BadExpression(f"{join_path(node.path)} leads to one row. Say {join_path(node.path)}.<field>.")
        return before, last, self.far(last)
