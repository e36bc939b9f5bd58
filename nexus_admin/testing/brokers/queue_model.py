"""A queue as plainly as it can be said, and a machine that holds an engine to it, whatever is done in whatever order.

machine = machine_of(make, forward)   # `make()` gives an empty queue, `forward(seconds)` lets its time pass
TestModel = machine.TestCase
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from nexus_admin.brokers.queue.protocol import OVER, Job, JobState, Queue

NAMES = st.sampled_from(["a", "a", "b"])
SPANS = st.sampled_from([0.0, 0.0, 0.0, 1.0, 5.0, 30.0])
KEYS = st.sampled_from([None, None, "k", "l"])
Terms = tuple[str, float, int, str | None, str | None, int]
"""Queue, delay, priority, key, serial key, attempts."""
TERMS = st.tuples(NAMES, SPANS, st.integers(-1, 1), KEYS, KEYS, st.integers(1, 3))


@dataclass
class Piece:
    """A job of the model."""

    id: str
    queue: str
    number: int
    priority: int
    most: int
    key: str | None
    serial: str | None
    due: float
    state: JobState = "waiting"
    attempts: int = 0
    lease: str | None = None
    holds: bool = False


class Model:
    """All jobs in a list. Every question looks at every one of them."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pieces: dict[str, Piece] = {}
        self.held: set[str] = set()

    def line(self, piece: Piece) -> list[Piece]:
        """Return those that are not over and share its serial key, and itself."""
        return [
            one
            for one in self.under_way()
            if one is piece or (piece.serial is not None and (one.queue, one.serial) == (piece.queue, piece.serial))
        ]

    def under_way(self) -> Iterable[Piece]:
        """Return those that are not over, the oldest first."""
        return [one for _, one in sorted(self.pieces.items()) if one.state not in OVER]

    def settle(self) -> None:
        """Let time have its way, and lines their order, until nothing moves."""
        moved = True
        while moved:
            moved = False
            for one in self.under_way():
                if not any(other.holds for other in self.line(one)):
                    one.holds = moved = True
            for one in self.under_way():
                if one.holds and one.due <= self.now and one.state in ("waiting", "running"):
                    moved = True
                    self.come_due(one)

    def come_due(self, one: Piece) -> None:
        """Let what *one* waited for happen."""
        if one.state == "running" and one.attempts >= one.most:
            one.state, one.holds = "dead", False
        else:
            one.state = "ready"
        one.lease = None

    def finish(self, one: Piece, state: JobState) -> None:
        """Let *one* be over."""
        one.state, one.lease, one.holds = state, None, False
        self.settle()

    def ready(self, names: list[str], n: int) -> list[Piece]:
        """Return what is handed out next."""
        found = [one for one in self.under_way() if one.state == "ready" and one.queue in {*names} - self.held]
        return sorted(found, key=lambda one: (-one.priority, one.id))[:n]

    def had(self, queue: str, key: str | None) -> str | None:
        """Return the id of who has *key*."""
        return next((one.id for one in self.under_way() if key and (one.queue, one.key) == (queue, key)), None)


