"""Which fields may be empty, how many rows have a value in them, and what one row lacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nexus_admin.sdk import Field, Resource, Row, Target, path_text

MOST = 6
"""So many gaps are named beside a record; more would be no news."""
AT_ONCE = 40
"""So many fields are asked for in one question."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many rows have a value in one field.

    Args:
        field: The field.
        filled: Rows with a value.
        rows: Rows in all.
    """

    field: Field
    filled: int
    rows: int

    @property
    def percent(self) -> float:
        """From 0 to 100; a table without rows lacks nothing."""
        return 100 * self.filled / self.rows if self.rows else 100.0

    @property
    def missing(self) -> int:
        """Rows without a value."""
        return self.rows - self.filled

    @property
    def filter(self) -> str:
        """The filter of the rows that lack it, as text."""
        return f"{path_text((self.field.name,))}:null"


def may_be_empty(resource: Resource) -> list[Field]:
    """Return the fields in which a row may lack a value that people would want."""
    return [
        one for one in resource.fields if one.nullable and not (one.secret or one.tucked or one.key or one.computed)
    ]


def gaps_of_row(fields: list[Field], row: Row) -> list[Field]:
    """Return those of *fields* that are empty in *row*; what the reader may not see is no gap."""
    return [one for one in fields if one.name in row and _empty(row[one.name])]


def shares(perform: Callable[..., Any], target: Target, resource: Resource) -> list[Share]:
    """Ask how many rows have a value in each field that may be empty; the emptiest first."""
    found = []
    fields = may_be_empty(resource)
    for start in range(0, len(fields), AT_ONCE):
        found += _shares(perform, target, fields[start : start + AT_ONCE])
    return sorted(found, key=lambda share: share.percent)


def _shares(perform: Callable[..., Any], target: Target, fields: list[Field]) -> list[Share]:
    measures = [{"fn": "count", "field": path_text((one.name,)), "as": f"f{place}"} for place, one in enumerate(fields)]
    asked = [{"fn": "count", "as": "rows"}, *measures]
    answer = perform("query.run", target, {"measures": asked, "limit": 1, "max_age": 60})
    rows, *filled = answer.rows[0]
    return [Share(one, count, rows) for one, count in zip(fields, filled, strict=True)]


def _empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
