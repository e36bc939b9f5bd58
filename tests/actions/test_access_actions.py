"""Roles, accounts and tokens by the one path: what is written down, what is refused, what comes back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from nexus_admin.access import Device
from nexus_admin.actions.access.roles import stamp
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import Conflict, Forbidden, Invalid, NexusError, NotFound, Refused, UnknownAction
from nexus_admin.domain.role import Grant, Role
from nexus_admin.domain.target import Target
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Options

PASSWORD = "a long password 1"
TABLES = """
create table customers (id integer primary key, name text not null, country text, email text);
create table orders (id integer primary key, customer_id integer not null references customers, total integer);
insert into customers values (1, 'Priya', 'IN', 'priya@example.com'), (2, 'Ilse', 'NL', 'ilse@example.com'),
  (3, 'Jan', 'NL', 'jan@example.com');
insert into orders values (1, 1, 10), (2, 2, 20), (3, 3, 30), (4, 3, 40);
"""
DUTCH = {"field": "country", "op": "eq", "value": "NL"}
SYSTEM = Actor.system("test")


class House:
    """A kernel with an owner, and short words for what these tests do."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.access = kernel.access
        self.owner = self.person("ana@example.com", "owner")

    def person(self, email: str, *roles: str, **attributes: object) -> Actor:
        user = self.access.users.create(
            email, password=PASSWORD, roles=roles, by=SYSTEM, name=email.partition("@")[0], attributes=attributes
        )
        return self.now(user.actor_id)

    def now(self, actor_id: str) -> Actor:
        actor = self.access.actor_of_user(actor_id.removeprefix("user:"))
        assert actor is not None
        return actor

    def perform(self, name: str, by: Actor, at: str | None = None, /, **data: object) -> Any:
        return self.kernel.perform(Call(name, Target("nexus", "access", at), data, by))

    def save(self, by: Actor, name: str, *grants: Mapping[str, Any], **more: object) -> Any:
        return self.perform("access.role.save", by, name, role={"name": name, "grants": list(grants), **more})


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.executescript(TABLES)
    urls = (("shop", str(tmp_path / "shop.db")),)
    kernel = Kernel(Options(urls=urls, state=str(tmp_path / "nexus.db"), allow_writes=True, environ={})).start()
    yield House(kernel)
    kernel.stop()


def grant(action: str, **more: object) -> dict[str, object]:
    return {"action": action, **more}


def test_a_role_is_in_force_when_its_saving_returns(house: House) -> None:
    house.save(house.owner, "dutch", grant("row.list", source="shop", resource="customers", rows=DUTCH))
    eve = house.person("eve@example.com", "dutch")
    table = house.kernel.sources.get("shop").schema.resource("customers")
    assert house.access.decide(eve, "row.list", "shop", table).allowed
    house.save(house.owner, "dutch")
    assert not house.access.decide(eve, "row.list", "shop", table).allowed


def test_only_owners_change_who_may_do_what(house: House) -> None:
    admin = house.person("ada@example.com", "admin")
    for action in ("access.view", "access.users", "access.export"):
        with pytest.raises(Forbidden, match="ada may not"):
            house.perform(action, admin)
    with pytest.raises(NexusError):
        house.save(admin, "mine", grant("*"))
    with pytest.raises(NexusError):
        house.perform("access.user.set_roles", admin, admin.id[5:], roles=["owner"])


def test_the_last_owner_stays(house: House) -> None:
    key = house.owner.id.removeprefix("user:")
    bo = house.person("bo@example.com", "owner")
    house.perform("access.user.disable", house.owner, bo.id.removeprefix("user:"))
    with pytest.raises(Refused, match="no active owner"):
        house.perform("access.user.set_roles", house.owner, key, roles=["viewer"])
    with pytest.raises(Refused, match="your own account"):
        house.perform("access.user.delete", house.owner, key)
    with pytest.raises(Refused, match="no active owner"):
        house.perform("access.user.disable", SYSTEM, key)


def test_an_invitation_is_taken_once_and_its_secret_is_not_in_the_ledger(house: House) -> None:
    made = house.perform("access.user.invite", house.owner, email="cy@example.com", name="Cy", roles=["viewer"])
    user = house.access.invitations.claim(made.secret, PASSWORD)
    assert (user.email, user.roles, user.has_password) == ("cy@example.com", ("viewer",), True)
    with pytest.raises(NotFound, match="used already"):
        house.access.invitations.claim(made.secret, "another long password")
    (past,) = house.kernel.ledger.history("nexus", "users", user.id)
    assert past.change.after == {
        "email": "cy@example.com", "name": "Cy", "roles": ["viewer"], "attributes": {}, "active": True,
    }  # fmt: skip
    assert made.secret not in repr(past)


