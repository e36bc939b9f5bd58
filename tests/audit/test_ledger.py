"""The ledger: opened durably before, closed after with every row's before and after."""

import json
import threading
from collections.abc import Callable
from decimal import Decimal

import pytest
import sqlalchemy as sa
from pydantic import BaseModel, SecretStr

from nexus_admin.audit.chain import verify
from nexus_admin.audit.ledger import Ledger
from nexus_admin.audit.query import AuditQuery
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.audit import Change
from nexus_admin.domain.errors import NotFound, StateDown, UnknownSource
from nexus_admin.domain.row import Masked
from nexus_admin.domain.target import Target
from nexus_admin.state.engine import State
from nexus_admin.state.tables.ledger import audit_change, audit_entry
from tests.audit.conftest import ADA, ORDER, call, updated
from tests.waiting import PATIENCE, until

Did = Callable[..., str]


def stored(ledger: Ledger, entry: str) -> dict:
    statement = sa.select(audit_entry).where(audit_entry.c.id == entry)
    return dict(ledger.state.read(lambda c: c.execute(statement).mappings().one()))


def test_an_entry_is_open_before_the_work_and_says_afterwards_what_it_did(ledger: Ledger) -> None:
    entry = ledger.open(Call("row.update", ORDER, {"status": "paid"}, ADA, "rest", {"address": "::1"}, "a call"))
    before = ledger.get(entry)
    assert (before.outcome, before.seq, before.hash, before.closed_at) == ("open", 0, "", None)
    ledger.close(entry, "done", "Saved.", [updated()])
    after = ledger.get(entry)
    assert (after.outcome, after.seq, after.detail, after.via, after.reason) == ("done", 1, "Saved.", "rest", "a call")
    assert (after.actor, after.actor_name, after.action) == ("user:ada", "Ada Lovelace", "row.update")
    assert (after.source, after.resource, after.key, after.data) == ("shop", "orders", "7", {"status": "paid"})
    assert after.request == {"address": "::1"}
    assert after.changes == (updated(),)
    assert after.closed_at is not None
    assert after.at <= after.closed_at
    assert len(after.hash) == 64


def test_a_call_that_notes_first_is_written_with_its_note(ledger: Ledger) -> None:
    entry = ledger.open(call(), with_intent=True)
    assert ledger.is_live(entry)
    with pytest.raises(NotFound):
        ledger.get(entry)
    ledger.intend(entry, [updated()])
    assert (ledger.get(entry).outcome, ledger.intended(entry)) == ("open", (updated(),))
    ledger.close(entry, "done", "Saved.", [updated()], soon=True)
    after = ledger.get(entry)
    assert (after.outcome, after.detail, after.changes) == ("done", "Saved.", (updated(),))
    assert not ledger.is_live(entry)
    assert verify(ledger.state).ok


def test_a_call_that_came_to_no_note_is_written_when_it_ends(ledger: Ledger) -> None:
    entry = ledger.open(call(), with_intent=True)
    ledger.close(entry, "denied", "No.")
    assert (ledger.get(entry).outcome, ledger.get(entry).seq) == ("denied", 1)
    assert verify(ledger.state).ok


def test_what_runs_within_a_call_is_never_there_without_it(ledger: Ledger) -> None:
    outer = ledger.open(call("rows.update"), with_intent=True)
    inner = ledger.open(call(), outer)
    assert [one.id for one in ledger.group(outer)] == [outer, inner]
    ledger.intend(inner, [updated()])
    ledger.intend(outer, [updated("8")])
    ledger.close(inner, "done", changes=[updated()], soon=True)
    ledger.close(outer, "done", changes=[updated("8")], soon=True)
    assert [one.outcome for one in ledger.group(outer)] == ["done", "done"]
    assert verify(ledger.state).ok


