"""What clicks say of a field in the language: formulas and conditions, checked before they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from nexus_admin.domain.errors import BadExpression, Invalid
from nexus_admin.domain.resource import Resource, Schema
from nexus_admin.language.conditions import read_condition
from nexus_admin.language.formulas import read_formula, settle, shape_of, sources
from nexus_admin.language.paths import Sight


class Said(Protocol):
    """What was clicked of a field."""

    computed: str | None
    visible_when: str | None


def check_terms(fields: Mapping[str, Said], resource: Resource, schema: Schema) -> None:
    """Refuse formulas and conditions that could not be used.

    Args:
        fields: What was clicked, by field; computed ones may be new.
        resource: The table, as it is seen.
        schema: Of its source.

    Raises:
        Invalid: a sentence for each field.
    """
    wrong: dict[str, str] = {}
    for name, one in fields.items():
        try:
            if one.computed:
                _check_formula(name, one.computed, resource, schema)
            if one.visible_when:
                read_condition(one.visible_when, resource, schema)
        except BadExpression as error:
            wrong[name] = str(error)
    if wrong:
        raise Invalid(wrong)


def _check_formula(name: str, text: str, resource: Resource, schema: Schema) -> None:
    known = resource.by_name.get(name)
    if known is not None and not known.computed:
        raise BadExpression(f"{resource.name} has a column of that name: a computed field needs another.")
    formula, sight = read_formula(text), Sight(schema)
    found = {one: settle(one, sight, resource) for one in sources(formula)}
    if any(one.own and one.field.secret for one in found.values()):
        raise BadExpression("Nothing is computed from a secret.")
    shape_of(formula, {source: one.field for source, one in found.items()})
