"""The tree of the filter builder: what it shows says what the filter said."""

from dataclasses import replace

from hypothesis import given, settings

from nexus_admin.domain.expression import EVERYTHING, And, Comparison, Count, Expression, Not, Or, Quantified
from nexus_admin.language.normal import normal
from nexus_admin.language.text import parse
from nexus_admin.screens.lists.filter_tree import Condition, Group, alone, changed, expression_of, tree_of, walked
from tests.language.trees import trees
from tests.language.world import schema_for

SCHEMA = schema_for("sqlite")


def unfinished(expr: Expression | None) -> bool:
    """Whether *expr* compares with nothing, which an empty input cannot say."""
    match expr:
        case And(items) | Or(items):
            return not items or any(map(unfinished, items))
        case Not(item):
            return unfinished(item)
        case Comparison(_, _, value):
            values = value if isinstance(value, tuple) else (value,)
            plain = value is None or (
                values and all(not isinstance(one, str) or one == one.strip() != "" for one in values)
            )
            return not plain
        case Quantified(_, _, where) | Count(_, _, _, where):
            return unfinished(where)
    return False


@settings(max_examples=150, deadline=None)
@given(trees(SCHEMA, "orders"))
def test_a_filter_comes_back_from_the_tree_as_it_went_in(expr: Expression) -> None:
    where = normal(expr, SCHEMA, "orders")
    if where == EVERYTHING or unfinished(where):
        return
    made = expression_of(tree_of(where))
    assert made is not None
    assert normal(made, SCHEMA, "orders") == where


def test_buttons_add_and_drop_conditions_and_groups() -> None:
    tree = tree_of(parse("status:paid total:>100", SCHEMA, "orders"))
    assert [one.id for one in walked(tree)] == ["0", "2", "3"]
    grown = changed(changed(tree, "add", "0"), "group", "0")
    assert isinstance(grown.items[2], Condition)
    assert isinstance(grown.items[3], Group)
    assert grown.items[3].join == "any"
    less = changed(grown, "drop", grown.items[3].id)
    assert expression_of(changed(less, "drop", "2")) == Comparison(("total",), "gt", "100")
    assert expression_of(changed(grown, "clear", "")) is None


def test_a_condition_that_is_not_finished_says_nothing_yet() -> None:
    tree = Group("0", items=(Condition("1", "status", "eq", ("",)), Condition("2", "total", "between", ("1", ""))))
    assert expression_of(tree) is None
    whole = replace(tree, items=(*tree.items, Condition("3", "total", "gt", ("5",))))
    assert expression_of(whole) == Comparison(("total",), "gt", "5")


def test_one_condition_stands_alone_with_its_way_there() -> None:
    inner = Group("2", "any", (Condition("3", "a"), Condition("4", "b")), over="items")
    tree = Group("0", "all", (Condition("1", "c"), inner))
    assert alone(tree, "4") == Group("0", "all", (replace(inner, items=(Condition("4", "b"),)),))
    assert alone(tree, "1") == Group("0", "all", (Condition("1", "c"),))
