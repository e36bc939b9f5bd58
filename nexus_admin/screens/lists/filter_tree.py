"""A filter as the builder shows it: groups and conditions with texts in them, and its way to and from an expression."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.expression import (
    And,
    Comparison,
    Count,
    Expression,
    Not,
    Or,
    Quantified,
    Search,
    Variable,
)
from nexus_admin.domain.resource import Field
from nexus_admin.language.names import join_path, split_path
from nexus_admin.language.operands import print_operand
from nexus_admin.language.operators import BARE_OPERATORS, LIST_OPERATORS

WORDS = "~words"
"""What stands for a path in a condition that searches for words."""

JOINS = ("all", "any", "none", "not_all")
HOWS = ("any", "all", "none", "count")
_VARIABLE = re.compile(r"@(me|now|today|me\.[\w.`]+|record\.[\w.`]+)(?:([+-])(\d{1,6})(min|h|d|w|mo|y))?")
_UNITS = {"min": "minutes", "h": "hours", "d": "days", "w": "weeks", "mo": "months", "y": "years"}
_PLACE = Field("at", "", "datetime")


@dataclass(frozen=True, slots=True)
class Condition:
    """One line of the builder.

    Args:
        id: Unique in the tree.
        path: As text; empty while no field is chosen; WORDS for a search.
        op: The operator's name; empty for the field's first one.
        values: What was typed or ticked.
    """

    id: str
    path: str = ""
    op: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions that belong together, of this row or of the rows at the other end of a to-many relation.

    Args:
        id: Unique in the tree; "0" is the outermost.
        join: `all`, `any`, `none` or `not_all` of them are true.
        items: In order.
        over: The way to the to-many relation as text; empty for this row itself.
        how: `any`, `all`, `none` of the far rows, or `count`: how many.
        op: For `count`: how the number is compared.
        values: For `count`: the number, or two.
    """

    id: str
    join: str = "all"
    items: tuple[Condition | Group, ...] = ()
    over: str = ""
    how: str = "any"
    op: str = "ge"
    values: tuple[str, ...] = ("1",)


Node = Condition | Group


class Numbers:
    """Hands out ids."""

    def __init__(self, last: int = 0) -> None:
        self.last = last

    def next(self) -> str:
        """Return one that was not used."""
        self.last += 1
        return str(self.last)


# ── from an expression ───────────────────────────────────────────────────────────────────────


def tree_of(where: Expression | None) -> Group:
    """Return what the builder shows for *where*."""
    numbers = Numbers()
    if where is None:
        return Group("0")
    node = _node(where, numbers)
    if isinstance(node, Group) and not node.over:
        return replace(node, id="0")
    return Group("0", "all", (node,))


def _node(expr: Expression, numbers: Numbers) -> Node:
    match expr:
        case And(items):
            return Group(numbers.next(), "all", _nodes(items, numbers))
        case Or(items):
            return Group(numbers.next(), "any", _nodes(items, numbers))
        case Not(Or(items)):
            return Group(numbers.next(), "none", _nodes(items, numbers))
        case Not(And(items)):
            return Group(numbers.next(), "not_all", _nodes(items, numbers))
        case Not(item):
            return Group(numbers.next(), "none", (_node(item, numbers),))
        case Search(text):
            return Condition(numbers.next(), WORDS, "contains", (text,))
        case Comparison(path, op, value):
            return Condition(numbers.next(), join_path(path), op, texts_of(value))
        case Quantified(how, path, where):
            return replace(_far(where, numbers), over=join_path(path), how=how)
        case Count(path, op, value, where):
            return replace(_far(where, numbers), over=join_path(path), how="count", op=op, values=texts_of(value))


def _far(where: Expression | None, numbers: Numbers) -> Group:
    node = Group("", "all") if where is None else _node(where, numbers)
    if isinstance(node, Group) and not node.over:
        return replace(node, id=numbers.next())
    return Group(numbers.next(), "all", (node,))


def _nodes(items: tuple[Expression, ...], numbers: Numbers) -> tuple[Node, ...]:
    return tuple(_node(one, numbers) for one in items)


def texts_of(value: Any) -> tuple[str, ...]:
    """Return a comparison's value as the texts of its inputs."""
    if value is None:
        return ()
    if isinstance(value, tuple | list):
        return tuple(text for one in value for text in texts_of(one))
    if isinstance(value, Variable):
        return (print_operand(_PLACE, "eq", value),)
    if isinstance(value, bool):
        return ("true" if value else "false",)
    text = str(value)
    return (f"\\{text}" if text.startswith(("@", "\\")) else text,)


