"""What a computed field is made of: texts with values in them, or numbers and the four signs.

Text form, as files and clicks say it:

    {first_name} {last_name}                 a text; whatever stands in braces is a value
    quantity * unit_price - discount         a number
    {customer.name}: {items.count} items     over relations: a value of one row, or a figure of many
    items.sum(total)                         count, sum, avg, min, max

`language/formulas.py` reads it; here are only the nodes.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from nexus_admin.domain.dataclass import dataclass

FIGURES = ("count", "sum", "avg", "min", "max")
"""What can be asked of the rows of a to-many relation."""

MOST_LETTERS = 500
"""A formula is a line that people read."""


@dataclass(frozen=True, slots=True)
class Source:
    """A value that a formula uses.

    Args:
        path: A field over to-one relations; or a to-many relation and one of `FIGURES`.
        of: Of which field of the far rows the figure is; () for their count.
    """

    path: tuple[str, ...]
    of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Operation:
    """Two numbers and a sign. Where one is missing, or is divided by nothing, there is no value."""

    sign: Literal["+", "-", "*", "/"]
    left: Term
    right: Term


Term = Source | Number | Operation


@dataclass(frozen=True, slots=True)
class Text:
    """Letters and values. A missing value is left out, blanks at the ends go, and nothing left is no value."""

    parts: tuple[str | Term, ...]


Formula = Text | Source | Number | Operation
