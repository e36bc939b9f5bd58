"""What a crash left open is settled by looking at the rows; never guessed, never silent."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from nexus_admin.audit.chain import verify
from nexus_admin.audit.ledger import Ledger
from nexus_admin.audit.outbox import Outbox
from nexus_admin.audit.query import AuditQuery
from nexus_admin.audit.settle import settle
from nexus_admin.brokers.queue import DurableQueue
from nexus_admin.domain.audit import Change, Follows
from nexus_admin.domain.errors import SourceDown, UnknownSource
from nexus_admin.domain.job import Errand
from nexus_admin.domain.row import Row
from nexus_admin.state.engine import State
from tests.audit.conftest import call, secret_fields, updated

AT_ONCE = timedelta(0)
CREATED = Change("shop", "orders", "8", None, {"id": 8, "status": "new"})
PAID: Row = {"id": 7, "status": "paid"}
DELETED = Change("shop", "orders", "9", {"id": 9, "status": "old"}, None)


def after_a_crash(state: State) -> Ledger:
    """The ledger as a new process has it: nothing is live."""
    return Ledger(state, secret_fields=secret_fields)


def look(table: dict[str, Row]):
    return lambda change: table.get(change.key)


@pytest.mark.parametrize(
    ("intent", "table", "outcome", "detail"),
    [
        ([updated()], {"7": {"id": 7, "status": "paid", "by_trigger": 1}}, "done", "so it was done"),
        ([updated()], {"7": {"id": 7, "status": "new"}}, "failed", "nothing was changed"),
        ([updated()], {"7": {"id": 7, "status": "lost"}}, "unknown", "Of 1 row: 1 otherwise"),
        ([updated()], {}, "unknown", "1 otherwise"),
        ([CREATED], {"8": {"id": 8, "status": "new", "at": "now"}}, "done", "done"),
        ([CREATED], {}, "failed", "nothing"),
        ([DELETED], {}, "done", "done"),
        ([DELETED], {"9": {"id": 9, "status": "old"}}, "failed", "nothing"),
        ([DELETED], {"9": {"id": 9, "status": "newer"}}, "unknown", "1 otherwise"),
        ([updated(), CREATED, DELETED], {"7": PAID, "8": {"id": 8, "status": "new"}}, "done", "3 rows"),
        ([updated(), CREATED], {"7": PAID}, "unknown", "Of 2 rows: 1 changed, 1 as before. Please look."),
        ([], {}, "unknown", "had not noted any change"),
    ],
)  # fmt: skip
def test_the_rows_say_what_became_of_a_call(
    state: State, ledger: Ledger, intent: list[Change], table: dict[str, Row], outcome: str, detail: str
) -> None:
    entry = ledger.open(call())
    if intent:
        ledger.intend(entry, intent)
    (settled,) = settle(after_a_crash(state), look(table), AT_ONCE)
    kept = ledger.get(entry)
    assert (settled.entry, settled.outcome, kept.outcome) == (entry, outcome, outcome)
    assert detail in kept.detail
    assert kept.detail.startswith("Nexus stopped before this was finished.")
    assert verify(state).ok
    assert settle(after_a_crash(state), look(table), AT_ONCE) == []


def test_what_was_found_done_can_be_undone(state: State, ledger: Ledger) -> None:
    entry = ledger.open(call(), intent=[updated(), CREATED])
    settle(after_a_crash(state), look({"7": {"id": 7, "status": "paid"}}), AT_ONCE)
    assert ledger.get(entry).changes == (updated(),)


def test_a_secret_is_compared_and_sealed_again(state: State, ledger: Ledger) -> None:
    change = Change("shop", "customers", "1", {"pin": "old"}, {"pin": "new"})
    entry = ledger.open(call(), intent=[change])
    settle(after_a_crash(state), look({"1": {"pin": "new"}}), AT_ONCE)
    assert ledger.get(entry).outcome == "done"
    assert ledger.get(entry, unsealed=True).changes == (change,)
    assert ledger.get(entry).changes != (change,)


def test_a_call_that_is_still_running_is_left_alone(state: State, ledger: Ledger) -> None:
    entry = ledger.open(call(), intent=[updated()])
    assert settle(ledger, look({}), AT_ONCE) == []
    assert settle(after_a_crash(state), look({})) == []  # too young: another process may be at it
    ledger.close(entry, "done")
    assert ledger.get(entry).outcome == "done"


def test_a_source_that_does_not_answer_is_asked_again_later(state: State, ledger: Ledger) -> None:
    entry = ledger.open(call(), intent=[updated()])

    def down(_change: Change) -> Row | None:
        raise SourceDown("shop does not answer.")

    assert [one.outcome for one in settle(after_a_crash(state), down, AT_ONCE)] == ["open"]
    assert ledger.get(entry).outcome == "open"
    settle(after_a_crash(state), look({"7": {"id": 7, "status": "new"}}), AT_ONCE)
    assert ledger.get(entry).outcome == "failed"


def test_a_source_that_is_gone_leaves_the_outcome_unknown_and_says_so(state: State, ledger: Ledger) -> None:
    entry = ledger.open(call(), intent=[updated()])

    def gone(change: Change) -> Row | None:
        raise UnknownSource(change.source, ["crm"])

    settle(after_a_crash(state), gone, AT_ONCE)
    assert ledger.get(entry).outcome == "unknown"
    assert "the source or table is gone" in ledger.get(entry).detail


@pytest.mark.parametrize(
    ("table", "outcome"),
    [({"7": {"id": 7, "status": "paid"}, "8": {"id": 8, "status": "new"}}, "done"),
     ({"7": {"id": 7, "status": "new"}}, "failed"),
     ({"7": {"id": 7, "status": "paid"}}, "unknown")],
)  # fmt: skip
def test_a_call_that_only_called_others_is_judged_by_them(
    state: State, ledger: Ledger, table: dict[str, Row], outcome: str
) -> None:
    outer = ledger.open(call("orders.place"))
    for change in (updated(), CREATED):
        ledger.open(call(), parent=outer, intent=[change])
    assert len(settle(after_a_crash(state), look(table), AT_ONCE)) == 3
    assert ledger.get(outer).outcome == outcome
    assert ledger.find(AuditQuery(outcomes=("open",))).entries == ()


@pytest.mark.parametrize(
    ("harmless", "outcome", "detail"), [(True, "failed", "did not happen"), (False, "unknown", "")]
)
def test_a_call_that_noted_nothing_did_not_happen_where_that_is_proved(
    state: State, ledger: Ledger, harmless: bool, outcome: str, detail: str
) -> None:
    entry = ledger.open(call())
    settle(after_a_crash(state), look({}), AT_ONCE, lambda row: harmless and row["id"] == entry)
    assert ledger.get(entry).outcome == outcome
    assert detail in ledger.get(entry).detail


def test_what_cannot_be_asked_whether_it_keeps_its_word_stays_open(state: State, ledger: Ledger) -> None:
    entry = ledger.open(call())

    def down(_row: object) -> bool:
        raise SourceDown("shop does not answer.")

    assert [one.outcome for one in settle(after_a_crash(state), look({}), AT_ONCE, down)] == ["open"]
    assert ledger.get(entry).outcome == "open"


@pytest.mark.parametrize("seed", range(8))
def test_many_open_calls_on_one_row_are_told_apart(state: State, ledger: Ledger, seed: int) -> None:
    """Each call noted what it was about to do, all but perhaps the last did it, and any of them may be closed."""
    chance = random.Random(seed)
    for key in map(str, range(100, 106)):
        status, entries = "s0", {}
        for n in range(chance.randint(1, 6)):
            change = updated(key, status, f"s{chance.choice([n + 1, 0])}")
            if not change.fields():
                continue
            entry = ledger.open(call(), with_intent=True)
            ledger.intend(entry, [change])
            entries[entry], status = "done", change.after["status"]
            if chance.random() < 0.4:
                ledger.close(entry, "done", changes=[change])
        if chance.random() < 0.5:
            entry = ledger.open(call(), with_intent=True)
            ledger.intend(entry, [updated(key, status, "never")])
            entries[entry] = "failed"
        settle(after_a_crash(state), lambda change, row={"id": int(key), "status": status}: row, AT_ONCE)
        assert {entry: ledger.get(entry).outcome for entry in entries} == entries
    assert verify(state).ok


def test_a_row_that_others_changed_since_leaves_no_guess(state: State, ledger: Ledger) -> None:
    entry = ledger.open(call(), with_intent=True)
    ledger.intend(entry, [updated("7", "new", "paid")])
    other = ledger.open(call())
    ledger.close(other, "done", changes=[updated("7", "held", "sent")])
    settle(after_a_crash(state), look({"7": {"id": 7, "status": "sent"}}), AT_ONCE)
    assert ledger.get(entry).outcome == "unknown"


@pytest.fixture
def queue(state: State) -> Iterator[DurableQueue]:
    queue = DurableQueue(state)
    yield queue
    queue.close()


def with_queue(ledger: Ledger, queue: DurableQueue) -> Ledger:
    ledger.outbox = Outbox(queue=lambda: queue)
    return ledger


@pytest.mark.parametrize(("status", "jobs"), [("paid", 1), ("new", 0), ("lost", 0)])
def test_a_job_is_pushed_exactly_if_what_asked_for_it_was_done(
    state: State, ledger: Ledger, queue: DurableQueue, status: str, jobs: int
) -> None:
    later = datetime(2100, 1, 1, tzinfo=UTC)
    errand = Errand(
        "mail", {"job": "letters.send", "data": {"to": "Zoë"}}, {"actor": "user:ada"}, later, 7, "k", "s", 3
    )
    with_queue(ledger, queue)
    entry = ledger.open(call())
    ledger.intend(entry, [updated()], Follows(errands=[errand]))
    for _ in range(2):  # whoever dies while settling leaves it to the next
        settle(with_queue(after_a_crash(state), queue), look({"7": {"id": 7, "status": status}}), AT_ONCE)
    found = queue.jobs("mail")
    assert len(found) == jobs
    for job in found:
        assert (job.value, job.note, job.priority, job.max_attempts) == (errand.payload, errand.note, 7, 3)
        assert (job.key, job.serial, job.visible_at) == ("k", "s", later)
    assert ledger.get(entry).changes == ((updated(),) if jobs else ())
    assert verify(state).ok


def test_a_job_comes_with_the_closing_of_its_entry(state: State, ledger: Ledger, queue: DurableQueue) -> None:
    with_queue(ledger, queue)
    refused = Errand("mail", {}, {}, key="k" * 5000)
    for soon in (False, True):
        entry = ledger.open(call())
        ledger.intend(entry, [updated()], Follows(errands=[Errand("mail", {"soon": soon}, {})]))
        ledger.close(
            entry,
            "done",
            changes=[updated()],
            follows=Follows(errands=[refused, Errand("mail", {"soon": soon}, {})]),
            soon=soon,
        )
        assert ledger.get(entry).outcome == "done"  # a job that the queue refuses keeps no entry open
    assert sorted(job.value["soon"] for job in queue.jobs("mail")) == [False, True]


@pytest.mark.parametrize(("action", "undoes"), [("change.undo", True), ("row.update", False)])
def test_what_was_taken_back_before_a_crash_is_said_to_be(
    state: State, ledger: Ledger, action: str, undoes: bool
) -> None:
    first = ledger.open(call())
    ledger.close(first, "done", "", [updated()])
    entry = ledger.open(call(action, data={"entry": first}))
    ledger.intend(entry, [Change("shop", "orders", "7", PAID, {"id": 7, "status": "new"})])
    after = after_a_crash(state)
    assert [one.outcome for one in settle(after, look({"7": {"id": 7, "status": "new"}}), AT_ONCE)] == ["done"]
    assert after.get(entry).undoes == (first if undoes else None)
    assert verify(state).ok
