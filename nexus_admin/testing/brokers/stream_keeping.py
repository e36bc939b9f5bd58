"""What streams must do, third part: moving groups, setting events aside, forgetting, and figures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from nexus_admin.brokers.stream.protocol import BEGIN, Fresh, Shift, Stream, To
from nexus_admin.domain.errors import BadRequest
from nexus_admin.testing.brokers.stream_base import StreamBase, fetched, put, seen, taken, values


class KeepingContract(StreamBase):
    """What becomes of events later."""

    @pytest.mark.req("S002-STREAM-09")
    def test_a_group_goes_to_the_beginning_the_end_and_anywhere(self, stream: Stream) -> None:
        """It is told how many events are before it then."""
        events = put(stream, "s", *range(10))
        stream.group("s", "g", start="end")
        moves: tuple[tuple[To, int], ...] = (
            ("begin", 10), (events[3].position, 6), (Shift(2), 4), (Shift(-5), 9), (Shift(0), 9), (Shift(-99), 10),
            (Shift(99), 0), (Shift(-1), 1), ("end", 0), (BEGIN, 10),
        )  # fmt: skip
        for to, before in moves:
            assert stream.seek("s", "g", to, try_only=True) == before
            assert stream.seek("s", "g", to) == before
            assert stream.groups("s")[0].behind == before
            batch = stream.fetch("s", "g", n=1)
            assert (batch is None) == (before == 0)
            if batch is not None:
                assert taken(batch) == [10 - before]
                stream.release(batch)

    def test_trying_moves_nothing(self, stream: Stream) -> None:
        """And fences nobody."""
        put(stream, "s", 1, 2)
        stream.group("s", "g")
        batch = fetched(stream, "s", "g", n=1)
        assert stream.seek("s", "g", "end", try_only=True) == 0
        assert stream.commit(batch)
        assert taken(fetched(stream, "s", "g")) == [2]

    @pytest.mark.req("S002-STREAM-09")
    def test_a_group_goes_to_a_moment(self, stream: Stream, pass_time: Callable[[float], None]) -> None:
        """To what came at or after it."""
        put(stream, "s", 1, 2)
        pass_time(0.05)
        third = put(stream, "s", 3)[0]
        pass_time(0.05)
        put(stream, "s", 4)
        stream.group("s", "g")
        assert stream.seek("s", "g", third.at) == 2
        assert taken(fetched(stream, "s", "g")) == [3, 4]
        assert stream.seek("s", "g", third.at - timedelta(days=9)) == 4
        assert stream.seek("s", "g", third.at + timedelta(days=9)) == 0
        with pytest.raises(BadRequest, match="time zone"):
            stream.seek("s", "g", datetime(2020, 1, 1))

    def test_every_lane_is_moved(self, stream: Stream) -> None:
        """A shift goes by the events of each lane."""
        stream.group("s", "g", lanes=3)
        seen(stream, "s", stream.append("s", *(Fresh("t", n, key=f"k{n % 12}") for n in range(60))))
        assert stream.seek("s", "g", "end") == 0
        assert stream.seek("s", "g", Shift(-2)) == 6
        assert stream.seek("s", "g", "begin") == 60

    @pytest.mark.req("S002-STREAM-10")
    def test_an_event_is_set_aside_and_passed(self, stream: Stream) -> None:
        """With its error and attempts; it can be looked at, and forgotten."""
        events = put(stream, "s", *range(4))
        stream.group("s", "g")
        stream.release(fetched(stream, "s", "g"), "once")
        batch = fetched(stream, "s", "g", n=3)
        assert stream.park(batch, events[0], "it does not fit")
        assert stream.commit(batch, upto=events[1].position)
        assert stream.park(batch, events[2], "nor this")
        assert not stream.park(batch, events[2], "twice")
        assert taken(fetched(stream, "s", "g")) == [3]
        aside = stream.parked("s", "g")
        assert [(one.event, one.error, one.attempts, one.group) for one in aside] == [
            (events[0], "it does not fit", 2, "g"), (events[2], "nor this", 1, "g"),
        ]  # fmt: skip
        assert abs(aside[0].at - datetime.now(UTC)) < timedelta(days=3650)
        assert stream.groups("s")[0].parked == 2
        first = aside[0].event.position.seq
        assert values([one.event for one in stream.parked("s", "g", after=first)]) == [2]
        assert len(stream.parked("s", "g", limit=1)) == 1
        assert stream.unpark("s", "g", first, 10**9) == 1
        assert stream.unpark("s", "g", first) == 0
        assert values([one.event for one in stream.parked("s", "g")]) == [2]

    def test_what_was_set_aside_is_tried_again_without_moving_the_group(self, stream: Stream) -> None:
        """One by one, past what comes next; done, it is not set aside any more, and failing it is once more."""
        events = put(stream, "s", *range(4))
        stream.group("s", "g")
        batch = fetched(stream, "s", "g", n=3)
        for event in events[:3]:
            assert stream.park(batch, event, "it does not fit")
        first, second, _ = (one.position.seq for one in events[:3])
        assert stream.retry("s", "g", first, 10**9) == 1
        assert [one.again for one in stream.parked("s", "g")] == [True, False, False]
        batch = fetched(stream, "s", "g")
        assert (taken(batch), batch.again) == ([0], True)
        assert stream.fetch("s", "g") is None
        assert stream.extend(batch, 60)
        assert stream.commit(batch)
        assert not stream.commit(batch)
        assert stream.retry("s", "g", second) == 1
        stream.release(fetched(stream, "s", "g"))
        batch = fetched(stream, "s", "g")
        assert (taken(batch), batch.again) == ([1], True)
        stream.release(batch, "still not", retry_in=60)
        aside = stream.parked("s", "g")
        assert [(one.event, one.error, one.again) for one in aside] == [
            (events[1], "still not", False), (events[2], "it does not fit", False),
        ]  # fmt: skip
        assert aside[0].attempts > aside[1].attempts
        batch = fetched(stream, "s", "g")
        assert (taken(batch), batch.again) == ([3], False)
        assert stream.commit(batch)
        assert stream.retry("s", "g") == 2
        assert stream.park(fetched(stream, "s", "g"), events[1], "never")
        assert stream.commit(fetched(stream, "s", "g"))
        assert [(one.event, one.error) for one in stream.parked("s", "g")] == [(events[1], "never")]
        assert stream.fetch("s", "g") is None

    def test_what_is_tried_again_holds_its_lane_and_no_other(self, stream: Stream) -> None:
        """And a group that was moved meanwhile knows nothing of it."""
        events = seen(stream, "s", stream.append("s", *(Fresh("t", n, key=f"k{n % 9}") for n in range(18))))
        stream.group("s", "g", lanes=3)
        held = fetched(stream, "s", "g", lane=0)
        assert stream.park(held, held.events[0], "x")
        stream.release(held)
        stream.retry("s", "g")
        assert not fetched(stream, "s", "g", lane=1).again
        tried = fetched(stream, "s", "g", lane=0)
        assert (tried.again, tried.events) == (True, held.events[:1])
        stream.seek("s", "g", "begin")
        assert not stream.commit(tried)
        assert stream.parked("s", "g")[0].again
        assert len(events) == 18

    def test_only_the_first_that_is_not_done_with_is_set_aside(self, stream: Stream) -> None:
        """So that none is passed unseen."""
        events = put(stream, "s", *range(4))
        stream.group("s", "g")
        batch = fetched(stream, "s", "g", n=3)
        with pytest.raises(BadRequest, match="come others"):
            stream.park(batch, events[1], "x")
        with pytest.raises(BadRequest, match="not in this batch"):
            stream.park(batch, events[3], "x")
        assert stream.parked("s", "g") == []
        assert stream.commit(batch)

    def test_a_group_that_is_forgotten_takes_what_it_set_aside_with_it(self, stream: Stream) -> None:
        """Another's stays."""
        events = put(stream, "s", 1)
        for group in ("g", "h"):
            stream.group("s", group)
            stream.park(fetched(stream, "s", group), events[0], "x")
        stream.forget_group("s", "g")
        stream.group("s", "g", start="end")
        assert stream.parked("s", "g") == []
        assert len(stream.parked("s", "h")) == 1

    @pytest.mark.req("S002-STREAM-11")
    def test_forgetting_begins_with_the_oldest(self, stream: Stream) -> None:
        """By how many are kept; positions and versions go on."""
        events = put(stream, "s", *range(10), key="k")
        put(stream, "t", "other")
        assert stream.trim("s", keep=20) == 0
        assert stream.trim("s", keep=4) == 6
        assert stream.read("s") == events[6:]
        assert stream.trim("s", keep=0) == 4
        assert stream.read("s") == []
        assert values(stream.read("t")) == ["other"]
        one = put(stream, "s", "new", key="k")[0]
        assert one.version == 11
        assert one.position > events[-1].position
        assert stream.append("s", Fresh("t", "newer", key="k"), expect=11)[0].version == 12

    @pytest.mark.req("S002-STREAM-11")
    def test_forgetting_goes_by_age(self, stream: Stream, pass_time: Callable[[float], None]) -> None:
        """Both together mean what both allow."""
        put(stream, "s", 1, 2, 3)
        pass_time(1.5)
        put(stream, "s", 4)
        assert stream.trim("s", older_than=timedelta(hours=1)) == 0
        assert stream.trim("s", older_than=timedelta(seconds=1), keep=3) == 1
        assert stream.trim("s", older_than=timedelta(seconds=1)) == 2
        assert values(stream.read("s")) == [4]
        wrongs: tuple[dict[str, Any], ...] = ({}, {"keep": -1}, {"older_than": timedelta(-1)})
        for wrong in wrongs:
            with pytest.raises(BadRequest):
                stream.trim("s", **wrong)

    @pytest.mark.req("S002-STREAM-11")
    def test_nothing_is_forgotten_that_a_group_still_needs(self, stream: Stream) -> None:
        """What it has not done with, and what it set aside; a lane without events keeps nothing."""
        stream.group("s", "g", lanes=50)
        events = put(stream, "s", *range(6), key="k")
        batch = fetched(stream, "s", "g", n=3)
        assert stream.trim("s", keep=0) == 0
        assert stream.park(batch, events[0], "x")
        assert stream.commit(batch)
        assert stream.trim("s", keep=0) == 2
        assert values(stream.read("s")) == [0, 3, 4, 5]
        assert stream.unpark("s", "g", events[0].position.seq) == 1
        assert stream.trim("s", keep=0) == 1
        assert taken(fetched(stream, "s", "g")) == [3, 4, 5]

    @pytest.mark.req("S002-STREAM-08")
    def test_figures_say_how_it_is(self, stream: Stream) -> None:
        """Of streams, groups and lanes."""
        assert stream.figures() == []
        assert stream.groups("s") == []
        stream.group("s", "b", lanes=2)
        stream.group("s", "a")
        events = seen(stream, "s", stream.append("s", *(Fresh("t", b"12345", key=f"k{n}") for n in range(8))))
        put(stream, "r", b"")
        other, one = stream.figures()
        assert (other.stream, other.events, other.bytes, other.groups) == ("r", 1, 0, ())
        assert (one.stream, one.events, one.bytes, one.groups) == ("s", 8, 40, ("a", "b"))
        assert one.head == events[-1].position
        assert (one.first_at, one.last_at) == (events[0].at, events[-1].at)
        batch = fetched(stream, "s", "a", n=3)
        group, lanes = stream.groups("s")
        assert (group.stream, group.group, group.behind, group.parked) == ("s", "a", 8, 0)
        assert (group.lanes[0].leased, group.lanes[0].position, group.lanes[0].attempts) == (True, BEGIN, 1)
        assert group.oldest is not None
        assert lanes.behind == sum(lane.behind for lane in lanes.lanes) == 8
        assert [lane.lane for lane in lanes.lanes] == [0, 1]
        assert stream.commit(batch)
        group = stream.groups("s")[0]
        assert (group.behind, group.lanes[0].leased, group.lanes[0].position) == (5, False, events[2].position)
        stream.seek("s", "a", "end")
        group = stream.groups("s")[0]
        assert (group.behind, group.oldest) == (0, None)
