"""Planning an undo: backwards, compared first, conflicts listed instead of overwritten."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_admin.audit.ledger import Ledger
from nexus_admin.audit.undo import UndoPlan, plan
from nexus_admin.domain.audit import AuditEntry, Change
from nexus_admin.domain.row import Masked, Row, Unreadable
from tests.audit.conftest import ORDER, call, updated

Did = Callable[..., str]
Table = dict[str, Row]


def entry(*changes: Change, seq: int = 1, **more: object) -> AuditEntry:
    about = {
        "at": None,
        "actor": "user:ada",
        "action": "row.update",
        "source": "shop",
        "resource": "orders",
        "key": None,
    }
    values: dict = {"id": f"e{seq}", "seq": seq, "outcome": "done", "changes": changes, **about, **more}
    return AuditEntry(**values)


def change(key: str, before: Row | None, after: Row | None, resource: str = "orders", place: int = 0) -> Change:
    return Change("shop", resource, key, before, after, f"Order {key}", place)


def planned(table: Table, *entries: AuditEntry) -> UndoPlan:
    return plan(entries, lambda one: table.get(one.key))


def run(table: Table, undo: UndoPlan) -> None:
    """Do what a plan says, as the action does: compare, then write."""
    for step in undo.steps:
        row = table.get(step.key)
        assert (row is None) == (step.verb == "create")
        assert row is None or all(row[name] == value for name, value in step.expect.items())
        if step.verb == "delete":
            del table[step.key]
        else:
            table[step.key] = {**(row or {}), **step.values}


def test_what_was_created_is_deleted_what_was_deleted_comes_back_whole() -> None:
    table: Table = {"1": {"id": 1, "n": "one"}}
    undo = planned(
        table, entry(change("1", None, {"id": 1, "n": "one"}), change("2", {"id": 2, "n": "two"}, None, place=1))
    )
    assert [(step.verb, step.key, dict(step.values)) for step in undo.steps] == [
        ("create", "2", {"id": 2, "n": "two"}),
        ("delete", "1", {}),
    ]
    run(table, undo)
    assert table == {"2": {"id": 2, "n": "two"}}


def test_an_update_sets_back_only_the_fields_that_it_changed() -> None:
    table: Table = {"1": {"id": 1, "a": 2, "b": "changed by somebody else"}}
    undo = planned(table, entry(change("1", {"id": 1, "a": 1, "b": 0}, {"id": 1, "a": 2, "b": 0})))
    assert undo.clean
    assert (dict(undo.steps[0].values), dict(undo.steps[0].expect)) == ({"a": 1}, {"a": 2})


def test_a_field_that_somebody_changed_since_is_a_conflict_and_not_overwritten() -> None:
    table: Table = {"1": {"id": 1, "a": 3}, "2": {"id": 2, "a": 2}}
    undo = planned(
        table, entry(*(change(str(n), {"id": n, "a": 1}, {"id": n, "a": 2}, place=n) for n in (1, 2)))
    )  # fmt: skip
    assert [step.key for step in undo.steps] == ["2"]
    assert not undo.clean
    assert undo.conflicts[0].fields == {"a": {"left": 2, "now": 3, "back": 1}}
    assert undo.conflicts[0].why == "It was changed since."


@pytest.mark.parametrize(
    ("table", "one", "why"),
    [
        ({}, change("1", {"a": 1}, {"a": 2}), "It is not there any more."),
        ({"1": {"a": 9}}, change("1", None, {"a": 1}), "It was changed since it was made."),
        ({"1": {"a": 9}}, change("1", {"a": 1}, None), "Another row has its key now."),
        ({"1": {"a": 2}}, change("1", {"a": Unreadable("?")}, {"a": 2}), "What stood in a before was not kept"),
        ({"1": {"a": 2}}, change("1", {"a": Masked()}, {"a": 2}), "What stood in a before was not kept"),
        ({}, change("1", {"id": 1, "a": Unreadable("?")}, None), "What stood in a was not kept"),
        ({"1": {"b": 2}}, change("1", {"a": 1}, {"a": 2}), "It was changed since."),
        ({"1": {"a": 2}}, change("1", {}, {"a": 2}), "What stood in a before was not kept"),
    ],
)
def test_each_reason_against_an_undo_is_said(table: Table, one: Change, why: str) -> None:
    undo = planned(table, entry(one))
    assert undo.empty
    assert undo.conflicts[0].why.startswith(why)


@pytest.mark.parametrize(
    ("table", "one"),
    [
        ({}, change("1", None, {"a": 1})),
        ({"1": {"a": Decimal("1.10")}}, change("1", {"a": Decimal("1.1")}, {"a": 2})),
        ({"1": {"a": 1}}, change("1", {"a": 1}, None)),
    ],
)
def test_what_is_back_already_needs_no_step(table: Table, one: Change) -> None:
    undo = planned(table, entry(one))
    assert (undo.steps, undo.conflicts, undo.already) == ((), (), (one,))


def test_a_whole_operation_is_taken_back_with_all_that_ran_within_it(ledger: Ledger) -> None:
    outer = ledger.open(call("orders.place"))
    inner = ledger.open(call("row.create", ORDER), parent=outer)
    ledger.close(inner, "done", changes=[change("i", None, {"id": "i", "order": "o"}, "items", place=2)])
    failed = ledger.open(call("row.create"), parent=outer)
    ledger.close(failed, "failed", changes=[])
    new, summed = {"id": "o", "sum": 0}, {"id": "o", "sum": 5}
    own = [change("o", None, new, place=1), change("o", new, summed, place=3)]
    ledger.close(outer, "done", changes=own)
    table: Table = {"o": {"id": "o", "sum": 5}, "i": {"id": "i", "order": "o"}}
    undo = plan(ledger.group(outer, unsealed=True), lambda one: table.get(one.key))
    # The item goes before the order that it points to, though the nested call was closed first.
    assert [(step.verb, step.key) for step in undo.steps] == [("update", "o"), ("delete", "i"), ("delete", "o")]
    run(table, undo)
    assert table == {}


def test_several_changes_of_one_row_are_walked_backwards() -> None:
    table: Table = {"1": {"a": 3}}
    steps = [
        change("1", None, {"a": 1}),
        change("1", {"a": 1}, {"a": 2}, place=1),
        change("1", {"a": 2}, {"a": 3}, place=2),
    ]
    undo = planned(table, entry(*steps))
    assert [(step.verb, dict(step.expect)) for step in undo.steps] == [
        ("update", {"a": 3}),
        ("update", {"a": 2}),
        ("delete", {"a": 1}),
    ]
    run(table, undo)
    assert table == {}


def test_a_conflict_keeps_the_earlier_changes_of_the_same_row_too() -> None:
    steps = [change("1", {"b": 0, "a": 1}, {"b": 1, "a": 1}), change("1", {"b": 1, "a": 1}, {"b": 1, "a": 2}, place=1)]
    undo = planned({"1": {"a": 99, "b": 1}}, entry(*steps))
    assert undo.empty
    assert [conflict.why for conflict in undo.conflicts] == [
        "It was changed since.",
        "A later change of the same row is in the way.",
    ]


def test_without_places_what_was_closed_last_is_taken_back_first() -> None:
    first = entry(change("1", None, {"a": 1}), seq=1)
    second = entry(change("2", None, {"a": 2}), seq=2)
    undo = planned({"1": {"a": 1}, "2": {"a": 2}}, first, second)
    assert [step.key for step in undo.steps] == ["2", "1"]


def test_what_was_not_done_is_not_undone() -> None:
    one = change("1", {"a": 1}, {"a": 2})
    assert planned({"1": {"a": 2}}, entry(one, outcome="failed")).empty
    assert planned({"1": {"a": 2}}, entry(one, outcome="open")).empty
    assert not planned({"1": {"a": 2}}, entry(one, outcome="unknown")).empty


def test_an_operation_that_was_taken_back_says_by_what(ledger: Ledger, did: Did) -> None:
    done = did("row.update", updated())
    undo = ledger.open(call("audit.undo"))
    ledger.close(undo, "done", changes=[updated("7", "paid", "new")], undoes=done)
    table: Table = {"7": {"id": 7, "status": "new"}}
    found = plan(ledger.group(done, unsealed=True), lambda one: table.get(one.key))
    assert (found.undone_by, found.empty) == (undo, True)
    again = plan(ledger.group(undo, unsealed=True), lambda one: table.get(one.key))
    assert dict(again.steps[0].values) == {"status": "paid"}


_rows = st.none() | st.fixed_dictionaries({"a": st.integers(0, 2), "b": st.integers(0, 2)})


@given(st.lists(st.tuples(st.sampled_from("12"), _rows), max_size=12))
def test_undoing_any_operation_brings_everything_back(writes: list[tuple[str, Row | None]]) -> None:
    start: Table = {"1": {"a": 0, "b": 0}}
    table, changes = dict(start), []
    for place, (key, after) in enumerate(writes):
        before = table.get(key)
        if before is None and after is None:
            continue
        changes.append(change(key, before, after, place=place))
        table.pop(key, None)
        if after is not None:
            table[key] = after
    undo = planned(table, entry(*changes))
    assert undo.clean
    run(table, undo)
    assert table == start
