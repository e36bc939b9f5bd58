"""The reading half of the contract of streams, on the ledger: what would append is a call that is done.

The ledger has no keys, one lane for each group, and is never trimmed; so what the contract asks of those is left out,
by name, and asked here in its own way.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

PARTS = ("stream_base", "stream_log", "stream_groups", "stream_keeping")
pytest.register_assert_rewrite(*(f"nexus_admin.testing.brokers.{one}" for one in PARTS))

from nexus_admin.audit.ledger import Ledger  # noqa: E402  (after the line above)
from nexus_admin.audit.stream.durable import LedgerStream, WithLedger  # noqa: E402
from nexus_admin.audit.stream.events import entry_of  # noqa: E402
from nexus_admin.brokers.content import content_of  # noqa: E402
from nexus_admin.brokers.fenced import FencedStream  # noqa: E402
from nexus_admin.brokers.stream import DurableStream, Fresh, MemoryStream, Stream, StreamEvent  # noqa: E402
from nexus_admin.brokers.stream.protocol import BEGIN, Parked  # noqa: E402
from nexus_admin.domain.action import Call  # noqa: E402
from nexus_admin.domain.errors import BadRequest, Refused  # noqa: E402
from nexus_admin.domain.target import Target  # noqa: E402
from nexus_admin.state.engine import State  # noqa: E402
from nexus_admin.testing.brokers.stream_base import fetched, put, taken, values  # noqa: E402
from nexus_admin.testing.brokers.stream_groups import GroupContract, LeaseContract  # noqa: E402
from nexus_admin.testing.brokers.stream_keeping import KeepingContract  # noqa: E402
from nexus_admin.testing.brokers.stream_log import FollowContract, LogContract  # noqa: E402
from tests.audit.conftest import ADA  # noqa: E402
from tests.state.conftest import KEY  # noqa: E402

EMPTY = """SELECT 'TRUNCATE ' || string_agg(quote_ident(tablename), ', ') FROM pg_tables
           WHERE schemaname = 'public' AND tablename ~ '^(stream|audit)_'"""


def forget(tx: sa.Connection) -> None:
    """Empty the tables of streams and of the ledger in PostgreSQL, past the triggers by which nothing is ever lost."""
    tx.exec_driver_sql("SET LOCAL session_replication_role = replica")
    tx.exec_driver_sql(tx.exec_driver_sql(EMPTY).scalar_one())


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[State]:
    sqlite = request.param == "sqlite"
    where = tmp_path / "nexus.sqlite" if sqlite else request.getfixturevalue("module_postgres_url")
    with State.open(where, key=KEY) as one:
        if not sqlite:
            one.write(forget)
        yield one


class Called:
    """What the streams of a test are called where the ledger is the one called `s`."""

    def out(self, name: str) -> str:
        return "audit" if name == "s" else name

    def inner(self, name: str) -> str:
        return "s" if name == "audit" else name

    def has(self, _name: str) -> bool:
        return True


class Done(FencedStream):
    """The ledger under the name `s`: what is appended to it is what a call was asked for, and so is what is read."""

    def __init__(self, ledger: Ledger, engine: Stream) -> None:
        self.whole = WithLedger(engine, LedgerStream(ledger))
        super().__init__(self.whole, "")
        self._fence: Any = Called()
        self._ledger, self._turn = ledger, threading.Lock()

    def append(self, stream: str, *events: Fresh, expect: int | None = None) -> list[StreamEvent]:
        if stream != "s":
            return super().append(stream, *events, expect=expect)
        with self._turn:
            last = self.whole.read("audit", limit=1, backwards=True)
            for one in events:
                self._ledger.note(Call(one.type, Target("shop"), {"value": one.payload}, ADA))
            self._ledger.state.flush()
            after = last[0].position if last else BEGIN
            return self._events(self.whole.read("audit", after=after, limit=10_000))

    def parked(self, stream: str, group: str, **how: Any) -> list[Parked]:
        found = super().parked(stream, group, **how)
        return [replace(one, event=self._event(replace(one.event, stream=self._fence.out(stream)))) for one in found]

    def close(self) -> None:
        self.whole.close()

    def _event(self, one: StreamEvent) -> StreamEvent:
        shown = super()._event(one)
        return replace(shown, content=content_of(entry_of(one).data["value"])) if shown.stream == "s" else shown


class OnTheLedger:
    @pytest.fixture
    def stream(self, state: State) -> Iterator[Done]:
        one = Done(Ledger(state), DurableStream(state))
        yield one
        one.close()


@pytest.mark.req("S002-STREAM-04")
class TestLog(OnTheLedger, LogContract):
    test_an_event_has_all_that_it_was_given = None
    test_all_of_it_is_given_one_by_one = None
    test_types_and_keys_narrow = None

    def test_all_entries_are_given_one_by_one(self, stream: Done) -> None:
        events = put(stream, "s", *range(2_100))
        given = stream.replay("s")
        assert next(given) == events[0]
        events += put(stream, "s", "late")
        assert list(given) == events[1:]
        assert list(stream.replay("s", after=events[2_098].position)) == events[2_099:]
        assert [one.position.seq for one in events] == list(range(1, 2_102))

    def test_actions_narrow(self, stream: Done) -> None:
        """As types do anywhere; no entry has a key."""
        names = ["order.paid", "order.sent", "orders", "order_.paid", "order", "ORDER.paid", "order.x.y"]
        stream.append("s", *(Fresh(name, n) for n, name in enumerate(names)))
        for types, found in (
            (["order.*"], [0, 1, 6]), (["order.paid"], [0]), (["order_.*", "orders"], [2, 3]), (["order.x.*"], [6]),
            (["none"], []), (["order%"], []), ([], list(range(7))),
        ):  # fmt: skip
            assert values(stream.read("s", types=types)) == found
        assert values(stream.read("s", types=["order.*"], backwards=True, limit=2)) == [6, 1]
        assert stream.read("s", key="a") == []


@pytest.mark.req("S002-STREAM-04")
class TestFollowing(OnTheLedger, FollowContract):
    test_readers_amid_writers_miss_nothing_and_see_one_order = None
    test_many_who_append_to_one_key_keep_its_order = None


@pytest.mark.req("S002-STREAM-04")
class TestGroups(OnTheLedger, GroupContract):
    test_a_group_begins_where_it_is_told = None
    test_one_key_is_in_one_lane_and_lanes_go_side_by_side = None
    test_who_does_not_name_a_lane_gets_the_one_that_is_least_far = None

    def test_a_group_of_the_chain_begins_where_it_is_told(self, stream: Done) -> None:
        events = put(stream, "s", *range(4))
        stream.group("s", "all")
        stream.group("s", "new", start="end")
        stream.group("s", "mid", start=events[1].position)
        stream.group("s", "late", start=events[3].at)
        put(stream, "s", 4)
        for group, expected in (("all", [0, 1, 2, 3, 4]), ("new", [4]), ("mid", [2, 3, 4])):
            batch = fetched(stream, "s", group)
            assert taken(batch) == expected
            assert stream.commit(batch)
            stream.group("s", group)
            assert stream.fetch("s", group) is None
        assert taken(fetched(stream, "s", "late"))[-2:] == [3, 4]
        with pytest.raises(Refused, match="one chain, so a group has 1 lanes, not 2"):
            stream.group("s", "other", lanes=2)
        assert stream.forget_group("s", "all")
        assert not stream.forget_group("s", "all")


@pytest.mark.req("S002-STREAM-04")
class TestLeases(OnTheLedger, LeaseContract):
    test_a_batch_that_was_made_up_counts_for_nothing = None
    test_many_workers_do_each_event_once_in_the_order_of_its_key = None

    def test_a_batch_that_somebody_made_up_counts_for_nothing(self, stream: Done) -> None:
        put(stream, "s", 1)
        stream.group("s", "g")
        batch = fetched(stream, "s", "g")
        for wrong in (
            replace(batch, lease="0" * 26), replace(batch, generation=batch.generation + 1), replace(batch, lane=1),
            replace(batch, group="h"), replace(batch, stream="t"),
        ):  # fmt: skip
            assert not stream.commit(wrong)
            assert not stream.extend(wrong, 1)
            assert not stream.park(wrong, batch.events[0], "x")
            stream.release(wrong)
        assert stream.commit(batch)


@pytest.mark.req("S002-STREAM-04")
class TestKeeping(OnTheLedger, KeepingContract):
    test_every_lane_is_moved = None
    test_what_is_tried_again_holds_its_lane_and_no_other = None
    test_forgetting_begins_with_the_oldest = None
    test_forgetting_goes_by_age = None
    test_nothing_is_forgotten_that_a_group_still_needs = None
    test_figures_say_how_it_is = None

    def test_figures_say_how_the_ledger_is(self, stream: Done) -> None:
        assert stream.figures() == []
        assert stream.groups("s") == []
        stream.group("s", "b")
        (one,) = stream.figures()
        assert (one.stream, one.events, one.head, one.last_at, one.groups) == ("s", 0, BEGIN, None, ("b",))
        events = put(stream, "s", *range(8))
        put(stream, "z", 1)
        one, other = stream.figures()
        assert (other.stream, other.events) == ("z", 1)
        assert (one.events, one.bytes, one.head) == (8, None, events[-1].position)
        assert (one.first_at, one.last_at) == (events[0].at, events[-1].at)
        assert stream.commit(fetched(stream, "s", "b", n=3))
        (group,) = stream.groups("s")
        assert (group.behind, group.parked, len(group.lanes)) == (5, 0, 1)
        assert group.lanes[0].position == events[2].position
        assert group.oldest is not None

    @pytest.mark.parametrize(
        "how", [{"keep": 0}, {"older_than": timedelta(0)}, {"keep_bytes": 0}, {"keep": 0, "force": True}]
    )
    def test_nothing_of_it_is_forgotten(self, stream: Done, how: dict[str, Any]) -> None:
        events = put(stream, "s", 1, 2)
        for trim in (stream.trim, stream.trim_plan):
            asked: Callable[..., Any] = trim
            with pytest.raises(Refused, match="it is kept whole"):
                asked("s", **how)
        assert stream.read("s") == events

    def test_nothing_is_appended_past_it(self, stream: Done) -> None:
        """Neither to it, nor to what an engine has under its name."""
        engines: tuple[Stream, ...] = (stream.whole, stream.whole.engine, MemoryStream())
        for engine in engines:
            with pytest.raises(Refused, match="'audit' is the ledger"):
                engine.append("audit", Fresh("t", 1))
        with pytest.raises(BadRequest, match="no name"):
            stream.whole.append("a b", Fresh("t", 1))
        assert stream.read("s") == []
