"""Finding entries: pages, filters, facets, a timeline and a row's history."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from nexus_admin.audit.ledger import Ledger
from nexus_admin.audit.place import Place, extent_of, place_of
from nexus_admin.audit.query import AuditQuery, Within
from nexus_admin.audit.record import microseconds
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.audit import Change
from nexus_admin.domain.errors import BadRequest, NotFound
from nexus_admin.domain.target import Target
from nexus_admin.state.engine import State
from nexus_admin.state.tables.ledger import audit_change
from tests.audit.conftest import ORDER, call, updated

Did = Callable[..., str]
EVE = Actor("user:eve", name="Eve")


def ids(ledger: Ledger, **query: object) -> list[str]:
    return [entry.id for entry in ledger.find(AuditQuery(**query)).entries]  # type: ignore[arg-type]


def test_pages_come_newest_first_and_hold_every_entry_once(ledger: Ledger, did: Did) -> None:
    expected = [did() for _ in range(25)][::-1]
    found, cursor = list[str](), None
    while True:
        page = ledger.find(AuditQuery(limit=10, cursor=cursor))
        found += [entry.id for entry in page.entries]
        did()  # what comes meanwhile does not shift the pages
        cursor = page.next
        if cursor is None:
            break
    assert found == expected


def test_each_filter_narrows(ledger: Ledger, did: Did) -> None:
    one = did("row.update", updated("7"))
    two = did("row.delete", actor=EVE, target=Target("shop", "items", "100%"))
    three = ledger.open(call("rows.export", Target("crm", "orders")))
    ledger.close(three, "denied", "Nobody may take 50_000 rows.")
    four = ledger.open(call("row.list"), parent=one)
    assert ids(ledger) == [four, three, two, one]
    assert ids(ledger, actors=("user:eve",)) == [two]
    assert ids(ledger, actors=("user:eve", "user:ada")) == [four, three, two, one]
    assert ids(ledger, actions=("row.*",)) == [four, two, one]
    assert ids(ledger, actions=("row.delete", "*.export")) == [three, two]
    assert ids(ledger, actions=("row_*",)) == []
    assert ids(ledger, sources=("crm",)) == [three]
    assert ids(ledger, sources=("shop",), resources=("orders",), key="7") == [four, one]
    assert ids(ledger, outcomes=("denied",)) == [three]
    assert ids(ledger, outcomes=("open",)) == [four]
    assert ids(ledger, vias=("rest",)) == []
    assert ids(ledger, parent=one) == [four]
    assert ids(ledger, outermost=True) == [three, two, one]
    assert ids(ledger, changing=True) == [one]


def test_free_text_is_found_literally_in_names_sentences_titles_and_inputs(ledger: Ledger, did: Did) -> None:
    one = did("row.update", updated("7"))
    two = did("row.delete", actor=EVE, target=Target("shop", "items", "100%"))
    three = ledger.open(call(data={"note": "Paid in CASH_"}))
    ledger.close(three, "failed", "The database refused.")
    assert ids(ledger, text="order 7") == [one]
    assert ids(ledger, text="eve") == [two]
    assert ids(ledger, text="100%") == [two]
    assert ids(ledger, text="%") == [two]
    assert ids(ledger, text="_") == [three]
    assert ids(ledger, text=" cash ") == [three]
    assert ids(ledger, text="REFUSED") == [three]
    assert ids(ledger, text="'; drop table audit_entry --") == []


def test_times_narrow_and_need_a_zone(ledger: Ledger, did: Did) -> None:
    one = did()
    at = ledger.get(one).at
    assert ids(ledger, since=at) == [one]
    assert ids(ledger, until=at) == []
    assert ids(ledger, since=at - timedelta(hours=1), until=at + timedelta(microseconds=1)) == [one]
    assert ids(ledger, since=at.astimezone(timezone(timedelta(hours=9)))) == [one]
    with pytest.raises(BadRequest, match="has no time zone"):
        ids(ledger, since=datetime(2026, 1, 1))


@pytest.mark.parametrize("query", [AuditQuery(limit=0), AuditQuery(limit=1001), AuditQuery(cursor="x"),
                                   AuditQuery(cursor="-1"), AuditQuery(cursor="9" * 40)])  # fmt: skip
def test_a_page_that_cannot_be_is_refused(ledger: Ledger, query: AuditQuery) -> None:
    with pytest.raises(BadRequest):
        ledger.find(query)


def test_a_page_brings_the_first_changes_and_says_how_many_there_are(ledger: Ledger, did: Did) -> None:
    entry = did("rows.update", *(updated(str(n)) for n in range(30)))
    page = ledger.find(AuditQuery(changes=3))
    assert len(page.entries[0].changes) == 3
    assert page.changes == {entry: 30}


def test_an_export_yields_every_entry_with_every_change(ledger: Ledger, did: Did) -> None:
    for n in range(12):
        did("rows.update", *(updated(str(m)) for m in range(n)))
    exported = list(ledger.export(AuditQuery(actions=("rows.update",))))
    assert [len(entry.changes) for entry in exported] == list(range(12))[::-1]


def test_facets_count_and_leave_their_own_filter_out(ledger: Ledger, did: Did) -> None:
    for _ in range(3):
        did("row.update")
    did("row.delete", actor=EVE)
    did("row.delete", actor=EVE, target=Target("shop"))
    facets = ledger.facets(AuditQuery(actions=("row.delete",)))
    assert facets.counts["actions"] == (("row.update", 3), ("row.delete", 2))
    assert facets.counts["actors"] == (("user:eve", 2),)
    assert facets.counts["resources"] == (("orders", 1),)
    assert facets.counts["outcomes"] == (("done", 2),)
    assert facets.names == {"user:eve": "Eve"}
    assert not facets.capped


def test_the_timeline_counts_by_hour_and_by_the_local_day(
    ledger: Ledger, did: Did, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at(hour: int, day: int = 1) -> None:
        moment = microseconds(datetime(2026, 3, day, hour, 30, tzinfo=UTC))
        monkeypatch.setattr("nexus_admin.audit.record.now", lambda: moment)
        did()

    for hour in (9, 9, 10, 23):
        at(hour)
    at(0, day=2)
    hours = ledger.timeline(AuditQuery(), "hour")
    assert [(start.hour, count) for start, count in hours] == [(9, 2), (10, 1), (23, 1), (0, 1)]
    days = ledger.timeline(AuditQuery(), "day")
    assert days == [(datetime(2026, 3, 1, tzinfo=UTC), 4), (datetime(2026, 3, 2, tzinfo=UTC), 1)]
    in_paris = ledger.timeline(AuditQuery(), "day", 60)
    assert in_paris == [(datetime(2026, 2, 28, 23, tzinfo=UTC), 3), (datetime(2026, 3, 1, 23, tzinfo=UTC), 2)]
    with pytest.raises(BadRequest, match="by hour or by day"):
        ledger.timeline(AuditQuery(), "second")


def test_the_history_of_a_row_leads_to_the_outermost_call(ledger: Ledger, did: Did) -> None:
    made = did("row.create", Change("shop", "orders", "7", None, {"id": 7, "status": "new"}))
    did("row.update", updated("8"))
    outer = ledger.open(call("refunds.issue", ORDER))
    middle = ledger.open(call("rows.update", ORDER), parent=outer)
    inner = ledger.open(call("row.update", ORDER), parent=middle)
    ledger.close(inner, "done", changes=[updated("7"), updated("7", "paid", "refunded")])
    ledger.close(middle, "done")
    ledger.close(outer, "done", "Refunded.")
    past = ledger.history("shop", "orders", "7")
    assert [one.change.fields() for one in past] == [("status",), ("status",), ("id", "status")]
    assert [one.change.after["status"] for one in past if one.change.after] == ["refunded", "paid", "new"]
    assert [(one.entry.id, one.root.id) for one in past] == [(inner, outer), (inner, outer), (made, made)]
    assert past[0].root.detail == "Refunded."
    assert len(ledger.history("shop", "orders", "7", limit=1)) == 1
    assert ledger.history("shop", "orders", "9") == []


def test_an_entry_that_was_taken_back_says_by_which(ledger: Ledger, did: Did) -> None:
    entry = did("row.update", updated())
    undo = ledger.open(call("audit.undo"))
    ledger.close(undo, "done", changes=[updated("7", "paid", "new")], undoes=entry)
    assert ledger.get(entry).undone_by == undo
    assert ledger.get(undo).undoes == entry
    assert [one.entry.undone_by for one in ledger.history("shop", "orders", "7")] == [None, undo]
    failed = ledger.open(call("audit.undo"))
    ledger.close(failed, "failed", undoes=undo)
    assert ledger.get(undo).undone_by is None


def test_a_group_is_a_call_with_all_that_ran_within_it(ledger: Ledger) -> None:
    outer = ledger.open(call("a.a"))
    first = ledger.open(call("b.b"), parent=outer)
    deep = ledger.open(call("c.c"), parent=first)
    second = ledger.open(call("d.d"), parent=outer)
    ledger.open(call("e.e"))
    assert [entry.id for entry in ledger.group(outer)] == [outer, first, deep, second]
    assert [entry.id for entry in ledger.group(first)] == [first, deep]


def test_what_changed_rows_by_calls_within_it_is_found_with_how_much_that_was(ledger: Ledger, did: Did) -> None:
    outer = ledger.open(call("refunds.issue", ORDER))
    middle = ledger.open(call("rows.update", ORDER), parent=outer)
    inner = ledger.open(call("row.update", ORDER), parent=middle)
    ledger.close(inner, "done", changes=[updated("7"), updated("8")])
    ledger.close(middle, "done", changes=[updated("9")])
    ledger.close(outer, "done")
    plain = did("row.update", updated())
    did("row.read")
    found = ledger.find(AuditQuery(outermost=True, changing=True))
    assert [one.id for one in found.entries] == [plain, outer]
    assert found.within == {outer: Within(2, 3)}
    assert [one.id for one in ledger.find(AuditQuery(changing=True)).entries] == [plain, inner, middle]
    assert ledger.find(AuditQuery()).within == {}


def test_an_entry_knows_its_place_and_whether_its_link_holds(ledger: Ledger, state: State, did: Did) -> None:
    first, second, third = did("row.update", updated()), did("row.read"), did("row.update", updated("8"))
    place = place_of(state, second)
    assert [one and one.entry for one in (place.before, place.here, place.after)] == [first, second, third]
    assert place.holds
    assert place_of(state, first).before is None
    assert place_of(state, first).holds
    assert place_of(state, third).after is None
    still_open = ledger.open(call("row.update", ORDER))
    assert place_of(state, still_open) == Place(None, None, None, True)
    assert (extent_of(state).opened, extent_of(state).seq) == (4, 3)
    altered = sa.update(audit_change).where(audit_change.c.key == "8").values(title="Another")
    state.write(lambda connection: connection.execute(altered))
    assert not place_of(state, third).holds
    assert place_of(state, second).holds
    with pytest.raises(NotFound, match="no audit entry"):
        place_of(state, "none")
