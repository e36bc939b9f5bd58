"""Computed fields that SQL does not give: read from the values that they are made of, under the reader's rights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nexus_admin.data.scope import Scope
from nexus_admin.data.values.decode import Decoder, decoder
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.formula import Formula, Source
from nexus_admin.domain.resource import Field, Resource
from nexus_admin.language.formula_values import formula_value
from nexus_admin.language.formulas import read_formula, settle, sources
from nexus_admin.language.paths import Sight

Place = Callable[[tuple[str, ...]], int]
"""Has a path selected, and says at which place."""


@dataclass(frozen=True, slots=True)
class Making:
    """How the values of one computed field are made.

    Args:
        field: The field.
        formula: Its formula.
        parts: Its sources, each with the place of its column and how that is read.
    """

    field: Field
    formula: Formula
    parts: tuple[tuple[Source, int, Decoder], ...]

    def column(self, columns: Sequence[Sequence[Any]]) -> list[Any]:
        """Return the field's values, from the raw *columns* of a page."""
        names = [source for source, _, _ in self.parts]
        read = [way.column(columns[place]) for _, place, way in self.parts]
        rows = (dict(zip(names, row, strict=True)) for row in zip(*read, strict=True))
        return [formula_value(self.formula, row, self.field) for row in rows]


def making(
    scope: Scope, resource: Resource, field: Field, action: str, before: tuple[str, ...], place: Place
) -> Making:
    """Return how the values of a computed *field* of *resource* are made.

    Args:
        scope: Who reads.
        resource: What the field is of.
        field: The field.
        action: By which its own row is read.
        before: The to-one relations that lead to its table.
        place: Has what it is made of selected.

    Raises:
        UnknownField: it is made of what the actor may not read.
    """
    formula = read_formula(field.computed)
    sight = Sight(scope.snapshot.schema, scope.decider("row.list" if before else action, resource.name))
    parts = []
    for source in sources(formula):
        found = settle(source, sight, resource)
        own = scope.resource(found.resource).by_name.get(found.field.name)
        plain = own is not None and own == found.field
        way = scope.decoder(found.resource, found.field.name) if plain else decoder(found.field, scope.dialect)
        parts.append((source, place((*before, *found.path)), way))
    return Making(field, formula, tuple(parts))
