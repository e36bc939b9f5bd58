"""Loops of templates over what stands in them, `{% for size in ("sm", "lg") %}`: written out when they are compiled.

Then what a turn of the loop says is known beforehand too, most of it is text, and no loop is left.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from jinja2 import nodes

Known = Mapping[str, nodes.Expr]
"""What the names of a loop stand for in one of its turns."""


def unrolled(node: nodes.For) -> list[nodes.Node] | None:
    """Return the turns of a loop one after the other; None for one that has to be a loop."""
    if node.recursive or node.test is not None or node.else_ or not isinstance(node.iter, nodes.List | nodes.Tuple):
        return None
    turns = [_turn(node.target, item) for item in node.iter.items]
    used = {one.name for one in _all(node.body, nodes.Name)}
    if None in turns or "loop" in used or _keeps_its_own(node):
        return None
    return [_filled(one, turn) for turn in turns if turn is not None for one in node.body]


def _keeps_its_own(node: nodes.For) -> bool:
    """Whether something in the loop has a scope of its own, or sets a name: what it sets ends with the turn."""
    within = (nodes.Assign, nodes.AssignBlock, nodes.For, nodes.Macro, nodes.CallBlock, nodes.With, nodes.Include,
              nodes.Import, nodes.FromImport, nodes.Block, nodes.NSRef, nodes.Scope)  # fmt: skip
    return any(True for _ in _all(node.body, within))


def _all(body: list[nodes.Node], kind: Any) -> list[Any]:
    found = [one for one in body if isinstance(one, kind)]
    return found + [inner for one in body for inner in one.find_all(kind)]


def _turn(target: nodes.Node, item: nodes.Expr) -> Known | None:
    """Return what the names of *target* stand for; None where that is not plain, or would be worked out twice."""
    names, values = [target], [item]
    if isinstance(target, nodes.Tuple):
        if not isinstance(item, nodes.Tuple | nodes.List) or len(item.items) != len(target.items):
            return None
        names, values = list(target.items), list(item.items)
    if not all(isinstance(one, nodes.Name) for one in names) or not all(map(_plain, values)):
        return None
    return {name.name: value for name, value in zip(names, values, strict=True) if isinstance(name, nodes.Name)}


def _plain(value: nodes.Node) -> bool:
    """Whether *value* is known beforehand, or a name or one of its attributes."""
    if isinstance(value, nodes.Getattr):
        return _plain(value.node)
    return isinstance(value, nodes.Const | nodes.Name)


def _filled(node: nodes.Node, known: Known) -> nodes.Node:
    """Return *node* anew, with what the names stand for in their places."""
    if isinstance(node, nodes.Name):
        return known.get(node.name, node)
    made = copy.copy(node)
    for name, value in node.iter_fields():
        if isinstance(value, nodes.Node):
            setattr(made, name, _filled(value, known))
        elif isinstance(value, list):
            setattr(made, name, [_filled(one, known) if isinstance(one, nodes.Node) else one for one in value])
    return made
