"""Topics by their levels, as a tree that people open and close."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from nexus_admin.actions.brokers.topics import TopicSeen
from nexus_admin.domain.dataclass import dataclass

DEEPEST = 12
"""Levels that are drawn below each other; what lies deeper stands in one line."""
FEW = 40
"""Nodes that are shown open at first."""


@dataclass(slots=True)
class Node:
    """A level of topics.

    Args:
        name: The level itself, `""` for an empty one.
        path: From the first level on, as it is published under or subscribed to.
        topic: What is known of exactly this name; None where it is only a step to others.
        children: What goes on below it, by name.
        topics: How many topics and patterns there are here and below.
        subscribers: Their subscriptions, and
        rate: their messages a second.
        retained: How many of them have a last value.
        open: Whether it is shown open at first.
    """

    name: str
    path: str
    topic: TopicSeen | None = None
    children: dict[str, Node] = field(default_factory=dict)
    topics: int = 0
    subscribers: int = 0
    rate: float = 0.0
    retained: int = 0
    open: bool = False

    @property
    def tap(self) -> str:
        """The pattern of all that is published here and below."""
        return self.path if self.path.endswith("#") else f"{self.path}/#"


def topic_tree(topics: Iterable[TopicSeen], chosen: str = "", *, unfold: bool = False) -> list[Node]:
    """Return topics as a tree, each level by name.

    Args:
        topics: By name.
        chosen: The path of what is looked at: the way to it is open.
        unfold: Show all of it open: it is what somebody searched for.
    """
    roots: dict[str, Node] = {}
    nodes = 0
    for topic in topics:
        levels = topic.name.split("/")
        if len(levels) > DEEPEST:
            levels = [*levels[: DEEPEST - 1], "/".join(levels[DEEPEST - 1 :])]
        children, path = roots, ""
        for at, level in enumerate(levels):
            path = f"{path}/{level}" if at else level
            if level not in children:
                children[level] = Node(level, path)
                nodes += 1
            node = children[level]
            _add(node, topic)
            node.open = node.open or chosen.startswith(f"{path}/")
            children = node.children
        node.topic = topic
    if unfold or nodes <= FEW:
        _open(roots.values())
    return list(roots.values())


def _add(node: Node, topic: TopicSeen) -> None:
    node.topics += 1
    node.subscribers += topic.subscribers
    node.rate += topic.rate or 0.0
    node.retained += topic.retained is not None


def _open(nodes: Iterable[Node]) -> None:
    for node in nodes:
        node.open = True
        _open(node.children.values())
