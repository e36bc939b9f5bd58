"""Whoever changes the ledger past Nexus is found out, and the first wrong entry is named."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from nexus_admin.audit.anchor import Anchor, read_anchor
from nexus_admin.audit.chain import Verified, _Check, verify
from nexus_admin.audit.ledger import Ledger
from nexus_admin.audit.links import CHANGE, CLOSING, OPENING, START, line, link
from nexus_admin.audit.query import AuditQuery
from nexus_admin.domain.errors import SettingError, StateDown
from nexus_admin.state.engine import State
from nexus_admin.state.tables.ledger import audit_change, audit_entry, audit_head
from tests.audit.conftest import KEY, call, updated

ENTRIES, OPEN = 40, 3
E, C = audit_entry.c, audit_change.c


class RolledBack(Exception):
    """Carries what was found out of a transaction that is then rolled back."""

    def __init__(self, verified: Verified) -> None:
        super().__init__()
        self.verified = verified


class Crime:
    """One change to the ledger, made in the database itself, and what verifying says of it."""

    def __init__(self, state: State) -> None:
        self._state = state

    def found(self, commit: Callable[[sa.Connection], Any]) -> Verified:
        def work(connection: sa.Connection) -> None:
            commit(connection)
            raise RolledBack(_Check(connection, self._state.vault).run(None))

        with pytest.raises(RolledBack) as caught:
            self._state.write(work)
        return caught.value.verified


@pytest.fixture
def crime(ledger: Ledger) -> Crime:
    fill(ledger)
    assert verify(ledger.state) == Verified(ENTRIES, True, None, verify(ledger.state).hash, OPEN)
    return Crime(ledger.state)


def fill(ledger: Ledger, entries: int = ENTRIES, still_open: int = OPEN) -> None:
    begun = [ledger.open(call(data={"n": n}), intent=[updated(str(n))]) for n in range(entries + still_open)]
    for n, entry in enumerate(begun[still_open:]):
        outcome = ("done", "failed", "denied")[n % 3]
        ledger.close(entry, outcome, f"Number {n}.", [updated(str(m)) for m in range(n % 4)])  # type: ignore[arg-type]


def rows(connection: sa.Connection, table: sa.Table = audit_entry) -> list[dict[str, Any]]:
    order = {"audit_entry": [E.seq], "audit_change": [C.entry, C.n], "audit_head": [audit_head.c.id]}[table.name]
    found = [dict(row) for row in connection.execute(sa.select(table).order_by(*order)).mappings()]
    return [row for row in found if row.get("seq", 0) is not None]


def other(value: Any) -> Any:
    if isinstance(value, int):
        return value + 1000
    return "x" if not value else value[:-1] + ("y" if value.endswith("x") else "x")


def put(connection: sa.Connection, table: sa.Table, row: dict[str, Any], **values: Any) -> None:
    key = [column == row[column.name] for column in table.primary_key]
    assert connection.execute(table.update().where(*key).values(values)).rowcount == 1


def rechain(connection: sa.Connection, after: int = 0) -> str:
    """Compute every hash after *after* anew, as somebody without our key can."""
    changes: dict[int, list[bytes]] = {}
    for change in rows(connection, audit_change):
        changes.setdefault(change["entry"], []).append(line([change[name] for name in CHANGE]))
    last = START
    for row in rows(connection):
        if row["seq"] > after:
            opening, closing = (line([row[name] for name in names]) for names in (OPENING, CLOSING))
            row["hash"] = link(last, opening, closing, changes.get(row["no"], ()))
            put(connection, audit_entry, row, hash=row["hash"])
        last = row["hash"]
    return last


def test_every_column_of_every_table_is_watched(crime: Crime) -> None:
    for table in (audit_entry, audit_change, audit_head):
        for column in table.columns:
            if column is audit_head.c.id:
                continue

            def edit(connection: sa.Connection, table: sa.Table = table, name: str = column.name) -> None:
                row = rows(connection, table)[-1 if table is audit_entry and name in ("no", "seq") else 0]
                put(connection, table, row, **{name: other(row[name])})

            assert not crime.found(edit).ok, f"{table.name}.{column.name}"


@pytest.mark.req("S003-SEC-12", "S003-ROAD-20", "S002-STREAM-06")
def test_hundreds_of_random_edits_are_found_and_named(crime: Crime) -> None:
    chance = random.Random(20260301)
    names = [column.name for column in audit_entry.columns if column.name not in ("no", "seq")]
    for _ in range(250):
        seq, name = chance.randint(1, ENTRIES), chance.choice(names)

        def edit(connection: sa.Connection, seq: int = seq, name: str = name) -> None:
            row = rows(connection)[seq - 1]
            put(connection, audit_entry, row, **{name: other(row[name])})

        bad = crime.found(edit).first_bad
        assert bad is not None, f"{name} of {seq}"
        assert bad.seq == seq, f"{name} of {seq}: {bad}"


def test_random_edits_deletions_and_insertions_of_changes_are_found(crime: Crime) -> None:
    chance = random.Random(7)
    for _ in range(100):

        def meddle(connection: sa.Connection) -> None:
            change = chance.choice(rows(connection, audit_change))
            match chance.choice(("edit", "delete", "insert", "move")):
                case "edit":
                    name = chance.choice(["source", "resource", "key", "title", "place", "before", "after"])
                    put(connection, audit_change, change, **{name: other(change[name])})
                case "delete":
                    connection.execute(audit_change.delete().where(C.entry == change["entry"], C.n == change["n"]))
                case "insert":
                    entry = chance.choice([*range(1, ENTRIES + OPEN + 1), 10_000])
                    connection.execute(audit_change.insert().values({**change, "entry": entry, "n": 99}))
                case "move":
                    put(connection, audit_change, change, n=change["n"] + 50)

        assert not crime.found(meddle).ok


@pytest.mark.parametrize("seq", [1, 2, ENTRIES // 2, ENTRIES - 1, ENTRIES])
@pytest.mark.parametrize("renumber", [False, True])
def test_a_deleted_entry_is_missed_wherever_it_stood(crime: Crime, seq: int, renumber: bool) -> None:
    def delete(connection: sa.Connection) -> None:
        row = rows(connection)[seq - 1]
        connection.execute(audit_change.delete().where(C.entry == row["no"]))
        connection.execute(audit_entry.delete().where(E.seq == seq))
        if renumber:
            for row in rows(connection)[seq - 1 :]:
                put(connection, audit_entry, row, seq=row["seq"] - 1)
            rechain(connection)

    bad = crime.found(delete).first_bad
    assert bad is not None
    if not renumber:
        assert bad.seq == seq
        assert "missing" in bad.why


@pytest.mark.parametrize("seq", [0, 1, ENTRIES // 2, ENTRIES + 1])
@pytest.mark.parametrize("skilled", [False, True])
def test_an_inserted_entry_is_found_also_when_the_chain_is_computed_anew(crime: Crime, seq: int, skilled: bool) -> None:
    def insert(connection: sa.Connection) -> None:
        closed = rows(connection)
        for row in reversed(closed[max(seq - 1, 0) :] if skilled and seq else []):
            put(connection, audit_entry, row, seq=row["seq"] + 1)
        forged = {
            **closed[0],
            "no": 9999,
            "id": "0" * 26,
            "seq": seq if skilled or not seq else -seq,
            "actor": "user:x",
        }
        connection.execute(audit_entry.insert().values(forged))
        if skilled and seq:
            rechain(connection)

    assert not crime.found(insert).ok


def test_two_swapped_entries_are_found(crime: Crime) -> None:
    chance = random.Random(11)
    for _ in range(40):

        def swap(connection: sa.Connection) -> None:
            one, two = sorted(chance.sample(rows(connection), 2), key=lambda row: row["seq"])
            put(connection, audit_entry, one, seq=None)
            put(connection, audit_entry, two, seq=one["seq"])
            put(connection, audit_entry, one, seq=two["seq"])
            if chance.random() < 0.5:
                rechain(connection)

        assert not crime.found(swap).ok


def test_a_chain_that_is_computed_anew_from_an_edit_on_is_found(crime: Crime) -> None:
    chance = random.Random(13)
    for _ in range(60):
        name = chance.choice(["actor", "outcome", "detail", "at", "data", "key", "closed_at", "reason"])

        def rewrite(connection: sa.Connection, name: str = name) -> None:
            row = rows(connection)[chance.randint(1, ENTRIES) - 1]
            put(connection, audit_entry, row, **{name: other(row[name])})
            last = rechain(connection)
            if chance.random() < 0.5:
                put(connection, audit_head, rows(connection, audit_head)[0], hash=last)

        assert not crime.found(rewrite).ok


@pytest.mark.parametrize("count", [1, 2, ENTRIES - 1, ENTRIES])
@pytest.mark.parametrize("cover_up", ["nothing", "head", "no head"])
def test_a_cut_tail_is_found(crime: Crime, count: int, cover_up: str) -> None:
    def cut(connection: sa.Connection) -> None:
        gone = [row["no"] for row in rows(connection)[-count:]]
        connection.execute(audit_change.delete().where(C.entry.in_(gone)))
        connection.execute(audit_entry.delete().where(E.no.in_(gone)))
        left = rows(connection)
        if cover_up == "head":
            values = {"seq": len(left), "hash": left[-1]["hash"] if left else START}
            put(connection, audit_head, rows(connection, audit_head)[0], **values)
        if cover_up == "no head":
            connection.execute(audit_head.delete())

    found = crime.found(cut)
    assert found.first_bad is not None
    if cover_up == "nothing":
        assert found.first_bad.seq == ENTRIES - count + 1
        assert "cut off" in found.first_bad.why


def test_open_entries_are_protected_too(crime: Crime) -> None:
    def still_open(connection: sa.Connection) -> dict[str, Any]:
        return dict(connection.execute(sa.select(audit_entry).where(E.seq.is_(None))).mappings().first() or {})

    for name in ("actor", "at", "data", "intent", "action", "parent", "opening", "outcome"):

        def edit(connection: sa.Connection, name: str = name) -> None:
            row = still_open(connection)
            put(connection, audit_entry, row, **{name: other(row[name])})

        assert not crime.found(edit).ok, name
    gone = crime.found(lambda c: c.execute(audit_entry.delete().where(E.no == still_open(c)["no"])))
    assert "number 1 is missing; it was open" in str(gone.first_bad)
    reopened = crime.found(lambda c: put(c, audit_entry, rows(c)[4], seq=None))
    assert reopened.first_bad is not None
    assert reopened.first_bad.seq == 5


def test_an_open_entry_that_was_changed_is_found_after_it_was_closed(ledger: Ledger, state: State) -> None:
    entry = ledger.open(call(), intent=[updated()])
    state.write(lambda c: c.execute(audit_entry.update().values(actor="user:somebody-else")))
    Ledger(state).close(entry, "done", changes=[updated()])  # as after a restart: from what is stored
    found = verify(state)
    assert found.first_bad is not None
    assert (found.first_bad.seq, found.first_bad.entry) == (1, entry)


def test_nothing_is_appended_to_a_head_that_somebody_changed(ledger: Ledger, state: State) -> None:
    fill(ledger, 5, 0)
    head = rows_of(state, audit_head)[0]
    state.write(lambda c: put(c, audit_head, head, seq=4))
    with pytest.raises(StateDown, match=r"Nothing was changed.*is not as Nexus signed it.*nexus audit verify"):
        ledger.open(call())
    entry = ledger.reseal(call("audit.reseal"))
    assert ledger.get(entry).detail.startswith("The head was signed anew at entry 5, with 5 opened.")
    assert verify(state).ok
    assert ledger.open(call())


def rows_of(state: State, table: sa.Table) -> list[dict[str, Any]]:
    return state.read(lambda c: rows(c, table))


def test_a_change_of_keys_is_no_tampering_and_a_lost_key_is_named(path: Path) -> None:
    new = b"Zq8-pW3nXt5Ly7Ra1Hc9Je2Uk6Pd4GbMs"
    with State.open(path, key=KEY) as state:
        fill(Ledger(state), 5, 1)
    with State.open(path, key=new) as state:
        assert "a key that this Nexus does not have" in str(verify(state).first_bad)
        with pytest.raises(StateDown, match="the key is another one"):
            Ledger(state).open(call())


# ── the anchor ───────────────────────────────────────────────────────────────────────────────


def test_an_old_copy_that_was_put_back_shows_against_the_anchor(path: Path, tmp_path: Path) -> None:
    anchor = tmp_path / "elsewhere.json"
    with State.open(path, key=KEY) as state:
        fill(Ledger(state), 5, 0)
    shutil.copy(path, tmp_path / "copy")
    with State.open(path, key=KEY) as state:
        ledger = Ledger(state, anchor=anchor)
        fill(ledger, 5, 0)
        ledger.stop()
        assert verify(state, anchor).ok
    shutil.copy(tmp_path / "copy", path)
    with State.open(path, key=KEY) as state:
        assert verify(state).ok
        found = verify(state, anchor).first_bad
        assert found is not None
        assert found.seq == 6
        assert "an old copy was put back" in found.why


def test_a_rewrite_with_our_own_key_shows_against_the_anchor_which_is_left_alone(path: Path, tmp_path: Path) -> None:
    anchor = tmp_path / "elsewhere.json"
    with State.open(path, key=KEY) as state:
        ledger = Ledger(state, anchor=anchor)
        fill(ledger, 8, 0)
        ledger.stop()
    path.unlink()
    with State.open(path, key=KEY) as state:
        fill(Ledger(state), 12, 0)
        assert verify(state).ok
        found = verify(state, anchor).first_bad
        assert found is not None
        assert (found.seq, "rewritten" in found.why) == (8, True)
        before = anchor.read_bytes()
        again = Anchor(state, anchor, 1)
        with pytest.raises(SettingError, match="no longer holds the head"):
            again.publish()
        again.stop()
        assert anchor.read_bytes() == before


def test_the_anchor_follows_after_so_many_entries(state: State, tmp_path: Path) -> None:
    anchor = tmp_path / "elsewhere.json"
    ledger = Ledger(state, anchor=anchor, anchor_every=5)
    fill(ledger, 4, 0)
    assert not anchor.exists()
    fill(ledger, 1, 0)
    assert ledger.anchor is not None
    for _ in range(500):
        if anchor.exists():
            break
        ledger.anchor._thread.join(0.01)
    head = read_anchor(anchor, state.vault)
    assert head is not None
    assert head.seq == 5
    ledger.stop()


def test_a_forged_damaged_or_missing_anchor_is_named(state: State, ledger: Ledger, tmp_path: Path) -> None:
    anchor = tmp_path / "elsewhere.json"
    fill(ledger, 2, 0)
    assert "is not there" in str(verify(state, anchor).first_bad)
    anchor.write_text('{"opened": 2, "seq": 2, "hash": "00", "at": 1, "signature": "00"}')
    assert "does not bear our signature" in str(verify(state, anchor).first_bad)
    anchor.write_text("{")
    assert "cannot be read" in str(verify(state, anchor).first_bad)


def test_an_empty_ledger_is_whole(state: State, ledger: Ledger) -> None:
    assert verify(state) == Verified(0, True)
    assert ledger.find(AuditQuery()).entries == ()
