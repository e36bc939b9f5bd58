"""A role edited by clicks: what a click does, what it leaves alone, and that it travels by file as it was made."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nexus_admin.access.algebra import Read, combine
from nexus_admin.access.book import Question, RoleBook
from nexus_admin.access.permissions import Permissions
from nexus_admin.access.rules import unchecked_rule
from nexus_admin.access.text import parse_file, print_file
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import BadRequest
from nexus_admin.domain.role import AccessFile, Grant, Role
from nexus_admin.screens.access.draft import (
    Place,
    changed_cells,
    next_state,
    own_state,
    terms_of,
    with_cell,
    with_terms,
)
from nexus_admin.screens.access.matrix import COLUMNS, Known, place_key, place_of
from tests.access.world import SHOP

KNOWN = Known(tuple(Permissions().known))
MEANT = Permissions().meant_by
PLACE = Place("shop", "orders")
RULE = {"field": "region", "op": "eq", "value": "north"}

places = st.sampled_from([PLACE, Place("shop", "customers"), Place("shop"), Place("*"), Place("a/b", "ta ble*<é>")])
columns = st.sampled_from([one.name for one in COLUMNS])
rules = st.sampled_from([None, RULE, {"field": "total", "op": "gt", "value": 5}, {"field": "id", "op": "null"}])
accesses = st.sampled_from(["write", "read", "masked", "hidden"])
fields = st.dictionaries(st.sampled_from(["total", "email", "status"]), accesses)
clicks = st.one_of(
    st.tuples(st.just("click"), places, columns),
    st.tuples(st.just("terms"), places, st.tuples(rules, fields, accesses)),
)


def edited(role: Role, steps: list[Any]) -> Role:
    for do, place, what in steps:
        if do == "click":
            actions = KNOWN.actions_of(what)
            role = with_cell(role, place, actions, next_state(role, place, actions), MEANT)
        else:
            role = with_terms(role, place, *what)
    return role


def decided(role: Role, action: str, resource: str) -> Decision:
    book = RoleBook([role])
    question = Question(action, "shop", resource)
    cells = [cell for cell in book.cells_of(Actor("t", kind="token", roles=(role.name,))) if cell.speaks_of(question)]
    return combine([Read(cell, unchecked_rule(cell)) for cell in cells], question)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(clicks, max_size=12))
def test_a_role_made_by_clicks_decides_alike_after_it_went_through_a_file(steps: list[Any]) -> None:
    role = edited(Role(name="x", title="“X”"), steps)
    for form in ("toml", "json"):
        (read,) = parse_file(print_file(AccessFile(roles=(role,)), form), form).roles
        assert read == role
        for name in (action for column in COLUMNS for action in column.actions):
            for resource in SHOP.resources:
                assert decided(read, name, resource) == decided(role, name, resource)


@settings(max_examples=100, deadline=None)
@given(st.lists(clicks, max_size=8), places, columns)
def test_a_cell_says_what_was_clicked_and_no_other_cell_changes(steps: list[Any], place: Place, column: str) -> None:
    role = edited(Role(name="x"), steps)
    actions = KNOWN.actions_of(column)
    wanted = next_state(role, place, actions)
    after = with_cell(role, place, actions, wanted, MEANT)
    assert own_state(after, place, actions) == wanted
    for other in COLUMNS:
        for where in (PLACE, Place("shop"), Place("*")):
            if (other.name, where) != (column, place):
                assert own_state(after, where, other.actions) == own_state(role, where, other.actions)


def test_taking_one_action_out_of_a_pattern_leaves_the_others() -> None:
    role = Role(name="x", grants=(Grant(source="shop", resource="orders", action="row.*", rows=RULE),))
    after = with_cell(role, PLACE, ("row.delete",), "none", MEANT)
    assert {one.action for one in after.grants} == {name for name in MEANT("row.*") if name != "row.delete"}
    assert all(one.rows == RULE for one in after.grants)


def test_a_wide_grant_that_is_spelled_out_never_gives_the_keys() -> None:
    after = with_cell(Role(name="x", grants=(Grant(action="*"),)), Place("*"), ("row.delete",), "none", MEANT)
    assert not [one.action for one in after.grants if one.action.startswith("access.")]
    assert "row.list" in {one.action for one in after.grants}


def test_a_denial_of_columns_is_no_cell_and_stays() -> None:
    hidden = Grant(source="shop", resource="orders", action="row.list", effect="deny", fields={"total": "hidden"})
    role = Role(name="x", grants=(hidden,))
    assert own_state(role, PLACE, ("row.list",)) == "none"
    for state in ("allow", "block", "none"):
        role = with_cell(role, PLACE, ("row.list",), state, MEANT)
        assert hidden in role.grants


def test_a_new_rule_narrows_everything_and_takes_the_old_ones_place() -> None:
    role = with_cell(Role(name="x"), PLACE, ("row.list", "row.read"), "allow", MEANT)
    role = with_terms(role, PLACE, RULE, {"email": "masked"}, "read")
    assert {repr(one.rows) for one in role.grants} == {repr(RULE)}
    role = with_cell(role, PLACE, ("row.create",), "allow", MEANT)  # every row, although the table has a rule
    other = {"field": "total", "op": "gt", "value": 5}
    role = with_terms(role, PLACE, other, {}, "write")
    assert [one.rows for one in role.grants] == [other, other, None]
    assert terms_of(role, PLACE).one
    assert changed_cells(None, role) == 3


@pytest.mark.parametrize("place", [PLACE, Place("*"), Place("a/b", "ta ble*<é>"), Place("shop", "~"), Place("s", "")])
def test_a_place_is_one_word_of_a_form(place: Place) -> None:
    assert place_of(place_key(place)) == place


def test_a_column_that_is_none_is_refused() -> None:
    with pytest.raises(BadRequest, match="no column called 'seee'"):
        KNOWN.actions_of("seee")