@pytest.mark.parametrize("secret", ["", ".", "a.b.c", "01J.9999999999.AAAA", "x" * 5000, "é.1.2", "a.١٢٣.b"])
def test_a_link_that_was_not_made_here_opens_nothing(house: House, secret: str) -> None:
    with pytest.raises(NotFound):
        house.access.invitations.whose(secret)


def test_a_link_of_one_account_opens_no_other(house: House) -> None:
    one = house.perform("access.user.invite", house.owner, email="one@example.com")
    two = house.perform("access.user.invite", house.owner, email="two@example.com")
    with pytest.raises(NotFound):
        house.access.invitations.whose(one.secret.replace(one.user.id, two.user.id))


def test_who_is_shut_out_can_not_use_their_link(house: House) -> None:
    made = house.perform("access.user.invite", house.owner, email="cy@example.com")
    house.perform("access.user.disable", house.owner, made.user.id)
    with pytest.raises(NotFound):
        house.access.invitations.whose(made.secret)


# ── nobody gives more than they have ──────────────────────────────────────────────────────────


@pytest.fixture
def delegate(house: House) -> Actor:
    house.save(
        house.owner, "lead",
        grant("access.user.*"), grant("access.role.*"), grant("access.view"), grant("access.token.*"),
        grant("row.*", source="shop", resource="customers", rows=DUTCH),
        grant("row.list", source="shop", resource="orders"),
        grant("row.list", source="shop", resource="orders", effect="deny", fields={"total": "hidden"}),
    )  # fmt: skip
    return house.person("lea@example.com", "lead")


def test_a_delegate_gives_what_they_have_and_nothing_else(house: House, delegate: Actor) -> None:
    same = grant("row.list", source="shop", resource="customers", rows=DUTCH)
    house.save(delegate, "reader", same)
    made = house.perform("access.user.invite", delegate, email="new@example.com", roles=["reader"])
    assert made.user.roles == ("reader",)
    for more in (
        grant("row.list", source="shop", resource="customers"),
        grant("row.list", source="shop", resource="*"),
        grant("row.list"),
        grant("rows.export", source="shop", resource="customers", rows=DUTCH),
        grant("*"),
        grant("access.*"),
        grant("row.list", source="shop", resource="orders"),  # their own denial hides a column of it
    ):
        with pytest.raises(Forbidden, match="Nobody gives more than they have"):
            house.save(delegate, "reader", same, more)
    for role in ("owner", "admin", "viewer"):
        with pytest.raises(NexusError):
            house.perform("access.user.set_roles", delegate, made.user.id, roles=[role])


def test_a_delegate_does_not_widen_their_own_role(house: House, delegate: Actor) -> None:
    role = house.access.roles.get("lead").model_dump(mode="json")
    with pytest.raises(Forbidden):
        house.perform("access.role.save", delegate, "lead", role={**role, "grants": [*role["grants"], grant("*")]})
    without = [one for one in role["grants"] if one["effect"] == "allow"]
    with pytest.raises(Forbidden, match="denial"):
        house.perform("access.role.save", delegate, "lead", role={**role, "grants": without})
    with pytest.raises(Forbidden):
        house.perform("access.role.save", delegate, "lead", role={**role, "inherits": ["admin"]})


def test_a_delegate_does_not_take_over_somebody_with_more(house: House, delegate: Actor) -> None:
    boss = house.person("boss@example.com", "admin").id.removeprefix("user:")
    owner = house.owner.id.removeprefix("user:")
    for action, data in (
        ("access.user.link", {}),
        ("access.user.save", {"email": "lea+1@example.com"}),
        ("access.user.save", {"attributes": {"country": "IN"}}),
        ("access.user.reset_second_factor", {}),
        ("access.token.create", {"name": "mine"}),
    ):
        for key in (boss, owner):
            with pytest.raises(Forbidden, match="owner"):
                house.perform(action, delegate, key, **data)
    with pytest.raises(Forbidden, match="owner"):
        house.perform("access.user.disable", delegate, owner)
    with pytest.raises(Forbidden, match="owner"):
        house.perform("access.user.save", delegate, delegate.id[5:], attributes={"country": "IN"})


def test_a_denial_is_not_taken_from_somebody_by_a_delegate(house: House, delegate: Actor) -> None:
    house.save(house.owner, "held-back", grant("row.list", effect="deny"))
    eve = house.person("eve@example.com", "admin", "held-back").id.removeprefix("user:")
    with pytest.raises(Forbidden, match="denies"):
        house.perform("access.user.set_roles", delegate, eve, roles=["admin"])
    with pytest.raises(Forbidden, match="denies"):
        house.perform("access.role.delete", delegate, "held-back")


# ── mistakes are named ────────────────────────────────────────────────────────────────────────


