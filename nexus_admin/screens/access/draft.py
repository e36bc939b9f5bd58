"""A role while it is edited: cells of the matrix, the row rule and the columns of one table. Nothing is saved here.

A grant that the matrix cannot draw (a denial of certain rows or columns, say) is left as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from nexus_admin.access.builtin import HOUSE
from nexus_admin.access.patterns import BY_NAME, gives
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.decision import FieldAccess
from nexus_admin.domain.role import Grant, Role

Own = Literal["none", "allow", "some", "block", "part"]
"""What a role says itself in one cell: nothing, every row, some rows, a denial, or something of several."""

MeantBy = Callable[[str], Iterable[str]]
"""Gives the known actions that a pattern stands for."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a grant speaks: a source and one of its tables, each a name or `*`."""

    source: str
    resource: str = "*"

    def holds(self, grant: Grant) -> bool:
        """Whether *grant* speaks of exactly this place."""
        return grant.source == self.source and grant.resource == self.resource

    @property
    def one_table(self) -> bool:
        """Whether it is one table, not a pattern."""
        return "*" not in self.source and "*" not in self.resource

    @property
    def plain(self) -> bool:
        """Whether it is one table, all of one source, or everything: what a click may speak of."""
        return not (_pattern(self.source) or _pattern(self.resource))


@dataclass(frozen=True, slots=True)
class Terms:
    """On which rows and columns a role gives what it gives on one table.

    Args:
        rows: The row rule in its JSON form; None for every row.
        fields: Access by field name where it is not `default`.
        default: Access of every other field.
        one: Whether all its grants there agree, so that they can be edited together.
        given: Whether it gives anything there itself.
    """

    rows: Any | None = None
    fields: Mapping[str, FieldAccess] | None = None
    default: FieldAccess = "write"
    one: bool = True
    given: bool = False


def own_state(role: Role, place: Place, actions: Iterable[str]) -> Own:
    """Return what *role* says itself about *actions* at *place*."""
    states = {_one_state(role, place, action) for action in actions}
    return states.pop() if len(states) == 1 else "part"


def terms_of(role: Role, place: Place) -> Terms:
    """Return on which rows and columns *role* gives what it gives at *place*."""
    given = [grant for grant in role.grants if place.holds(grant) and grant.effect == "allow"]
    if not given:
        return Terms()
    rules = {_text(grant.rows): grant.rows for grant in given if grant.rows is not None}
    columns = {_text([grant.fields or {}, grant.default_access]) for grant in given}
    first = given[0]
    rule = next(iter(rules.values()), None)
    return Terms(rule, dict(first.fields or {}), first.default_access, len(rules) < 2 and len(columns) == 1, True)


def with_cell(role: Role, place: Place, actions: Iterable[str], state: Own, meant_by: MeantBy) -> Role:
    """Return *role* with *actions* at *place* as *state* says; `some` takes the rule that the table has."""
    names = tuple(actions)
    terms = terms_of(role, place)
    grants = [left for grant in role.grants for left in _without(grant, place, names, meant_by)]
    if state == "block":
        grants += [Grant(source=place.source, resource=place.resource, action=name, effect="deny") for name in names]
    elif state in ("allow", "some"):
        grants += [
            Grant(
                source=place.source, resource=place.resource, action=name,
                rows=terms.rows if state == "some" else None,
                fields=terms.fields or None, default_access=terms.default,
            )
            for name in names
        ]  # fmt: skip
    return role.model_copy(update={"grants": tuple(grants)})


def next_state(role: Role, place: Place, actions: Iterable[str]) -> Own:
    """Return what a click makes of a cell: nothing, the rows of the rule, every row, a denial, nothing again."""
    has_rule = terms_of(role, place).rows is not None
    follows: dict[Own, Own] = {
        "none": "some" if has_rule else "allow", "some": "allow", "allow": "block", "block": "none", "part": "allow",
    }  # fmt: skip
    return follows[own_state(role, place, actions)]


