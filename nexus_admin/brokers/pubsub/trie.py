"""Who subscribed to what matches a topic: a tree of levels, and what it said before.

A node is a dictionary from a level to the node below it. No topic has `+` or `#` for a level, so these two are
the wildcards' own; what ends at a node is under `None`, which is no level either.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Generic, TypeVar

from nexus_admin.brokers.pubsub.topics import is_exact

T = TypeVar("T", bound=Hashable)

_LONG = 256
"""Letters of a topic from which on its matches are not remembered: so that what is remembered stays small."""

_Node = dict[str | None, Any]


class TopicTrie(Generic[T]):
    """Values by valid patterns. Not for several threads at once.

    A match looks at the nodes that fit, level by level: at most twice as many with each `+`, and none of the
    patterns that lie elsewhere, however many there are.
    """

    def __init__(self) -> None:
        self._root: _Node = {}

    def add(self, pattern: str, value: T) -> None:
        """Put *value* under *pattern*; twice is once."""
        node = self._root
        for level in pattern.split("/"):
            node = node.setdefault(level, {})
        node.setdefault(None, {})[value] = None

    def remove(self, pattern: str, value: T) -> None:
        """Take *value* away from under *pattern*, and what is empty then."""
        path = [self._root]
        levels = pattern.split("/")
        for level in levels:
            if level not in path[-1]:
                return
            path.append(path[-1][level])
        ending = path[-1].get(None, {})
        ending.pop(value, None)
        if not ending:
            path[-1].pop(None, None)
        for level, above, node in zip(reversed(levels), reversed(path[:-1]), reversed(path[1:]), strict=True):
            if node:
                return
            del above[level]

    def match(self, topic: str) -> list[T]:
        """Return the values of all patterns that match *topic*; one that is under two of them comes twice."""
        found: list[T] = []
        nodes, levels = self._start(topic)
        for level in levels:
            below = []
            for node in nodes:
                if (one := node.get(level)) is not None:
                    below.append(one)
                if (one := node.get("+")) is not None:
                    below.append(one)
                if (one := node.get("#")) is not None:
                    found += one[None]
            if not below:
                return found
            nodes = below
        for node in nodes:
            if (ending := node.get(None)) is not None:
                found += ending
            if (one := node.get("#")) is not None:  # it stands for no level too
                found += one[None]
        return found

    def __bool__(self) -> bool:
        return bool(self._root)

    def _start(self, topic: str) -> tuple[list[_Node], list[str]]:
        """Return the nodes to begin at and the levels that are left: no wildcard stands for a first level with `$`."""
        levels = topic.split("/")
        if topic[0] != "$":
            return [self._root], levels
        first = self._root.get(levels.pop(0))
        return [] if first is None else [first], levels


class Matches(Generic[T]):
    """A trie that remembers what it said: each value once, however many of its patterns match.

    Args:
        remembered: Topics whose matches are kept; the one that was kept first goes first.
    """

    def __init__(self, remembered: int = 10_000) -> None:
        self._trie: TopicTrie[T] = TopicTrie()
        self._most = remembered
        self._known: dict[str, tuple[T, ...]] = {}

    def add(self, pattern: str, value: T) -> None:
        """Put *value* under *pattern*; what was remembered and may be wrong now is forgotten."""
        self._trie.add(pattern, value)
        self._forget(pattern)

    def remove(self, pattern: str, value: T) -> None:
        """Take *value* away from under *pattern*."""
        self._trie.remove(pattern, value)
        self._forget(pattern)

    def of(self, topic: str) -> tuple[T, ...]:
        """Return the values that match *topic*, in no special order."""
        known = self._known.get(topic)
        if known is None:
            known = tuple(dict.fromkeys(self._trie.match(topic)))
            if len(topic) > _LONG:
                return known
            if len(self._known) >= self._most:
                del self._known[next(iter(self._known))]
            self._known[topic] = known
        return known

    def _forget(self, pattern: str) -> None:
        if is_exact(pattern):
            self._known.pop(pattern, None)
        else:
            self._known.clear()