def test_a_role_that_is_wrong_says_what_is_wrong(house: House) -> None:
    with pytest.raises(UnknownAction, match=r"Did you mean 'row\.list'\?"):
        house.save(house.owner, "x", grant("row.lst"))
    with pytest.raises(Invalid, match="begins with a small letter"):
        house.save(house.owner, "<script>")
    with pytest.raises(Invalid, match="inherits itself"):
        house.save(house.owner, "x", inherits=["x"])
    with pytest.raises(Refused, match="cannot be edited"):
        house.save(house.owner, "owner", grant("row.list"))
    with pytest.raises(Invalid):
        house.perform("access.role.save", house.owner, "x", role={"name": "x", "grants": [{"action": 7}]})


@pytest.mark.parametrize("words", ["<b>x</b>", "'; drop table access_role; --", "﷽" * 40, "\u202egnp.exe", "a\x00b"])
def test_hostile_titles_and_names_are_only_words(house: House, words: str) -> None:
    house.save(house.owner, "odd", title=words, description=words)
    assert house.access.roles.get("odd").title == words
    made = house.perform("access.user.invite", house.owner, email="odd@example.com", name=words, roles=["odd"])
    assert made.user.roles == ("odd",)
    text = house.perform("access.export", house.owner)
    assert house.perform("access.plan", house.owner, text=text).empty


def test_two_who_edit_a_role_at_once_do_not_overwrite_each_other(house: House) -> None:
    first = stamp(house.save(house.owner, "x", grant("row.list")).role)
    house.perform("access.role.save", house.owner, role={"name": "x"}, expected=first)
    with pytest.raises(Conflict, match="somebody else"):
        house.perform("access.role.save", house.owner, role={"name": "x", "title": "X"}, expected=first)
    with pytest.raises(Conflict):
        house.perform("access.role.save", house.owner, role={"name": "x"}, expected="new")


def test_a_rule_on_a_column_that_is_gone_shows_no_row(house: House) -> None:
    gone = {"field": "land", "op": "eq", "value": "NL"}  # saved while it was there: a new one would be refused
    rule = Grant(source="shop", resource="customers", action="row.*", rows=gone)
    house.kernel.access.roles.save(Role(name="dutch", grants=(rule,)), by=Actor.system("test"))
    eve = house.person("eve@example.com", "dutch")
    target = Target("shop", "customers")
    listing = house.kernel.perform(Call("row.list", target, {}, eve))
    assert listing.page.rows == []
    assert "land" in listing.decision.reason
    seen = house.kernel.perform(Call("access.preview", target, {"holds": "dutch"}, house.owner))
    assert (seen.shown.value, seen.total.value) == (0, 3)


# ── before it is saved ────────────────────────────────────────────────────────────────────────


def test_a_preview_counts_as_somebody_with_a_role_that_is_not_saved(house: House) -> None:
    rule = {"field": "country", "op": "eq", "value": {"var": "me.country"}}
    draft = {"name": "local", "grants": [grant("row.*", source="shop", resource="customers", rows=rule,
             fields={"email": "masked"})]}  # fmt: skip
    eve = house.person("eve@example.com", country="NL")
    target = Target("shop", "customers")
    data = {"role": draft, "holds": "local", "user": eve.id.removeprefix("user:")}
    seen = house.kernel.perform(Call("access.preview", target, data, house.owner))
    assert (seen.shown.value, seen.shown.how, seen.total.value) == (2, "exact", 3)
    assert {row["name"] for row in seen.sample.rows} == {"Ilse", "Jan"}
    assert "ilse@example.com" not in repr(seen.sample)
    nobody = house.kernel.perform(Call("access.preview", target, {"role": draft, "holds": "local"}, house.owner))
    assert nobody.shown.value == 0
    assert "country" in nobody.decision.reason
    assert "local" not in house.access.roles.book().roles


def test_a_preview_shows_nobody_more_than_they_see_themselves(house: House) -> None:
    house.save(
        house.owner, "lead", grant("access.preview"),
        grant("row.*", source="shop", resource="customers", rows=DUTCH, fields={"email": "hidden"}),
    )  # fmt: skip
    lea = house.person("lea@example.com", "lead")
    draft = {"name": "all", "grants": [grant("*")]}
    seen = house.kernel.perform(
        Call("access.preview", Target("shop", "customers"), {"role": draft, "holds": "all"}, lea)
    )
    assert seen.shown.value == 2
    assert "example.com" not in repr(seen.sample)
    with pytest.raises(NexusError):
        house.kernel.perform(Call("access.preview", Target("shop", "orders"), {"role": draft, "holds": "all"}, lea))