def with_terms(
    role: Role, place: Place, rows: Any | None, fields: Mapping[str, FieldAccess], default: FieldAccess
) -> Role:
    """Return *role* with another row rule and other columns for all that it gives at *place*.

    A new rule takes the place of the old one; where there was none, it holds for everything that is given there.
    """
    before = terms_of(role, place)
    kept = {name: access for name, access in fields.items() if access != default}

    def changed(grant: Grant) -> Grant:
        if not place.holds(grant) or grant.effect != "allow":
            return grant
        narrowed = grant.rows is not None or before.rows is None
        columns = {"fields": kept or None, "default_access": default}
        return grant.model_copy(update={"rows": rows if narrowed else None, **columns})

    return role.model_copy(update={"grants": tuple(changed(grant) for grant in role.grants)})


def simple_denial(grant: Grant) -> bool:
    """Whether *grant* takes an action away altogether."""
    return grant.effect == "deny" and grant.rows is None and not grant.fields


def undrawn(role: Role) -> tuple[Grant, ...]:
    """Return the grants that nothing shows: denials of certain rows or columns, and patterns of names."""
    return tuple(grant for grant in role.grants if not (drawn_by_names(grant) or _drawn_by_cells(grant)))


def _drawn_by_cells(grant: Grant) -> bool:
    where = Place(grant.source, grant.resource)
    in_part = grant.effect == "deny" and not simple_denial(grant)
    return where.plain and not in_part and (grant.source != HOUSE or grant.resource == "*")


def drawn_by_names(grant: Grant) -> bool:
    """Whether *grant* gives or denies one right on queues, streams, topics or keys by their names, and nothing else."""
    return (
        grant.action.startswith(BY_NAME)
        and "*" not in grant.action
        and grant.source in (HOUSE, "*")
        and grant.resource != "*"
        and not re.search(r"[,\s]", grant.resource)
        and grant.rows is None
        and not grant.fields
    )


def changed_cells(before: Role | None, after: Role) -> int:
    """Return how many grants are new, gone or otherwise, and texts of the role likewise."""
    old = set() if before is None else {_text(grant.model_dump(mode="json")) for grant in before.grants}
    new = {_text(grant.model_dump(mode="json")) for grant in after.grants}
    places = {text_place(text) for text in old ^ new}
    own = ("title", "description", "inherits", "require_second_factor")
    return len(places) + len([name for name in own if before and getattr(before, name) != getattr(after, name)])


def text_place(text: str) -> tuple[str, str, str]:
    """Return source, resource and action of a grant's text: one changed cell, whatever changed in it."""
    grant = json.loads(text)
    return grant["source"], grant["resource"], grant["action"]


def _one_state(role: Role, place: Place, action: str) -> Own:
    found: set[Own] = set()
    for grant in role.grants:
        if not place.holds(grant):
            continue
        if simple_denial(grant) and _covers(grant, action):
            return "block"
        if grant.effect == "allow" and gives(grant.action, action):
            found.add("allow" if grant.rows is None else "some")
    return "allow" if "allow" in found else found.pop() if found else "none"


def _without(grant: Grant, place: Place, names: tuple[str, ...], meant_by: MeantBy) -> list[Grant]:
    """Return what is left of *grant* where *names* are taken out of it: a pattern is spelled out."""
    touched = place.holds(grant) and any(_covers(grant, name) for name in names)
    if not touched or (grant.effect == "deny" and not simple_denial(grant)):
        return [grant]
    if "*" not in grant.action:
        return []
    return [
        grant.model_copy(update={"action": name})
        for name in meant_by(grant.action)
        if name not in names and _covers(grant, name)
    ]


def _covers(grant: Grant, action: str) -> bool:
    # A denial reaches `access.…` through `*` too; the matrix treats both alike, and denials there are spelled out.
    return gives(grant.action, action)


def _pattern(name: str) -> bool:
    return "*" in name and name != "*"


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=dict)
