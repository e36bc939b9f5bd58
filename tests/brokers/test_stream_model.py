"""The stream against a model that is as plain as can be: whatever is asked in whatever order, both say the same."""

import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from nexus_admin.brokers.stream import Batch, DurableStream, Fresh, MemoryStream, Shift, Stream
from nexus_admin.brokers.stream.checking import slot_of
from nexus_admin.domain.errors import Conflict
from nexus_admin.domain.ids import as_ulid
from nexus_admin.state.engine import State
from tests.state.conftest import KEY

LANES = 2
KEYS = st.sampled_from([None, "a", "b", "c"])


class Model(RuleBasedStateMachine):
    """One stream, one group with two lanes. The model: a list of events, and how many of each lane are done with."""

    batches: Bundle[Batch] = Bundle("batches")

    def make(self) -> Stream:
        return MemoryStream(clock=lambda: self.now, wall=lambda: self.now)

    @initialize()
    def begin(self) -> None:
        self.now = 1_800_000_000.0
        self.stream = self.make()
        self.stream.group("s", "g", lanes=LANES)
        self.events: list[Any] = []
        self.ids = 0
        self.versions: dict[str, int] = {}
        self.done = [0] * LANES
        self.out: list[tuple[str, float] | None] = [None] * LANES
        self.pauses = [0.0] * LANES
        self.parked: list[int] = []

    def lane(self, number: int) -> list[Any]:
        return [one for one in self.events if self.slot(one) % LANES == number]

    def slot(self, event: Any) -> int:
        return slot_of(event.id if event.key is None else event.key)

    def fresh(self, key: str | None) -> Fresh:
        self.ids += 1  # an id of our own, for it says the lane of what has no key
        return Fresh("t", self.ids, key=key, id=as_ulid(UUID(int=self.ids)))

    def left(self, number: int) -> list[Any]:
        return self.lane(number)[self.done[number] :]

    def is_ours(self, batch: Batch) -> bool:
        held = self.out[batch.lane]
        return held is not None and held[0] == batch.lease and held[1] > self.now

    @rule(keys=st.lists(KEYS, min_size=1, max_size=4))
    def append(self, keys: list[str | None]) -> None:
        for event in self.stream.append("s", *(self.fresh(key) for key in keys)):
            if event.key is not None:
                self.versions[event.key] = self.versions.get(event.key, 0) + 1
                assert event.version == self.versions[event.key]
            self.events.append(event)

    @rule(key=st.sampled_from("abc"), off=st.integers(-1, 1))
    def append_expecting(self, key: str, off: int) -> None:
        expect = max(self.versions.get(key, 0) + off, 0)
        try:
            self.events += self.stream.append("s", self.fresh(key), expect=expect)
            assert expect == self.versions.get(key, 0)
            self.versions[key] = expect + 1
        except Conflict:
            assert expect != self.versions.get(key, 0)

    @rule(target=batches, lane=st.integers(0, LANES - 1), n=st.integers(1, 5), lease=st.sampled_from([1.0, 100.0]))
    def fetch(self, lane: int, n: int, lease: float) -> Any:
        batch = self.stream.fetch("s", "g", lane=lane, n=n, lease=lease)
        held = self.out[lane]
        free = (held is None or held[1] <= self.now) and self.pauses[lane] <= self.now
        if not free or not self.left(lane):
            assert batch is None
            return multiple()
        assert batch is not None
        assert list(batch.events) == self.left(lane)[:n]
        self.out[lane] = (batch.lease, self.now + lease)
        return batch

    @rule(batch=consumes(batches))
    def commit(self, batch: Batch) -> None:
        ours = self.is_ours(batch)
        assert self.stream.commit(batch) == ours
        if ours:
            self.done[batch.lane] = self.lane(batch.lane).index(batch.events[-1]) + 1
            self.out[batch.lane] = None

    @rule(batch=batches, place=st.integers(0, 4))
    def commit_part(self, batch: Batch, place: int) -> None:
        event = batch.events[min(place, len(batch.events) - 1)]
        ours = self.is_ours(batch)
        assert self.stream.commit(batch, upto=event.position) == ours
        if ours:
            self.done[batch.lane] = max(self.done[batch.lane], self.lane(batch.lane).index(event) + 1)
            if event == batch.events[-1]:
                self.out[batch.lane] = None

    @rule(batch=consumes(batches), pause=st.sampled_from([0.0, 5.0]))
    def release(self, batch: Batch, pause: float) -> None:
        ours = self.is_ours(batch)
        self.stream.release(batch, "x", retry_in=pause)
        if ours:
            self.out[batch.lane], self.pauses[batch.lane] = None, self.now + pause if pause else 0.0

    @rule(batch=batches)
    def park(self, batch: Batch) -> None:
        rest = self.left(batch.lane)
        ours = self.is_ours(batch)
        event = rest[0] if ours else batch.events[0]
        assert self.stream.park(batch, event, "no") == ours
        if ours:
            self.done[batch.lane] += 1
            self.parked.append(event.position.seq)
            if event == batch.events[-1]:
                self.out[batch.lane] = None

    @rule(to=st.sampled_from(["begin", "end", 1, -1, -3]))
    def seek(self, to: Any) -> None:
        self.stream.seek("s", "g", Shift(to) if isinstance(to, int) else to)
        for lane in range(LANES):
            whole = len(self.lane(lane))
            moved = self.done[lane] + to if isinstance(to, int) else 0 if to == "begin" else whole
            self.done[lane] = min(max(moved, 0), whole)
            self.out[lane], self.pauses[lane] = None, 0.0

    @rule(seconds=st.sampled_from([0.5, 2.0, 200.0]))
    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    @invariant()
    def the_same_is_read(self) -> None:
        if hasattr(self, "stream"):
            assert self.stream.read("s") == self.events
            assert [one.event.position.seq for one in self.stream.parked("s", "g")] == sorted(set(self.parked))
            group = self.stream.groups("s")[0]
            assert [lane.behind for lane in group.lanes] == [len(self.left(lane)) for lane in range(LANES)]

    def teardown(self) -> None:
        if hasattr(self, "stream"):
            self.stream.close()


class InTables(Model):
    """The same on SQLite."""

    def make(self) -> Stream:
        self.folder = tempfile.TemporaryDirectory()
        self.state = State.open(Path(self.folder.name) / "nexus.sqlite", key=KEY)
        return DurableStream(self.state, clock=lambda: self.now, wall=lambda: self.now)

    def teardown(self) -> None:
        super().teardown()
        if hasattr(self, "state"):
            self.state.close()
            self.folder.cleanup()


TestModel = pytest.mark.req("S002-STREAM-07", "S002-STREAM-09", "S002-STREAM-10")(Model.TestCase)
TestModel.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestInTables = pytest.mark.req("S002-STREAM-07", "S002-STREAM-09", "S002-STREAM-10")(InTables.TestCase)
TestInTables.settings = settings(max_examples=12, stateful_step_count=30, deadline=None)
