"""What a list is sorted by: paths that may be read, ties broken by the key."""

from __future__ import annotations

from typing import Final

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadExpression, titled
from nexus_admin.domain.kinds import family
from nexus_admin.domain.resource import Field, Resource
from nexus_admin.language.names import join_path, split_path
from nexus_admin.language.paths import Sight

MOST_KEYS: Final = 8
"""Fields that a list may be sorted by."""

_SORTABLE: Final = frozenset({"text", "number", "date", "datetime", "time", "boolean", "choice", "typed"})


@dataclass(frozen=True, slots=True)
class Key:
    """One thing to sort by. NULLs come last, whichever way it runs."""

    path: tuple[str, ...]
    down: bool = False
    nullable: bool = True

    def __str__(self) -> str:
        return f"-{join_path(self.path)}" if self.down else join_path(self.path)


@titled("The sorting cannot be understood")
def sort_keys(sight: Sight, resource: Resource, asked: tuple[str, ...]) -> tuple[Key, ...]:
    """Return what to sort by: what is asked for, else the resource's own order; the key breaks ties.

    What of its own order cannot be sorted by is left out: an order that nobody asked for fails no list.

    Args:
        sight: Whose rights it is seen with.
        resource: What is listed.
        asked: Paths over to-one relations, with a leading `-` for descending.

    Raises:
        UnknownField: a path is not there, or not for this actor.
        BadExpression: too much is asked for, or what has no order.
    """
    if len(asked) > MOST_KEYS:
        raise BadExpression(f"A list is sorted by at most {MOST_KEYS} fields.")
    keys: dict[tuple[str, ...], Key] = {}
    for text in asked or tuple(one for one in resource.sort if sight.reads(resource.name, (one.lstrip("-"),))):
        down = text.startswith("-")
        path = split_path(text.removeprefix("-")) if text.removeprefix("-") not in resource.by_name else (text[down:],)
        way = sight.way(resource, path)
        if wrong := _unsortable(join_path(path), way.field, len(path) == 1 and path[0] in resource.key):
            if not asked:
                continue
            raise BadExpression(wrong)
        keys.setdefault(path, Key(path, down, way.field.nullable or len(path) > 1))
    down = next(iter(keys.values())).down if keys else False
    for name in resource.key:
        keys.setdefault((name,), Key((name,), down, nullable=False))
    return tuple(keys.values())


def _unsortable(name: str, field: Field, key: bool) -> str:
    """Say why nothing can be sorted by *field*; "" where it can, as by every column of the *key*: it breaks ties."""
    if field.encrypted:
        return f"{name} is encrypted, so nothing can be sorted by it."
    if field.secret or not (key or family(field.kind) in _SORTABLE):
        return f"{name} ({field.kind}) has no order to sort by."
    return ""
