"""What an expression comes down to once names, types and rights are settled: a shape, and values beside it.

A shape is nested tuples, so that statements can be cached by it; values are referred to by their place
in a list. Equal shapes make equal SQL, whatever the values. All of it is two-valued:

    ("true",)  ("false",)  ("and", (shape, …))  ("or", (shape, …))  ("not", shape)
    (op, field, place)                 eq in lt le gt ge contains starts_with ends_with has has_any has_all
    (op, field)                        not_null is_empty not_empty
    ("some", hop, shape)               a row at the other end of a relation satisfies it
    ("count", hop, shape, op, place)   how many do, compared with a number

A hop is (relation, row rule there, row rule of the join table); a rule is a shape or None.
"""

from __future__ import annotations

from typing import Any, Final

Shape = tuple[Any, ...]

TRUE: Final[Shape] = ("true",)
FALSE: Final[Shape] = ("false",)


def all_of(shapes: list[Shape]) -> Shape:
    """Return what is true where all of *shapes* are."""
    if FALSE in shapes:
        return FALSE
    kept = [one for one in shapes if one is not TRUE]
    if not kept:
        return TRUE
    return kept[0] if len(kept) == 1 else ("and", tuple(kept))


def one_of(shapes: list[Shape]) -> Shape:
    """Return what is true where at least one of *shapes* is."""
    if TRUE in shapes:
        return TRUE
    kept = [one for one in shapes if one is not FALSE]
    if not kept:
        return FALSE
    return kept[0] if len(kept) == 1 else ("or", tuple(kept))


def opposite(shape: Shape) -> Shape:
    """Return what is true where *shape* is not."""
    if shape is TRUE:
        return FALSE
    if shape is FALSE:
        return TRUE
    return shape[1] if shape[0] == "not" else ("not", shape)
