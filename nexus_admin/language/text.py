"""The text form: `status:paid total:>100 customer.country:FR`, for the filter bar, links and files.

    a b            both                        status:paid total:>100
    a or b         at least one                status:(paid, packed)     status:!paid
    not a, -a      the opposite                total:100..200            name:~vog  name:^Vog  name:$gel
    (a or b) c     grouped                     email:null  email:!null   email:empty
    raman          a word to search for        placed:last-30-days       placed:this-quarter
    @me @now-7d    variables                   items.any(quantity:>3)    items.count:>3

The whole of it, with every operator, is in `docs/guides/filters.md`.
"""

from __future__ import annotations

from nexus_admin.domain.expression import Expression
from nexus_admin.domain.resource import Schema
from nexus_admin.language.normal import normal
from nexus_admin.language.parser import read_text
from nexus_admin.language.paths import Decide
from nexus_admin.language.printer import print_normal


def parse(text: str, schema: Schema, resource: str, decide: Decide | None = None) -> Expression:
    """Read the text form into the normal form.

    Args:
        text: Up to 100,000 letters; an empty one is everything.
        schema: Where names are looked up: exactly, else in any case, else by title, where only one fits.
        resource: Whose rows are asked for.
        decide: Whose rights names are seen with; a neighbour that may not be read is never offered.

    Raises:
        UnknownField, UnknownOperator: names the nearest neighbour.
        BadExpression: says what cannot be read and at which letter, or which value does not fit its field.
    """
    return read_text(text, schema, resource, decide)


def print_text(expr: Expression, schema: Schema, resource: str) -> str:
    """Return the text form of *expr*; `parse` reads it back as the normal form of *expr*.

    Raises:
        UnknownField, UnknownOperator, BadExpression: *expr* could not be run over *resource*.
    """
    return print_normal(normal(expr, schema, resource), schema, schema.resource(resource))
