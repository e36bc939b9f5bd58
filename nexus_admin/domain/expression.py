"""The expression model: one tree for filters, rules, views and questions.

JSON form (what is stored and sent):

    {"and": [e, …]}   {"or": [e, …]}   {"not": e}
    {"field": "customer.country", "op": "eq", "value": "FR"}
    {"any": "items", "where": e | null}     {"none": …}     {"all": …}
    {"count": "items", "op": "gt", "value": 3, "where": e | null}
    {"search": "raman"}

A path is relation names and at last a field, joined by dots; a dot or another odd letter
within a name is written inside backquotes: `` `Order Details`.`Unit Price` ``.
A value is JSON, or a variable: {"var": "me"}, {"var": "me.region"}, {"var": "now", "offset": "-7 days"},
{"var": "today"}, {"var": "record.country"}.

`language/` parses, prints, compiles and evaluates it; here are only the nodes.
"""

from __future__ import annotations

from typing import Any, Literal

from nexus_admin.domain.dataclass import dataclass

MAX_DEPTH = 20
MAX_NODES = 500
MAX_VALUES = 1000
"""Caps on what anybody may ask for: nesting, conditions, and members of an `in`."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A value that is known only when the expression runs.

    Args:
        name: `me` (the actor's id), `me.<attribute>`, `now`, `today`, or `record.<field>`.
        offset: For `now` and `today`: `-7 days`, `+1 months`.
    """

    name: str
    offset: str | None = None


Value = Any
"""A JSON scalar, a Variable, or a tuple of those (`in`, `not_in`, `between`, `has_any`, `has_all`)."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field, an operator of its kind, and a value. `is_null` and its kin have the value None."""

    path: tuple[str, ...]
    op: str
    value: Value = None


@dataclass(frozen=True, slots=True)
class And:
    """All of them; true when empty."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of them; false when empty."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite. What is unknown (a comparison with NULL) counts as false before it is turned round."""

    item: Expression


@dataclass(frozen=True, slots=True)
class Quantified:
    """Over a to-many relation: any, none or all of its rows satisfy `where` (None: there is one at all)."""

    quantifier: Literal["any", "none", "all"]
    path: tuple[str, ...]
    where: Expression | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows of a to-many relation satisfy `where`, compared with a number."""

    path: tuple[str, ...]
    op: str
    value: Value
    where: Expression | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """Words that the resource's search fields must contain, as far as the actor may read them."""

    text: str


Expression = Comparison | And | Or | Not | Quantified | Count | Search

EVERYTHING: Expression = And(())
NOTHING: Expression = Or(())


def both(one: Expression | None, other: Expression | None) -> Expression | None:
    """Return what satisfies both; None stands for everything."""
    if one is None or other is None:
        return other if one is None else one
    return And((one, other))
