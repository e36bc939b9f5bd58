"""What is done with many rows: which ones are meant, and which fields can be written into all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nexus_admin.actions.bulk import MOST
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.resource import Field, Resource
from nexus_admin.screens.formats import number

NAMED = 5
"""Rows that a preview names."""


@dataclass(frozen=True, slots=True)
class Meant:
    """Which rows are meant.

    Args:
        keys: Those that were ticked; empty where all that match are meant.
        everything: All that match.
        narrowed: Filter and search.
        count: How many there are.
    """

    keys: tuple[str, ...]
    everything: bool
    narrowed: Mapping[str, str]
    count: int

    def data(self) -> dict[str, Any]:
        """Return what the actions on many rows take; a count that was shown must still hold."""
        if self.everything:
            return {"everything": True, "expected": self.count, **self.narrowed}
        return {"keys": list(self.keys)}

    @property
    def too_many(self) -> bool:
        """Whether one call may not change so many."""
        return self.count > MOST

    def said(self, resource: Resource) -> str:
        """Return `1 order`, `12 orders`."""
        return f"{number(self.count)} {(resource.singular if self.count == 1 else resource.title).lower()}"


def writable_fields(resource: Resource, decision: Decision) -> Sequence[Field]:
    """Return the fields into which one value can be written for many rows."""
    return [
        field
        for field in resource.fields
        if field.writable
        and not (field.generated or field.key or field.unique or field.secret or field.as_text)
        and decision.writes(field.name)
        and field.kind not in ("binary", "vector")
    ]