def test_one_entry_holds_every_row_that_it_changed(ledger: Ledger) -> None:
    changes = [updated(str(n), place=n) for n in range(250)]
    entry = ledger.open(call("rows.update"))
    ledger.intend(entry, changes)
    assert len(ledger.intended(entry)) == 250
    ledger.close(entry, "done", changes=changes)
    assert ledger.get(entry).changes == tuple(changes)
    assert ledger.intended(entry) == ()
    assert verify(ledger.state).ok


def test_numbers_have_no_gaps_whatever_is_done_at_once(ledger: Ledger) -> None:
    def work(n: int) -> None:
        for _ in range(5):
            entry = ledger.open(call())
            ledger.note(call("row.list"))
            ledger.close(entry, "done" if n % 2 else "failed", changes=[updated()])

    threads = [threading.Thread(target=work, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until(lambda: verify(ledger.state).upto == 160)
    assert verify(ledger.state).ok


def test_a_read_is_noted_without_waiting_and_is_there_soon(ledger: Ledger) -> None:
    go_on, held = threading.Event(), list[bool]()
    ledger.state.later(lambda _connection: held.append(go_on.wait(PATIENCE)))  # nothing is written until all are noted
    for n in range(200):
        ledger.note(call("row.list", Target("shop", "orders")), f"{n} rows.")
    go_on.set()
    until(lambda: len(ledger.find(AuditQuery(limit=1000)).entries) == 200)
    assert [entry.detail for entry in ledger.find(AuditQuery(limit=2)).entries] == ["199 rows.", "198 rows."]
    assert verify(ledger.state).upto == 200
    assert held == [True]


def test_a_refused_read_is_noted_as_refused(ledger: Ledger) -> None:
    ledger.note(call("row.list"), "No role grants it.", "denied")
    until(lambda: len(ledger.find(AuditQuery(outcomes=("denied",))).entries) == 1)


def test_in_our_own_state_entry_work_and_outcome_are_one_transaction(state: State, ledger: Ledger) -> None:
    def work(connection: sa.Connection, fail: bool) -> str:
        entry = ledger.open_within(connection, call("role.grant", Target("nexus", "roles", "editor")))
        if fail:
            raise LookupError
        ledger.close_within(connection, entry, "done", "Granted.", [updated()])
        return entry

    with pytest.raises(LookupError):
        state.write(lambda c: work(c, fail=True))
    entry = state.write(lambda c: work(c, fail=False))
    assert [one.id for one in ledger.find(AuditQuery()).entries] == [entry]
    assert ledger.get(entry).changes == (updated(),)
    assert verify(state).ok


def test_without_an_audit_nothing_may_be_done(ledger: Ledger, state: State) -> None:
    entry = ledger.open(call())
    state.close()
    with pytest.raises(StateDown, match="Nothing was changed"):
        ledger.open(call())
    with pytest.raises(StateDown, match="Nothing was changed"):
        ledger.intend(entry, [updated()])


def test_what_is_not_there_cannot_be_closed_or_read(ledger: Ledger) -> None:
    for work in (lambda: ledger.close("nothing", "done"), lambda: ledger.get("nothing")):
        with pytest.raises(NotFound, match="no audit entry nothing"):
            work()


def test_an_outcome_that_comes_too_late_is_an_entry_of_its_own(ledger: Ledger, state: State) -> None:
    entry = ledger.open(call())
    Ledger(state).close(entry, "unknown", "Settled by another process.")
    ledger.close(entry, "done", "Saved.", [Change("shop", "customers", "1", None, {"pin": "1234"})])
    late, first = ledger.find(AuditQuery()).entries
    assert (first.id, first.outcome) == (entry, "unknown")
    assert (late.parent, late.outcome) == (entry, "done")
    assert late.detail == f"Belongs to {entry}, which was closed as unknown before this was known. Saved."
    assert ledger.get(late.id, unsealed=True).changes[0].after == {"pin": "1234"}
    assert verify(state).ok


def test_an_open_entry_that_somebody_deleted_still_has_its_outcome_written_down(ledger: Ledger, state: State) -> None:
    entry = ledger.open(call())
    state.write(lambda c: c.execute(audit_entry.delete()))
    ledger.close(entry, "done", changes=[updated()])
    late = ledger.find(AuditQuery()).entries[0]
    assert "is gone from the ledger" in late.detail
    assert late.changes == (updated(),)
    assert "number 1 is missing" in str(verify(state).first_bad)


def test_closing_twice_alike_changes_nothing(ledger: Ledger, state: State) -> None:
    entry = ledger.open(call())
    closing = ledger._closing(entry, "done", "", [updated()], None)
    state.write(lambda connection: ledger._close(connection, closing))
    state.write(lambda connection: ledger._close(connection, closing))
    assert len(ledger.find(AuditQuery()).entries) == 1
    assert verify(state).ok


def test_entries_that_are_closed_soon_are_closed_together_and_one_that_is_wrong_alone(
    ledger: Ledger, state: State
) -> None:
    entries = [ledger.open(call()) for _ in range(5)]
    changes = [updated()]
    for entry in entries:
        ledger.intend(entry, changes)
    state.write(lambda connection: connection.execute(audit_entry.delete().where(audit_entry.c.id == entries[2])))
    for entry in entries:
        ledger.close(entry, "done", changes=changes, soon=True)
    outcomes = {one.id: (one.outcome, one.changes) for one in ledger.find(AuditQuery()).entries}
    assert [outcomes.pop(entry) for entry in entries if entry != entries[2]] == [("done", (updated(),))] * 4
    assert len(outcomes) == 1  # what the lost one did is written down as one of its own
    assert not any(ledger.is_live(entry) for entry in entries)


def test_a_failed_entry_keeps_what_it_was_about_to_do(ledger: Ledger) -> None:
    entry = ledger.open(call(), intent=[updated()])
    ledger.close(entry, "failed", "The database refused.")
    assert ledger.intended(entry) == (updated(),)
    assert ledger.get(entry).changes == ()


# ── secrets ──────────────────────────────────────────────────────────────────────────────────


def everything_stored(state: State) -> str:
    def read(connection: sa.Connection) -> str:
        return json.dumps([[list(row) for row in connection.execute(sa.select(table))] for table in
                           (audit_entry, audit_change)])  # fmt: skip

    return state.read(read)


def test_a_secret_field_is_sealed_and_only_undo_sees_it(ledger: Ledger, state: State) -> None:
    before, after = {"id": 1, "pin": Decimal("471108150042.00")}, {"id": 1, "pin": "new-pin-9"}
    change = Change("shop", "customers", "1", before, after)
    entry = ledger.open(call(target=Target("shop", "customers", "1"), data={"pin": "new-pin-9"}), intent=[change])
    assert "471108150042" not in everything_stored(state)
    ledger.close(entry, "done", changes=[change])
    assert "471108150042" not in everything_stored(state)
    assert "new-pin-9" not in everything_stored(state)
    (shown,) = ledger.get(entry).changes
    assert shown.before == {"id": 1, "pin": Masked("••••")}
    assert shown.fields() == ("pin",)
    assert ledger.get(entry, unsealed=True).changes == (change,)


def test_a_secret_that_was_not_changed_does_not_look_changed(ledger: Ledger) -> None:
    entry = ledger.open(call())
    rows = ({"pin": "1234", "name": name} for name in "ab")
    ledger.close(entry, "done", changes=[Change("shop", "customers", "1", *rows)])
    assert ledger.get(entry).changes[0].fields() == ("name",)


def test_a_sealed_value_opens_in_its_own_place_only(ledger: Ledger, state: State) -> None:
    entry = ledger.open(call())
    change = Change("shop", "customers", "1", {"pin": "old"}, {"pin": "new"})
    ledger.close(entry, "done", changes=[change])
    state.write(lambda c: c.execute(audit_change.update().values(before=audit_change.c.after)))
    assert ledger.get(entry, unsealed=True).changes[0].before == {"pin": Masked("••••")}


class SignUp(BaseModel):
    email: str
    password: SecretStr
    token: str = ""


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        ({"new_password": "geheim", "n": 1}, {"new_password": "••••", "n": 1}),
        ({"rows": [{"api_key": "geheim"}, {"Authorization": "geheim"}]},
         {"rows": [{"api_key": "••••"}, {"Authorization": "••••"}]}),
        ({"url": "postgresql://ada:geheim@db/shop"}, {"url": "postgresql://ada:••••@db/shop"}),
        (SignUp(email="a@b.c", password=SecretStr("geheim"), token="geheim"),
         {"email": "a@b.c", "password": "••••", "token": "••••"}),
        ({"amount": Decimal("1.10"), "password": ""}, {"amount": Decimal("1.10"), "password": ""}),
    ],
)  # fmt: skip
def test_no_secret_of_an_input_is_kept(ledger: Ledger, state: State, data: object, kept: dict) -> None:
    entry = ledger.open(Call("user.create", Target("nexus", "users"), data, ADA))  # type: ignore[arg-type]
    assert ledger.get(entry).data == kept
    assert "geheim" not in everything_stored(state)


