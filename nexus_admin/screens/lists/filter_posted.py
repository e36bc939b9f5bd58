"""The filter builder's form, read back into a tree.

Each node of the tree is a hidden `node` (`id:depth:group` or `id:depth:one`), in the order of the page, and inputs
whose names end in its id: `join.3`, `over.3`, `how.3`, `field.4`, `op.4`, `value.4`.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence

from nexus_admin.domain.encryption import operators_of
from nexus_admin.domain.errors import BadExpression
from nexus_admin.domain.expression import MAX_NODES
from nexus_admin.domain.resource import Resource
from nexus_admin.language.names import join_path, split_path
from nexus_admin.language.operators import BARE_OPERATORS, COUNT_OPERATORS, LIST_OPERATORS, WHEN_OPERATORS
from nexus_admin.language.paths import Sight
from nexus_admin.screens.lists.filter_tree import HOWS, JOINS, WORDS, Condition, Group, Node

COUNTED = "#"
"""Behind a to-many relation's path: how many there are."""

Posted = Sequence[tuple[str, str]]


def read_tree(posted: Posted, resource: Resource, sight: Sight) -> Group:
    """Return the tree that the form holds; a field through a to-many relation opens a group of its own.

    Raises:
        BadExpression: the form was not ours.
    """
    given: dict[str, list[str]] = {}
    for name, value in posted:
        given.setdefault(name, []).append(value)
    marks = [mark.split(":") for mark in given.get("node", [])]
    if not marks:
        return Group("0")
    if len(marks) > MAX_NODES or any(
        len(mark) != 3 or not mark[0].isdigit() or not mark[1].isdigit() for mark in marks
    ):
        raise BadExpression("The filter's form cannot be read. Open it again.")
    reader = _Reader(given, [(one[0], int(one[1]), one[2]) for one in marks], sight)
    return reader.group(resource)


class _Reader:
    """Reads the nodes in the order of the page; the depth says what is in what."""

    def __init__(self, given: dict[str, list[str]], marks: list[tuple[str, int, str]], sight: Sight) -> None:
        self._given, self._marks, self._sight = given, marks, sight
        self._at = 0

    def _texts(self, name: str, key: str) -> tuple[str, ...]:
        return tuple(self._given.get(f"{name}.{key}", ()))

    def _text(self, name: str, key: str, usual: str = "") -> str:
        found = self._given.get(f"{name}.{key}")
        return found[-1] if found else usual

    def group(self, resource: Resource) -> Group:
        key, depth, _ = self._marks[self._at]
        self._at += 1
        over = self._text("over", key)
        far = end_of(over, resource, self._sight) if over else resource
        items: list[Node] = []
        while self._at < len(self._marks) and self._marks[self._at][1] > depth:
            items.append(self.group(far) if self._marks[self._at][2] == "group" else self.one(far))
        join, how, op = self._text("join", key, "all"), self._text("how", key, "any"), self._text("op", key, "ge")
        return Group(
            key, join if join in JOINS else "all", tuple(items), over, how if how in HOWS else "any",
            op if op in COUNT_OPERATORS else "ge", self._texts("value", key) or ("1",),
        )  # fmt: skip

    def one(self, resource: Resource) -> Node:
        key = self._marks[self._at][0]
        self._at += 1
        path = self._text("field", key).strip()
        was, op = self._text("was", key), self._text("op", key)
        if path == WORDS:
            return Condition(key, path, "contains", self._texts("value", key))
        over, rest, counted = parted(path, resource, self._sight)
        if over:
            inner = (Condition(f"{key}0000", rest, _first(rest, over, resource, self._sight)),) if rest else ()
            return Group(key, "all", inner, over, "count" if counted else "any")
        values = self._texts("value", key) if path == was and _alike(op, self._text("wasop", key)) else ()
        op = op if op in _known(path, resource, self._sight) else ""
        return Condition(
            key, path, op or _first(path, "", resource, self._sight), _listed(op, values, self._text("how", key))
        )


def parted(path: str, resource: Resource, sight: Sight) -> tuple[str, str, bool]:
    """Return the way to the first to-many relation in *path*, what is behind it, and whether it is counted."""
    counted = path.endswith(COUNTED)
    names = split_path(path.removesuffix(COUNTED)) if path else ()
    here = resource
    for at, name in enumerate(names):
        relation = here.relations_by_name.get(name)
        if relation is None or (name in here.by_name and at == len(names) - 1):
            return "", path, False
        relation = sight.relation(here, name)
        if relation.many:
            rest = names[at + 1 :]
            return join_path(names[: at + 1]), join_path(rest) if rest else "", counted
        here = sight.far(relation)
    return "", path, False


def end_of(path: str, resource: Resource, sight: Sight) -> Resource:
    """Return where a way of relations leads."""
    for name in split_path(path):
        resource = sight.far(sight.relation(resource, name))
    return resource


def _known(path: str, resource: Resource, sight: Sight) -> tuple[str, ...]:
    return operators_of(sight.way(resource, split_path(path)).field) if path else ()


def _first(path: str, over: str, resource: Resource, sight: Sight) -> str:
    """Return the operator that a field begins with."""
    if over:
        resource = end_of(over, resource, sight)
        if parted(path, resource, sight)[0]:
            return ""
    return next(iter(_known(path, resource, sight)), "")


def _alike(op: str, was: str) -> bool:
    """Whether what was typed for one operator may stand for another."""
    return op == was or not {op, was} & {*WHEN_OPERATORS, *BARE_OPERATORS, "has"}


def _listed(op: str, values: tuple[str, ...], how: str) -> tuple[str, ...]:
    """Return the members of a list that was typed with commas; ticked ones come one by one."""
    if op in BARE_OPERATORS:
        return ()
    if op not in LIST_OPERATORS or how != "typed":
        return values
    rows = csv.reader((value for value in values if value.strip()), skipinitialspace=True)
    return tuple(part.strip() for row in rows for part in row if part.strip())