# ── and back ─────────────────────────────────────────────────────────────────────────────────


def expression_of(group: Group) -> Expression | None:
    """Return what *group* asks for; a condition that is not finished says nothing yet."""
    items = tuple(made for one in group.items if (made := _expression(one)) is not None)
    inner = _joined(group.join, items)
    if not group.over:
        return inner
    path = split_path(group.over)
    if group.how == "count":
        numbers = tuple(value for value in group.values if value.strip())
        if len(numbers) < (2 if group.op == "between" else 1):
            return None
        return Count(path, group.op, numbers if group.op == "between" else numbers[0], inner)
    quantifier = group.how
    assert quantifier in ("any", "all", "none")
    return Quantified(quantifier, path, inner)  # type: ignore[arg-type]


def _joined(join: str, items: tuple[Expression, ...]) -> Expression | None:
    if not items:
        return None
    match join:
        case "any":
            return items[0] if len(items) == 1 else Or(items)
        case "none":
            return Not(items[0] if len(items) == 1 else Or(items))
        case "not_all":
            return Not(And(items))
    return items[0] if len(items) == 1 else And(items)


def _expression(node: Node) -> Expression | None:
    if isinstance(node, Group):
        return expression_of(node)
    given = tuple(value for value in node.values if value.strip())
    if node.path == WORDS:
        return Search(given[0]) if given else None
    if not node.path or not node.op:
        return None
    path = split_path(node.path)
    if node.op in BARE_OPERATORS:
        return Comparison(path, node.op)
    if len(given) < (2 if node.op == "between" else 1):
        return None
    if node.op in LIST_OPERATORS:
        return Comparison(path, node.op, tuple(map(value_of, given)))
    if node.op == "between":
        return Comparison(path, node.op, (value_of(given[0]), value_of(given[1])))
    if node.op in ("in_last", "in_next"):
        return Comparison(path, node.op, " ".join(given[:2]))
    return Comparison(path, node.op, value_of(given[0]))


def value_of(text: str) -> Any:
    """Return what was typed: a variable where it looks like one, else the text; a backslash keeps an `@` a letter."""
    text = text.strip()
    found = _VARIABLE.fullmatch(text)
    if found is None:
        return text.removeprefix("\\") if text.startswith(("\\@", "\\\\")) else text
    if not found[2]:
        return Variable(found[1])
    return Variable(found[1], f"{found[2]}{int(found[3])} {_UNITS[found[4]]}")


# ── changing it ──────────────────────────────────────────────────────────────────────────────


def changed(group: Group, verb: str, at: str) -> Group:
    """Return the tree after a button was pressed.

    Args:
        group: The tree.
        verb: `add` (a condition), `group`, `drop`, or anything else for no change.
        at: The id of the group to add to, or of what to drop.
    """
    if verb == "clear":
        return Group("0")
    numbers = Numbers(max((int(one.id) for one in walked(group) if one.id.isdigit()), default=0))
    if verb == "drop":
        return _without(group, at)
    if verb in ("add", "group"):
        fresh: Node = Condition(numbers.next())
        if verb == "group":
            fresh = Group(numbers.next(), "any" if group.join == "all" else "all", (fresh,))
        return _with(group, at, fresh)
    return group


def walked(group: Group) -> Iterator[Node]:
    """Yield every node, each before what is in it."""
    yield group
    for one in group.items:
        if isinstance(one, Group):
            yield from walked(one)
        else:
            yield one


def alone(group: Group, at: str) -> Group:
    """Return the way to the condition called *at*, without what stands beside it."""
    kept = (alone(one, at) if isinstance(one, Group) else one for one in group.items)
    return replace(group, items=tuple(one for one in kept if one.id == at or (isinstance(one, Group) and one.items)))


def _with(group: Group, at: str, fresh: Node) -> Group:
    items = tuple(_with(one, at, fresh) if isinstance(one, Group) else one for one in group.items)
    return replace(group, items=(*items, fresh) if group.id == at else items)


def _without(group: Group, at: str) -> Group:
    kept = (one for one in group.items if one.id != at)
    return replace(group, items=tuple(_without(one, at) if isinstance(one, Group) else one for one in kept))
