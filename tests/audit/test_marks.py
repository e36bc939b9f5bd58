"""The ledger is verified onward from a mark in the state; what was altered before it is found all the same."""

import random
from pathlib import Path

import pytest
import sqlalchemy as sa

from nexus_admin.audit import marks, verifier
from nexus_admin.audit.chain import verify
from nexus_admin.audit.ledger import Ledger
from nexus_admin.audit.verifier import Verifier
from nexus_admin.state.engine import State
from tests.audit.conftest import call, updated


def written(ledger: Ledger, count: int) -> list[str]:
    """Write entries with a change each."""
    found = []
    for _ in range(count):
        entry = ledger.open(call())
        ledger.close(entry, "done", changes=[updated()])
        found.append(entry)
    return found


def alter(state: State, entry: str) -> None:
    statement = sa.text("update audit_entry set actor_name = 'Mallory' where id = :id")
    state.write(lambda connection: connection.execute(statement, {"id": entry}))


def test_a_check_goes_on_where_the_last_one_ended_and_a_new_process_knows_it(state: State, ledger: Ledger) -> None:
    written(ledger, 12)
    mark = Verifier(state, part=5).check(full=False)
    assert (mark.at.seq, mark.bad, mark.running, mark.began) == (12, None, False, 0)
    written(ledger, 3)
    after = Verifier(state, part=5).check(full=False)
    assert (after.began, after.at.seq, after.bad) == (12, 15, None)
    assert after.at.hash == verify(state).hash
    assert after.ended
    assert marks.read_mark(state, "verified") == after


def test_slices_show_how_far_they_are(state: State, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    written(ledger, 12)
    seen = []
    keep = marks.keep

    def told(state: State, mark: marks.Mark) -> marks.Mark:
        kept = keep(state, mark)
        if kept.running:
            seen.append((kept.name, kept.done, kept.total))
        return kept

    monkeypatch.setattr(marks, "keep", told)
    Verifier(state, part=5).check(full=True)
    assert seen == [("full", 0, 12), ("full", 5, 12), ("full", 10, 12)]


def test_an_entry_altered_before_the_mark_is_found_by_the_check_of_everything(state: State, ledger: Ledger) -> None:
    entries = written(ledger, 40)
    Verifier(state).check(full=False)
    alter(state, entries[6])
    elsewhere = Verifier(state, dice=lambda _: 0)
    verifier_sample, verifier.SAMPLE = verifier.SAMPLE, 3
    try:
        assert elsewhere.check(full=False).bad is None  # it looked back at others
    finally:
        verifier.SAMPLE = verifier_sample
    bad = elsewhere.check(full=True).bad
    assert bad is not None
    assert bad.entry == entries[6]
    assert marks.read_mark(state, "verified").bad == bad
    assert verify(state).first_bad == bad


def test_looks_back_come_upon_it_sooner_or_later(state: State, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifier, "SAMPLE", 4)
    entries = written(ledger, 40)
    looking = Verifier(state, dice=random.Random(1).randrange)
    looking.check(full=False)
    alter(state, entries[17])
    for _ in range(200):
        mark = looking.check(full=False)
        if mark.bad is not None:
            break
    assert mark.bad is not None
    assert mark.bad.entry == entries[17]
    assert looking.check(full=False).bad == mark.bad  # what was found bad is looked at whole


@pytest.mark.parametrize("at", ["first", "last", "mark"])
def test_entries_that_are_gone_before_the_mark_show(state: State, ledger: Ledger, at: str) -> None:
    written(ledger, 10)
    looking = Verifier(state)
    looking.check(full=False)
    seq = {"first": 1, "last": 9, "mark": 10}[at]
    state.write(lambda connection: connection.execute(sa.text("delete from audit_entry where seq = :s"), {"s": seq}))
    assert looking.check(full=False).bad is not None


def test_a_mark_that_somebody_else_wrote_counts_for_nothing(state: State, ledger: Ledger) -> None:
    entries = written(ledger, 10)
    looking = Verifier(state)
    looking.check(full=False)
    alter(state, entries[2])
    state.write(lambda connection: connection.execute(sa.text("update audit_mark set seq = 9, found = null")))
    assert marks.read_mark(state, "verified").at.seq == 0
    bad = looking.check(full=False).bad
    assert bad is not None
    assert bad.entry == entries[2]


def test_changes_of_no_entry_show_onward_too(state: State, ledger: Ledger) -> None:
    written(ledger, 4)
    looking = Verifier(state)
    looking.check(full=False)
    stray = sa.text(
        "insert into audit_change (entry, n, source, resource, key, title, place) values (99, 7, 's', 'r', 'k', 't', 0)"
    )
    state.write(lambda connection: connection.execute(stray))
    assert "1 changes that belong to no closed entry" in str(looking.check(full=False).bad)


def test_the_thread_checks_when_it_is_asked(state: State, ledger: Ledger) -> None:
    written(ledger, 5)
    working = Verifier(state)
    working.start()
    try:
        working.ask(full=True, patience=20)
        assert marks.read_mark(state, "full").at.seq == 5
        assert marks.read_mark(state, "verified").ended
    finally:
        working.stop()


def test_the_anchor_is_looked_at_too(tmp_path: Path, state: State, ledger: Ledger) -> None:
    written(ledger, 3)
    bad = Verifier(state, tmp_path / "anchor.json").check(full=False).bad
    assert bad is not None
    assert "is not there, though it is set" in bad.why
