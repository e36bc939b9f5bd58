"""Weighted choices that cost one look into a list, because a million orders make some forty million of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random
from typing import Generic, TypeVar

Item = TypeVar("Item")
LETTERS = "ABCDEFGHJKLMNPRSTUWXYZ"


class Wheel(Generic[Item]):
    """A wheel of `2 ** bits` places on which every item has places in proportion to its weight."""

    __slots__ = ("bits", "places")

    def __init__(self, weighted: Iterable[tuple[Item, float]], bits: int = 8) -> None:
        """Lay the items out in the order given; an item of positive weight always gets at least one place."""
        pairs = [(item, weight) for item, weight in weighted if weight > 0]
        size = 1 << bits
        if len(pairs) > size:
            raise ValueError(f"A wheel of {size} places cannot hold {len(pairs)} items. Give it more bits.")
        scale = (size - len(pairs)) / sum(weight for _, weight in pairs)
        self.bits = bits
        self.places: list[Item] = []
        reached = 0.0
        for number, (item, weight) in enumerate(pairs, start=1):
            reached += weight * scale
            self.places.extend([item] * (round(reached) + number - len(self.places)))

    def spin(self, random: Random) -> Item:
        """Return one item."""
        return self.places[random.getrandbits(self.bits)]


def stream(seed: int, name: str) -> Random:
    """Return the random numbers of one part of the shop, so that parts can change without moving the others."""
    return Random(f"{seed} {name}")


def digits(pattern: str, random: Random) -> str:
    """Fill in a pattern: `#` becomes a digit and `@` a capital letter."""
    filled = []
    for sign in pattern:
        if sign == "#":
            filled.append(str(random.getrandbits(16) % 10))
        elif sign == "@":
            filled.append(LETTERS[random.getrandbits(16) % len(LETTERS)])
        else:
            filled.append(sign)
    return "".join(filled)


def pick(items: Sequence[Item], random: Random) -> Item:
    """Return one of *items*, each as likely as the next."""
    return items[random.getrandbits(24) % len(items)]
