"""`row.neighbour`: the row before or after this one in the list that somebody came from.

Asked for when a person goes there, never while a page is drawn: no record page pays for a list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from nexus_admin.actions.rows.listing import ListInput, list_request
from nexus_admin.actions.rows.row import resource_of
from nexus_admin.actions.unit import Unit
from nexus_admin.domain.action import Action
from nexus_admin.domain.errors import NotFound
from nexus_admin.domain.expression import And, Comparison, Expression, both
from nexus_admin.domain.row import ListRequest
from nexus_admin.language.names import split_path


class NeighbourInput(ListInput):
    """Which list, and which way."""

    way: Literal["next", "previous"] = "next"


def neighbour(unit: Unit, data: NeighbourInput) -> str | None:
    """Return the key of the row that stands beside the target's in a list; None at its end.

    Raises:
        NotFound: the row itself is not there, or not for this actor.
    """
    resource = resource_of(unit)
    asked = list_request(unit, resource.name, data)
    itself = unit.all_rows.one(resource.name, unit.target.key or "")
    here = And(tuple(Comparison((name,), "eq", itself.get(name)) for name in resource.key))
    names = tuple(one.removeprefix("-") for one in asked.sort or resource.sort)
    wanted = tuple(dict.fromkeys((*names, *resource.key)))
    page = unit.all_rows.list(resource.name, ListRequest(where=here, sort=asked.sort, fields=wanted, limit=1))
    if not page.rows:
        raise NotFound(f"There is nothing at {unit.target}.")
    for where, sort in _nearest_first(page.sort, page.rows[0], data.way == "previous"):
        request = ListRequest(both(asked.where, where), asked.search, sort, resource.key, 1)
        found = unit.all_rows.list(resource.name, request)
        if found.keys:
            return found.keys[0]
    return None


def _nearest_first(
    sort: Sequence[str], row: dict[str, Any], backwards: bool
) -> Iterator[tuple[Expression, tuple[str, ...]]]:
    """Yield what lies beyond *row*, in stretches from the nearest one: rows that share all but the last value first."""
    signed = [(one.removeprefix("-"), one.startswith("-") != backwards) for one in sort]
    order = tuple(f"-{name}" if down else name for name, down in signed)
    for depth in range(len(signed) - 1, -1, -1):
        tied = tuple(_is(name, _value(row, name)) for name, _ in signed[:depth])
        name, down = signed[depth]
        for beyond in _beyond(name, _value(row, name), down, backwards):
            yield And((*tied, beyond)), order


def _beyond(name: str, value: Any, down: bool, backwards: bool) -> list[Comparison]:
    """Return the conditions on one column; rows without a value come last in every list."""
    path = split_path(name)
    if value is None:
        return [Comparison(path, "not_null")] if backwards else []
    beyond = Comparison(path, "lt" if down else "gt", value)
    return [beyond] if backwards else [beyond, Comparison(path, "is_null")]


def _value(row: dict[str, Any], name: str) -> Any:
    path = split_path(name)
    return row[path[0] if len(path) == 1 else name]


def _is(name: str, value: Any) -> Comparison:
    return Comparison(split_path(name), "is_null") if value is None else Comparison(split_path(name), "eq", value)


ACTIONS = (Action("row.neighbour", NeighbourInput, neighbour, "Go on", "row.list", writes=False),)
