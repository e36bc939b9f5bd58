"""Nothing but `language/` says which rows of other people's databases are meant, or in which order."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.checkout import name, tree, under

SAYS_WHICH = {
    "and_", "or_", "not_", "in_", "not_in", "is_", "is_not", "like", "ilike", "between", "tuple_", "collate",
    "correlate", "outerjoin", "join_from", "order_by", "group_by", "having", "text",
}  # fmt: skip
# What reads a database's own catalog asks it in its own words.
OWN_WORDS = ("nexus_admin/data/introspect/", "nexus_admin/data/drivers/")
CATALOG = ("nexus_admin/data/constraints.py:text", "nexus_admin/data/counting.py:text")


def conditions(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in SAYS_WHICH:
                yield node.func.attr
        elif isinstance(node, ast.Compare) and any(map(is_column, (node.left, *node.comparators))):
            yield "comparison"


def is_column(node: ast.expr) -> bool:
    """Whether *node* is `table.c[…]` or `table.c.name`."""
    if isinstance(node, (ast.Subscript, ast.Attribute)):
        inner = node.value
        return isinstance(inner, ast.Attribute) and inner.attr == "c"
    return False


def test_the_data_room_builds_no_condition_and_no_order_of_its_own() -> None:
    found = [
        f"{name(path)}:{what}"
        for path in under("nexus_admin", suffix=".py")
        if name(path).startswith("nexus_admin/data/") and not name(path).startswith(OWN_WORDS)
        for what in conditions(path)
    ]
    assert sorted(set(found) - set(CATALOG)) == []


def test_the_look_out_sees_conditions() -> None:
    assert {"and_", "in_", "order_by", "comparison"} <= {
        what
        for path in under("nexus_admin", suffix=".py")
        if name(path).startswith("nexus_admin/language/")
        for what in conditions(path)
    }