class QueueMachine(RuleBasedStateMachine):
    """Does to a queue what it does to the model, and compares."""

    make: Callable[[], Queue]
    forward: Callable[[float], None]

    def __init__(self) -> None:
        super().__init__()
        self.queue = self.make()
        self.model = Model()
        self.number = 0
        self.taken: list[Job] = []

    def teardown(self) -> None:
        """Close it."""
        self.queue.close()

    @initialize(many=st.lists(TERMS, min_size=3, max_size=8))
    def begin(self, many: list[Terms]) -> None:
        """Begin with some."""
        for terms in many:
            self.push(terms)

    @rule(n=st.integers(1, 4))
    def pop_all(self, n: int) -> None:
        """Take the first of everything, as most do."""
        self.pop(["a", "b"], n, 20.0)

    @rule(many=st.lists(TERMS, min_size=1, max_size=3))
    def push_some(self, many: list[Terms]) -> None:
        """Push some."""
        for terms in many:
            self.push(terms)

    def push(self, terms: Terms) -> None:
        """Push one."""
        name, delay, priority, key, serial, most = terms
        self.number += 1
        id = self.queue.push(
            name, self.number, delay=delay, priority=priority, key=key, serial=serial, max_attempts=most
        )
        if there := self.model.had(name, key):
            assert id == there
            return
        due = self.model.now + delay
        self.model.pieces[id] = Piece(id, name, self.number, priority, most, key, serial, due)
        self.model.settle()

    @rule(
        names=st.sampled_from([["a", "b"], ["b", "a"], ["a"], ["b"]]),
        n=st.integers(1, 4),
        lease=st.sampled_from([2.0, 20.0]),
    )
    def pop_some(self, names: list[str], n: int, lease: float) -> None:
        """Take some."""
        self.pop(names, n, lease)

    def pop(self, names: list[str], n: int, lease: float) -> None:
        """Take what there is, which is what the model says."""
        expected = self.model.ready(names, n)
        jobs = self.queue.pop(*names, n=n, lease=lease)
        assert [(job.id, job.value) for job in jobs] == [(one.id, one.number) for one in expected]
        for one, job in zip(expected, jobs, strict=True):
            one.state, one.lease, one.due = "running", job.lease, self.model.now + lease
            one.attempts += 1
            assert job.attempts == one.attempts
        self.taken += jobs

    def ours(self, job: Job) -> Piece | None:
        """Return the piece if *job* may still settle it."""
        one = self.model.pieces.get(job.id)
        return one if one and one.state == "running" and one.lease == job.lease else None

    @precondition(lambda self: self.taken)
    @rule(data=st.data())
    def ack(self, data: st.DataObject) -> None:
        """Settle one, though it may be too late."""
        job = data.draw(st.sampled_from(self.taken[-5:]))
        one = self.ours(job)
        assert self.queue.ack(job) == (one is not None)
        if one is not None:
            self.model.finish(one, "done")

    @precondition(lambda self: self.taken)
    @rule(data=st.data(), again=SPANS, hopeless=st.booleans())
    def nack(self, data: st.DataObject, again: float, hopeless: bool) -> None:
        """Fail one, though it may be too late."""
        job = data.draw(st.sampled_from(self.taken[-5:]))
        one = self.ours(job)
        state = self.queue.nack(job, "no", retry_in=again, dead=hopeless)
        if one is None:
            assert state is None
        elif hopeless or one.attempts >= one.most:
            assert state == "dead"
            self.model.finish(one, "dead")
        else:
            one.state, one.lease, one.due = "waiting", None, self.model.now + again
            self.model.settle()
            assert state == one.state

    @precondition(lambda self: self.taken)
    @rule(data=st.data(), span=st.sampled_from([1.0, 10.0]))
    def extend(self, data: st.DataObject, span: float) -> None:
        """Hold on to one, though it may be too late."""
        job = data.draw(st.sampled_from(self.taken[-5:]))
        one = self.ours(job)
        assert self.queue.extend(job, span) is (one is not None)
        if one is not None:
            one.due = self.model.now + span

    @precondition(lambda self: self.model.pieces)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        """Take one out."""
        one = self.model.pieces[data.draw(st.sampled_from(sorted(self.model.pieces)))]
        assert self.queue.cancel(one.id) == (one.state not in OVER)
        if one.state not in OVER:
            self.model.finish(one, "cancelled")

    @precondition(lambda self: self.model.pieces)
    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        """Try one again."""
        one = self.model.pieces[data.draw(st.sampled_from(sorted(self.model.pieces)))]
        may = one.state == "waiting" or (one.state in OVER and self.model.had(one.queue, one.key) is None)
        assert self.queue.retry(one.id) == may
        if may:
            one.state, one.attempts, one.due = "waiting", 0, self.model.now
            self.model.settle()

    @precondition(lambda self: self.model.pieces)
    @rule(data=st.data())
    def discard(self, data: st.DataObject) -> None:
        """Forget one."""
        one = self.model.pieces[data.draw(st.sampled_from(sorted(self.model.pieces)))]
        assert self.queue.discard(one.id) == (one.state in OVER)
        if one.state in OVER:
            del self.model.pieces[one.id]

    @rule(name=NAMES, states=st.sampled_from([("ready", "waiting"), ("done", "dead", "cancelled")]))
    def purge(self, name: str, states: tuple[JobState, ...]) -> None:
        """Forget many."""
        gone = [one for one in self.model.pieces.values() if one.queue == name and one.state in states]
        assert self.queue.purge(name, states=states) == len(gone)
        for one in gone:
            del self.model.pieces[one.id]
        self.model.settle()

    @rule(name=NAMES, resumed=st.booleans())
    def hold(self, name: str, resumed: bool) -> None:
        """Pause it, or go on."""
        (self.queue.resume if resumed else self.queue.pause)(name)
        (self.model.held.discard if resumed else self.model.held.add)(name)

    @rule(seconds=st.sampled_from([0.5, 1.0, 3.0, 40.0]))
    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.model.now += seconds
        self.forward(seconds)
        self.model.settle()
        self.queue.sweep()

    @invariant()
    def counts_agree(self) -> None:
        """As many are in each state as should be."""
        found = {(one.queue, state): number for one in self.queue.figures() for state, number in one.counts.items()}
        expected: dict[tuple[str, JobState], int] = {}
        for one in self.model.pieces.values():
            expected[one.queue, one.state] = expected.get((one.queue, one.state), 0) + 1
        assert found == expected


def machine_of(make: Callable[[], Queue], forward: Callable[[float], None]) -> type[QueueMachine]:
    """Return the machine for the queue that *make* gives, whose time *forward* lets pass."""
    return type("Machine", (QueueMachine,), {"make": staticmethod(make), "forward": staticmethod(forward)})