def test_saving_a_role_says_before_who_gains_and_who_loses(house: House) -> None:
    house.save(house.owner, "dutch", grant("row.list", source="shop", resource="customers"))
    house.person("eve@example.com", "dutch")
    plan = house.perform(
        "access.role.preview", house.owner,
        role={"name": "dutch", "grants": [grant("row.list", source="shop", resource="orders")]},
    )  # fmt: skip
    said = {(one.email, one.direction, str(one.question)) for one in plan.differences}
    assert said == {
        ("eve@example.com", "gains", "row.list on shop/orders"),
        ("eve@example.com", "loses", "row.list on shop/customers"),
    }


def test_why_names_the_grant_that_decided_also_for_one_row(house: House) -> None:
    house.save(house.owner, "dutch", grant("row.list", source="shop", resource="customers", rows=DUTCH))
    eve = house.person("eve@example.com", "dutch").id.removeprefix("user:")
    asked = {"user": eve, "action": "row.list", "source": "shop", "resource": "customers"}
    told = house.perform("access.explain", house.owner, **asked, key="1")
    assert not told.allowed
    assert "not among those" in told.sentence
    told = house.perform("access.explain", house.owner, **asked, key="2")
    assert told.allowed
    assert told.deciding.role == "dutch"
    with pytest.raises(UnknownAction):
        house.perform("access.explain", house.owner, **{**asked, "action": "row.lust"})


# ── the way back ──────────────────────────────────────────────────────────────────────────────


def last(house: House, resource: str, key: str) -> str:
    return str(house.kernel.ledger.history("nexus", resource, key)[0].entry.id)


def test_a_saved_and_a_deleted_role_come_back(house: House) -> None:
    house.save(house.owner, "x", grant("row.list"))
    eve = house.person("eve@example.com", "x")
    house.save(house.owner, "x", grant("row.read"))
    house.perform("access.undo", house.owner, entry=last(house, "roles", "x"))
    assert [one.action for one in house.access.roles.get("x").grants] == ["row.list"]
    house.perform("access.role.delete", house.owner, "x")
    assert house.access.users.get(eve.id[5:]).roles == ()
    entry = last(house, "roles", "x")
    house.perform("access.undo", house.owner, entry=entry)
    assert house.access.users.get(eve.id[5:]).roles == ("x",)
    with pytest.raises(Refused, match="taken back already"):
        house.perform("access.undo", house.owner, entry=entry)


def test_undo_overwrites_nobody(house: House) -> None:
    house.save(house.owner, "x", grant("row.list"))
    entry = last(house, "roles", "x")
    house.save(house.owner, "x", grant("row.read"))
    with pytest.raises(Conflict, match="changed since"):
        house.perform("access.undo", house.owner, entry=entry)
    assert [one.action for one in house.access.roles.get("x").grants] == ["row.read"]


def test_an_account_gets_its_roles_back(house: House) -> None:
    eve = house.person("eve@example.com", "viewer").id.removeprefix("user:")
    house.perform("access.user.set_roles", house.owner, eve, roles=["admin"])
    house.perform("access.undo", house.owner, entry=last(house, "users", eve))
    assert house.access.users.get(eve).roles == ("viewer",)


# ── files and tokens ──────────────────────────────────────────────────────────────────────────


def test_a_file_is_applied_once_and_written_down(house: House) -> None:
    house.save(house.owner, "x", grant("row.list", source="shop", rows=None))
    eve = house.person("eve@example.com", "x").id.removeprefix("user:")
    text = house.perform("access.export", house.owner)
    assert house.perform("access.apply", house.owner, text=text).empty
    changed = text.replace('"eve@example.com" = ["x"]', '"eve@example.com" = ["viewer"]')
    done = house.perform("access.apply", house.owner, text=changed)
    assert done.changes == ("eve@example.com was x and becomes Viewer.",)
    (past, *_) = house.kernel.ledger.history("nexus", "users", eve)
    assert (past.entry.action, (past.change.before or {})["roles"]) == ("access.apply", ["x"])


def test_a_token_is_shown_once_and_can_be_revoked(house: House) -> None:
    eve = house.person("eve@example.com", "viewer", "editor").id.removeprefix("user:")
    made = house.perform("access.token.create", house.owner, eve, name="sync", roles=["viewer"], days=3)
    assert made.secret.startswith("nxt_")
    actor = house.access.actor_of_token(made.secret)
    assert actor is not None
    assert actor.roles == ("viewer",)
    house.perform("access.token.revoke", house.owner, eve, token=made.token.id)
    assert house.access.actor_of_token(made.secret) is None


def test_sessions_end_at_once(house: House) -> None:
    eve = house.person("eve@example.com", "viewer")
    cookie = house.access.sign_in("eve@example.com", PASSWORD, Device()).cookie
    assert house.access.actor_of_session(cookie) is not None
    assert [user.email for user, _ in house.perform("access.sessions", house.owner)] == ["eve@example.com"]
    assert house.perform("access.user.end_sessions", house.owner, eve.id[5:]) == 1
    assert house.access.actor_of_session(cookie) is None
