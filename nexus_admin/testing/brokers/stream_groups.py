"""What streams must do, second part: groups, lanes, leases, and commits that are fenced."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from nexus_admin.brokers.stream.protocol import Fresh, Position, Stream
from nexus_admin.domain.errors import BadRequest, NotFound, Refused
from nexus_admin.testing.brokers.stream_base import PATIENCE, StreamBase, fetched, put, seen, taken, values


class GroupContract(StreamBase):
    """Groups of readers."""

    @pytest.mark.req("S002-STREAM-07")
    def test_each_group_reads_for_itself(self, stream: Stream) -> None:
        """One that is slow does not keep another."""
        put(stream, "s", *range(5))
        stream.group("s", "quick")
        stream.group("s", "slow")
        held = fetched(stream, "s", "slow", n=2)
        assert taken(held) == [0, 1]
        for expected in ([0, 1, 2], [3, 4]):
            batch = fetched(stream, "s", "quick", n=3)
            assert taken(batch) == expected
            assert stream.commit(batch)
        assert stream.fetch("s", "quick") is None
        assert stream.fetch("s", "slow") is None
        assert stream.commit(held)
        assert taken(fetched(stream, "s", "slow")) == [2, 3, 4]

    def test_a_group_begins_where_it_is_told(self, stream: Stream) -> None:
        """And stays where it is when it is asked for again."""
        events = put(stream, "s", *range(4))
        stream.group("s", "all")
        stream.group("s", "new", start="end")
        stream.group("s", "mid", start=events[1].position)
        put(stream, "s", 4)
        for group, expected in (("all", [0, 1, 2, 3, 4]), ("new", [4]), ("mid", [2, 3, 4])):
            batch = fetched(stream, "s", group)
            assert taken(batch) == expected
            assert stream.commit(batch)
            stream.group("s", group)
            assert stream.fetch("s", group) is None
        with pytest.raises(Refused, match="1 lanes, not 2"):
            stream.group("s", "all", lanes=2)
        assert stream.forget_group("s", "all")
        assert not stream.forget_group("s", "all")
        stream.group("s", "all", lanes=2)

    def test_a_group_must_be_there(self, stream: Stream) -> None:
        """It may be before the stream has an event."""
        for call in (
            lambda: stream.fetch("s", "g"),
            lambda: stream.seek("s", "g", "end"),
            lambda: stream.parked("s", "g"),
            lambda: stream.unpark("s", "g", 1),
        ):
            with pytest.raises(NotFound, match="'g'"):
                call()
        stream.group("s", "g")
        assert stream.fetch("s", "g") is None
        put(stream, "s", 1)
        assert taken(fetched(stream, "s", "g")) == [1]

    def test_what_cannot_be_handed_out_is_refused(self, stream: Stream) -> None:
        """With a sentence."""
        put(stream, "s", 1, 2)
        stream.group("s", "g")
        for how in (
            {"n": 0}, {"n": 10_001}, {"lease": 0}, {"lease": -1}, {"lease": 1e9}, {"wait": -1}, {"lane": 1},
            {"lane": -1},
        ):  # fmt: skip
            with pytest.raises(BadRequest):
                stream.fetch("s", "g", **how)
        for lanes in (0, 1025):
            with pytest.raises(BadRequest):
                stream.group("s", "h", lanes=lanes)
        with pytest.raises(BadRequest, match="name"):
            stream.group("s", "a b")
        batch = fetched(stream, "s", "g", n=1)
        with pytest.raises(BadRequest, match="batch"):
            stream.commit(batch, upto=Position(0, 10**9))
        with pytest.raises(BadRequest):
            stream.extend(batch, float("nan"))
        with pytest.raises(BadRequest):
            stream.release(batch, retry_in=-1)

    def test_one_key_is_in_one_lane_and_lanes_go_side_by_side(self, stream: Stream) -> None:
        """Together they have every event once, each key in its order."""
        stream.group("s", "g", lanes=4)
        seen(stream, "s", stream.append("s", *(Fresh("t", n, key=f"k{n % 20}") for n in range(200))))
        seen(stream, "s", stream.append("s", *(Fresh("t", n) for n in range(200, 240))))
        batches = [fetched(stream, "s", "g", lane=lane) for lane in range(4)]
        assert stream.fetch("s", "g") is None
        keys = [{one.key for one in batch.events if one.key} for batch in batches]
        assert sum(len(one) for one in keys) == 20
        assert sorted(value for one in batches for value in taken(one)) == list(range(240))
        for batch in batches:
            assert batch.events == tuple(sorted(batch.events, key=lambda one: one.position))
            assert stream.commit(batch)
        assert stream.fetch("s", "g") is None

    def test_who_does_not_name_a_lane_gets_the_one_that_is_least_far(self, stream: Stream) -> None:
        """So no lane starves."""
        stream.group("s", "g", lanes=3)
        seen(stream, "s", stream.append("s", *(Fresh("t", n, key=f"k{n % 9}") for n in range(90))))
        done: list[int] = []
        while batch := stream.fetch("s", "g", n=5):
            done += taken(batch)
            assert stream.commit(batch)
        assert sorted(done) == list(range(90))

    def test_part_of_a_batch_can_be_done(self, stream: Stream) -> None:
        """The rest stays leased, and comes again when it is given back."""
        put(stream, "s", *range(6))
        stream.group("s", "g")
        batch = fetched(stream, "s", "g", n=4)
        assert stream.commit(batch, upto=batch.events[1].position)
        assert stream.fetch("s", "g") is None
        assert stream.commit(batch, upto=batch.events[0].position), "Going back changes nothing."
        stream.release(batch, "no more")
        again = fetched(stream, "s", "g", n=4)
        assert taken(again) == [2, 3, 4, 5]
        assert again.attempts == 1
        assert stream.commit(again, upto=again.events[3].position)
        assert not stream.commit(again)
        assert stream.fetch("s", "g") is None


class LeaseContract(StreamBase):
    """Leases, and commits that are fenced."""

    def test_a_batch_that_is_given_back_comes_again_in_its_time(
        self, stream: Stream, pass_time: Callable[[float], None]
    ) -> None:
        """In place, so that the order holds; its attempts are counted until it is done."""
        put(stream, "s", 1, 2)
        stream.group("s", "g")
        for attempts in range(3):
            batch = fetched(stream, "s", "g", n=1)
            assert (taken(batch), batch.attempts) == ([1], attempts)
            stream.release(batch, f"failed {attempts}", retry_in=0.2 if attempts == 1 else 0)
            assert not stream.commit(batch), "What was given back is nobody's."
            lane = stream.groups("s")[0].lanes[0]
            assert (lane.error, lane.leased, lane.attempts) == (f"failed {attempts}", False, attempts + 1)
            if attempts == 1:
                assert stream.fetch("s", "g") is None
                pass_time(0.3)
        batch = fetched(stream, "s", "g", n=1)
        assert batch.attempts == 3
        assert stream.commit(batch)
        batch = fetched(stream, "s", "g", n=1)
        assert (taken(batch), batch.attempts) == ([2], 0)
        assert stream.groups("s")[0].lanes[0].error is None

    def test_a_lease_that_is_over_lets_another_one_have_it(
        self, stream: Stream, pass_time: Callable[[float], None]
    ) -> None:
        """And what the first one says does not count any more."""
        put(stream, "s", 1)
        stream.group("s", "g")
        first = fetched(stream, "s", "g", lease=0.2)
        assert stream.fetch("s", "g") is None
        pass_time(0.3)
        assert not stream.commit(first), "Over is over, also where nobody took it."
        second = fetched(stream, "s", "g", lease=60)
        assert (second.events, second.attempts) == (first.events, 1)
        assert second.lease != first.lease
        assert not stream.commit(first)
        assert not stream.extend(first, 60)
        stream.release(first)
        assert stream.fetch("s", "g") is None
        assert stream.commit(second)
        assert not stream.commit(second)
        assert stream.fetch("s", "g") is None

    def test_a_lease_can_be_made_longer(self, stream: Stream, pass_time: Callable[[float], None]) -> None:
        """From now on."""
        put(stream, "s", 1)
        stream.group("s", "g")
        batch = fetched(stream, "s", "g", lease=0.3)
        assert stream.extend(batch, 60)
        pass_time(0.5)
        assert stream.fetch("s", "g") is None
        assert stream.commit(batch)

    def test_a_batch_that_was_made_up_counts_for_nothing(self, stream: Stream) -> None:
        """Another lease, generation, lane or group."""
        put(stream, "s", 1)
        stream.group("s", "g", lanes=2)
        batch = fetched(stream, "s", "g")
        for wrong in (
            replace(batch, lease="0" * 26),
            replace(batch, generation=batch.generation + 1),
            replace(batch, lane=1 - batch.lane),
            replace(batch, lane=7),
            replace(batch, group="h"),
            replace(batch, stream="t"),
        ):
            assert not stream.commit(wrong)
            assert not stream.extend(wrong, 1)
            assert not stream.park(wrong, batch.events[0], "x")
            stream.release(wrong)
        assert stream.commit(batch)

    @pytest.mark.req("S002-STREAM-09")
    def test_who_moves_a_group_fences_what_is_out(self, stream: Stream) -> None:
        """No commit of before counts, though nobody took the lane since."""
        events = put(stream, "s", *range(4))
        stream.group("s", "g")
        batch = fetched(stream, "s", "g", n=2)
        assert stream.seek("s", "g", events[2].position) == 1
        assert not stream.commit(batch)
        assert not stream.park(batch, batch.events[0], "x")
        after = fetched(stream, "s", "g")
        assert taken(after) == [3]
        assert after.generation > batch.generation
        assert stream.commit(after)
        assert stream.forget_group("s", "g")
        stream.group("s", "g")
        assert not stream.commit(after)

    def test_waiting_for_a_batch_ends_with_an_event_or_with_time(self, stream: Stream) -> None:
        """Whoever waits wakes up."""
        stream.group("s", "g")
        assert stream.fetch("s", "g", wait=0.05) is None
        timer = threading.Timer(0.05, stream.append, ("s", Fresh("t", 1)))
        timer.start()
        assert taken(fetched(stream, "s", "g")) == [1]
        timer.join()

    def test_waiting_for_a_batch_ends_with_one_that_is_given_back(self, stream: Stream) -> None:
        """Or whose lease ends."""
        put(stream, "s", 1, 2)
        stream.group("s", "g")
        batch = fetched(stream, "s", "g", n=1)
        timer = threading.Timer(0.05, stream.release, (batch,))
        timer.start()
        again = fetched(stream, "s", "g", n=1)
        timer.join()
        assert taken(again) == [1]
        assert stream.commit(again)
        assert taken(fetched(stream, "s", "g")) == [2]

    @pytest.mark.req("S002-STREAM-07")
    def test_many_workers_do_each_event_once_in_the_order_of_its_key(self, stream: Stream) -> None:
        """Eight workers on four lanes, while others append."""
        stream.group("s", "g", lanes=4)
        done: list[tuple[str, int]] = []
        guard = threading.Lock()
        deadline = time.monotonic() + 4 * PATIENCE

        def work(_: int) -> None:
            while len(done) < 300 and time.monotonic() < deadline:
                batch = stream.fetch("s", "g", n=20, wait=0.2, lease=600)
                if batch is not None:
                    with guard:
                        done.extend((one.key or "", one.value) for one in batch.events)
                    assert stream.commit(batch)

        def write(writer: int) -> None:
            for number in range(100):
                stream.append("s", Fresh("t", number, key=f"w{writer}"))

        with ThreadPoolExecutor(11) as pool:
            workers = [pool.submit(work, n) for n in range(8)]
            list(pool.map(write, range(3)))
            for one in workers:
                one.result()
        assert len(done) == 300
        for writer in range(3):
            assert [number for key, number in done if key == f"w{writer}"] == list(range(100))
        assert values(stream.read("s", limit=1, backwards=True)) == [99]
