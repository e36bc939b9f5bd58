"""What of a resource is read for an actor: which columns, how each is decoded, what is masked; made once and kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nexus_admin.data.computing import Making, making
from nexus_admin.data.scope import Scope
from nexus_admin.data.values.decode import Decoder
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import UnknownField, titled
from nexus_admin.domain.kinds import family
from nexus_admin.domain.resource import Field, Relation, Resource
from nexus_admin.domain.row import Row
from nexus_admin.language.names import split_path

NOT_READ = None
"""Place of a column that is never selected."""

_NOTHING = Decoder(frozenset(), lambda raw: raw)


@dataclass(frozen=True, slots=True)
class Shown:
    """One value of a row as the actor gets it.

    Args:
        name: Its name in the row: a field's, or a to-one path such as `customer.country`.
        field: The field at its end.
        decoder: How it is read.
        place: Which selected column it is; None where the value is never read.
        masked: Whether only its shape leaves.
        made: How it is made of others, where SQL does not compute it.
    """

    name: str
    field: Field
    decoder: Decoder
    place: int | None
    masked: bool
    made: Making | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is selected, and what of it is shown.

    Args:
        paths: To select, in this order: the key first.
        shown: The values of a row.
        key: Places of the key's columns; empty without a key.
        names: Of `shown`, in order.
        ties: The to-one relations whose columns are shown, with the places of those columns.
        plain: Name, place and decoder of each value, where nothing is masked, made of others or left out; else ().
    """

    paths: tuple[tuple[str, ...], ...]
    shown: tuple[Shown, ...]
    key: tuple[int, ...]
    names: tuple[str, ...]
    ties: tuple[tuple[Relation, tuple[int, ...]], ...]
    plain: tuple[tuple[str, int, Callable[[Any], Any]], ...] = ()

    def rows(self, scope: Scope, raws: Sequence[Sequence[Any]]) -> list[Row]:
        """Turn raw rows into those that the actor gets, a column at a time."""
        if not raws:
            return []
        if len(raws) == 1 and self.plain:
            raw = raws[0]
            return [{name: one(raw[place]) for name, place, one in self.plain}]
        columns = list(zip(*raws, strict=True))
        values = [self._column(scope, one, columns, len(raws)) for one in self.shown]
        names = self.names
        return (
            [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)] if values else [{} for _ in raws]
        )

    def _column(self, scope: Scope, one: Shown, columns: list[tuple[Any, ...]], count: int) -> Sequence[Any]:
        if one.made is not None:
            return one.made.column(columns)
        if one.place is None:
            return [scope.mask(one.field, None)] * count
        values = one.decoder.column(columns[one.place])
        if one.masked:
            return [scope.mask(one.field, value) for value in values]
        return values


@titled("The fields cannot be understood")
def plan(scope: Scope, name: str, action: str, wanted: tuple[str, ...] = (), lists: bool = False) -> Plan:
    """Return the plan for reading rows of a resource.

    Args:
        scope: Who reads.
        name: The resource.
        action: `row.list` or `row.read`.
        wanted: Field names and to-one paths; () for all that may be seen.
        lists: Leave out what is tucked away unless it is asked for by name.

    Raises:
        UnknownField: a name is not there, or the actor may not know of it.
    """
    resource, decision = scope.resource(name), scope.permitted(action, name)
    if not decision.fingerprint or any("." in one for one in wanted):
        return _Planner(scope, resource, decision, action).plan(wanted, lists)
    key = ("plan", name, action, wanted, lists, decision.fingerprint)
    return scope.snapshot.once(key, lambda: _Planner(scope, resource, decision, action).plan(wanted, lists))


class _Planner:
    def __init__(self, scope: Scope, resource: Resource, decision: Decision, action: str) -> None:
        self.scope, self.resource, self.decision, self.action = scope, resource, decision, action
        self.paths: dict[tuple[str, ...], int] = {}

    def plan(self, wanted: tuple[str, ...], lists: bool) -> Plan:
        resource = self.resource
        key = tuple(self._place((name,)) for name in resource.key)
        names = wanted or tuple(
            one.name for one in resource.fields if self.decision.shows(one.name) and not (lists and one.tucked)
        )
        shown = tuple(self._shown(name) for name in dict.fromkeys(names))
        ties = tuple(
            (relation, tuple(self._place((ours,)) for ours, _ in relation.pairs))
            for relation in resource.relations
            if not relation.many and self._ties(relation, frozenset(names))
        )
        plain = tuple(
            (one.name, one.place, one.decoder.one)
            for one in shown
            if one.place is not None and one.made is None and not one.masked
        )
        plain = plain if len(plain) == len(shown) else ()
        return Plan(tuple(self.paths), shown, key, tuple(one.name for one in shown), ties, plain)

    def _ties(self, relation: Relation, names: frozenset[str]) -> bool:
        """Whether one of a relation's columns is shown, and all of them may be read."""
        ours = [one for one, _ in relation.pairs]
        return not names.isdisjoint(ours) and all(map(self.decision.reads, ours))

    def _shown(self, name: str) -> Shown:
        path, resource, decision = self._follow(name)
        field = resource.by_name.get(path[-1])
        if field is None or not decision.shows(field.name):
            known = [one.name for one in resource.fields if decision.shows(one.name)]
            raise UnknownField(name, self.resource.name, known)
        if not field.askable:
            made = making(self.scope, resource, field, self.action, path[:-1], self._place)
            return Shown(name, field, _NOTHING, NOT_READ, False, made)
        masked = field.secret or not decision.reads(field.name)
        selected = not masked or (family(field.kind) == "text" and not (field.secret or field.encrypted))
        place = self._place(path) if selected else NOT_READ
        return Shown(name, field, self.scope.decoder(resource.name, field.name), place, masked)

    def _follow(self, name: str) -> tuple[tuple[str, ...], Resource, Decision]:
        if name in self.resource.by_name or "." not in name:
            return (name,), self.resource, self.decision
        resource, decision = self.resource, self.decision
        path = split_path(name)
        for step in path[:-1]:
            relation = resource.relations_by_name.get(step)
            known = [one.name for one in resource.relations if not one.many]
            if relation is None or relation.many or not all(decision.reads(ours) for ours, _ in relation.pairs):
                raise UnknownField(step, resource.name, known)
            resource, decision = self.scope.resource(relation.to), self.scope.decision("row.list", relation.to)
            if not decision.allowed:
                raise UnknownField(step, self.resource.name, known)
        return path, resource, decision

    def _place(self, path: tuple[str, ...]) -> int:
        return self.paths.setdefault(path, len(self.paths))
