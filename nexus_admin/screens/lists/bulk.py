"""What is done with many rows: which ones are meant, and which fields can be written into all of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from nexus_admin.actions.rows.bulk import MOST
from nexus_admin.domain.address import key_parts
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.resource import Field, Resource
from nexus_admin.language.names import join_path
from nexus_admin.screens.formats import number
from nexus_admin.screens.lists.query import ListQuery

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


def exported(resource: Resource, query: ListQuery, meant: Meant) -> dict[str, str]:
    """Return the query string of an export: the ticked rows by their keys, or all that match."""
    if meant.everything:
        return {name: value for name, value in query.asked.items() if name in ("filter", "search", "sort", "fields")}
    rows = [
        {
            "and": [
                {"field": join_path((name,)), "op": "eq", "value": part}
                for name, part in zip(resource.key, parts, strict=True)
            ]
        }
        for parts in (key_parts(key, len(resource.key)) for key in meant.keys)
    ]
    where: dict[str, Any] = {"or": rows}
    if len(resource.key) == 1:
        values = [row["and"][0]["value"] for row in rows]
        where = {"field": join_path(resource.key), "op": "in", "value": values}
    kept = {name: value for name, value in query.asked.items() if name in ("sort", "fields")}
    return {**kept, "filter": json.dumps(where, separators=(",", ":"))}