def test_an_endless_input_is_cut(ledger: Ledger) -> None:
    kept = ledger.get(ledger.open(call(data={"text": "x" * 1_000_000}))).data
    assert kept["large"] > 1_000_000
    assert len(kept["start"]) == 2000


def test_nobody_can_forge_a_line_of_the_audit(ledger: Ledger) -> None:
    actor = Actor("user:eve\x00", name="Eve\r\n2026-01-01 admin \x1b[2J\u202eok")
    entry = ledger.open(Call("row.update\n", Target("shop", "or\ud800ders", "7"), {}, actor, reason="a\nb"))
    ledger.close(entry, "failed", "first\nsecond")
    kept = ledger.get(entry)
    assert kept.actor == "user:eve\\x00"
    assert kept.actor_name == "Eve\\r\\n2026-01-01 admin \\x1b[2J\\u202eok"
    assert (kept.action, kept.detail, kept.reason) == ("row.update\\n", "first\\nsecond", "a\\nb")
    assert kept.resource == "or\\ud800ders"


# ── when the state cannot be written ─────────────────────────────────────────────────────────


def test_an_outcome_that_cannot_be_written_is_kept_trying(
    ledger: Ledger, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = ledger.open(call())
    with monkeypatch.context() as patched:
        patched.setattr(state, "append", lambda _work: (_ for _ in ()).throw(StateDown("The disk is full.")))
        ledger.close(entry, "done", changes=[updated()])
        assert ledger.is_live(entry)  # so that nobody settles it meanwhile
    until(lambda: ledger.get(entry).outcome == "done")
    assert ledger.get(entry).changes == (updated(),)
    until(lambda: not ledger.is_live(entry))
    assert verify(state).ok


def test_what_was_altered_while_it_was_open_is_never_signed_again(ledger: Ledger, state: State) -> None:
    entry = ledger.open(call())
    state.write(lambda c: c.execute(audit_entry.update().values(actor="user:somebody-else")))
    with pytest.raises(StateDown, match="is not as Nexus wrote it"):
        Ledger(state).intend(entry, [updated()])


def test_an_entry_that_is_closed_takes_no_intent(ledger: Ledger) -> None:
    entry = ledger.open(call())
    ledger.close(entry, "failed")
    with pytest.raises(NotFound, match="is not open any more"):
        ledger.intend(entry, [updated()])


def test_a_call_on_a_source_that_does_not_exist_is_written_down_too(state: State) -> None:
    def no_such_source(source: str, _resource: str) -> tuple[str, ...]:
        raise UnknownSource(source, [])

    ledger = Ledger(state, secret_fields=no_such_source)
    entry = ledger.open(call(target=Target("nowhere", "orders", "1"), data={"password": "geheim"}))
    assert ledger.get(entry).data == {"password": "••••"}
