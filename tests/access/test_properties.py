"""What is true of any roles whatever: a denial wins, and another role that only gives never takes a row away."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_admin.access import Access
from nexus_admin.access.algebra import RANK
from nexus_admin.access.book import RoleBook
from nexus_admin.access.text import parse_file, print_file
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.role import AccessFile, Grant, Role
from nexus_admin.domain.row import Row
from nexus_admin.language.evaluate import evaluate
from nexus_admin.language.json_form import from_json
from nexus_admin.language.variables import Variables
from nexus_admin.state.engine import State
from tests.access.conftest import KEY
from tests.access.world import ORDERS, SHOP, cheap_passwords, me, rule

ACTIONS = ("row.list", "row.read", "row.update", "row.delete", "rows.export", "query.run")
FIELDS = [field.name for field in ORDERS.fields]

accesses = st.sampled_from(["hidden", "masked", "read", "write"])
comparisons: st.SearchStrategy[Any] = st.one_of(
    st.builds(lambda op, value: rule("total", op, value), st.sampled_from(["gt", "le", "eq"]), st.integers(0, 3)),
    st.builds(
        lambda op, value: rule("status", op, value), st.sampled_from(["eq", "ne"]), st.sampled_from(["open", "paid"])
    ),
    st.sampled_from([rule("region", "eq", me("region")), rule("region", "ne", me("team")), rule("gone", "eq", 1)]),
)
rules = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.lists(inner, max_size=2).map(lambda items: {"and": items}),
        st.lists(inner, max_size=2).map(lambda items: {"or": items}),
        inner.map(lambda item: {"not": item}),
    ),
    max_leaves=4,
)


def grants(effect: str) -> st.SearchStrategy[Grant]:
    return st.builds(
        Grant,
        action=st.sampled_from([*ACTIONS, "row.*", "*"]),
        resource=st.sampled_from(["*", "orders", "ord*", "customers"]),
        effect=st.just(effect),
        rows=st.none() | rules,
        fields=st.none() | st.dictionaries(st.sampled_from(FIELDS), accesses, max_size=2),
        default_access=accesses,
    )


some_roles = st.lists(st.lists(grants("allow") | grants("deny"), max_size=3), min_size=1, max_size=3)
generous = st.lists(grants("allow"), min_size=1, max_size=3)
rows = st.fixed_dictionaries(
    {
        "id": st.just(1),
        "total": st.none() | st.integers(0, 3),
        "status": st.none() | st.sampled_from(["open", "paid", "cancelled"]),
        "region": st.none() | st.sampled_from(["EU", "US"]),
        "email": st.just("a@example.com"),
        "customer_id": st.just(1),
        "api_key": st.just("x"),
    }
)
attributes = st.sampled_from([{}, {"region": "EU"}, {"region": "US", "team": "US"}])


@pytest.fixture(scope="module")
def access(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Access]:
    folder: Path = tmp_path_factory.mktemp("state")
    with State.open(folder / "state.db", key=KEY) as state:
        room = Access(state, passwords=cheap_passwords())
        room.decisions.schema_of = {"shop": SHOP}.get
        yield room


def decide(access: Access, roles: list[list[Grant]], mine: dict[str, str], action: str) -> Decision:
    book = RoleBook([Role(name=f"r{n}", grants=tuple(grants)) for n, grants in enumerate(roles)])
    actor = Actor("user:x", roles=tuple(book.roles), attributes=mine)
    return access.decisions.fresh(book, actor, action, "shop", ORDERS)


def shows(decision: Decision, mine: dict[str, str], row: Row) -> bool:
    return decision.allowed and (decision.rows is None or holds(decision.rows, mine, row))


def holds(expression: Any, mine: dict[str, str], row: Row) -> bool:
    variables = Variables(Actor("user:x", attributes=mine), datetime.now(UTC), ZoneInfo("UTC"))
    return evaluate(expression, row, SHOP, "orders", variables)


@given(roles=some_roles, more=generous, mine=attributes, row=rows, action=st.sampled_from(ACTIONS))
def test_another_role_that_only_gives_never_takes_a_row_or_a_field_away(
    access: Access, roles: list[list[Grant]], more: list[Grant], mine: dict[str, str], row: Row, action: str
) -> None:
    before, after = decide(access, roles, mine, action), decide(access, [*roles, more], mine, action)
    if shows(before, mine, row):
        assert shows(after, mine, row)
        assert all(RANK[after.access(name)] >= RANK[before.access(name)] for name in FIELDS)


@given(
    roles=some_roles,
    taken=rules,
    mine=attributes,
    row=rows,
    action=st.sampled_from(ACTIONS),
    at=st.integers(0, 3),
)
def test_a_row_that_is_denied_is_shown_by_no_role(
    access: Access, roles: list[list[Grant]], taken: Any, mine: dict[str, str], row: Row, action: str, at: int
) -> None:
    denial = Grant(action="*", effect="deny", rows=taken)
    with_denial = [*roles[:at], [denial], *roles[at:]]
    decision = decide(access, with_denial, mine, action)
    try:
        denied = holds(from_json(taken), mine, row)
    except Exception:
        denied = True  # a rule that cannot be used
    if denied:
        assert not shows(decision, mine, row)
    if shows(decision, mine, row):
        assert shows(decide(access, roles, mine, action), mine, row)


@given(roles=some_roles, mine=attributes, action=st.sampled_from(ACTIONS), name=st.sampled_from(FIELDS))
def test_a_field_or_an_action_that_is_denied_is_given_by_no_role(
    access: Access, roles: list[list[Grant]], mine: dict[str, str], action: str, name: str
) -> None:
    hides = Grant(action="row.*", effect="deny", fields={name: "hidden"})
    listing = decide(access, [*roles, [hides]], mine, "row.list")
    assert listing.access(name) == "hidden"
    assert not decide(access, [[Grant(action=action, effect="deny")], *roles], mine, action).allowed


@given(roles=some_roles, mine=attributes, row=rows, action=st.sampled_from(ACTIONS))
def test_no_action_reaches_a_row_or_a_field_that_the_list_keeps_back(
    access: Access, roles: list[list[Grant]], mine: dict[str, str], row: Row, action: str
) -> None:
    decision, listing = decide(access, roles, mine, action), decide(access, roles, mine, "row.list")
    if action != "row.read" and shows(decision, mine, row):
        assert shows(listing, mine, row)
        assert all(listing.reads(name) for name in FIELDS if decision.reads(name))


@given(roles=some_roles, mine=attributes, action=st.sampled_from(ACTIONS))
def test_what_is_remembered_is_what_would_be_answered(
    access: Access, roles: list[list[Grant]], mine: dict[str, str], action: str
) -> None:
    one, other = decide(access, roles, mine, action), decide(access, roles, mine, action)
    assert one == other
    assert one.fingerprint == other.fingerprint


@given(
    roles=st.lists(st.lists(grants("allow") | grants("deny"), max_size=3), max_size=3),
    texts=st.lists(st.text(max_size=8), min_size=3, max_size=3),
)
def test_any_roles_come_back_from_their_file(roles: list[list[Grant]], texts: list[str]) -> None:
    file = AccessFile(
        roles=tuple(Role(name=f"r{n}", title=texts[n], grants=tuple(g)) for n, g in enumerate(roles)),
        members={f"{texts[0]}@example.com": tuple(f"r{n}" for n in range(len(roles)))},
    )
    assert parse_file(print_file(file, "toml"), "toml") == file
    assert parse_file(print_file(file, "json"), "json") == file
