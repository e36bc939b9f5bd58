"""The store in memory: the contract, its bound in bytes, and what is over."""

import sys
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("nexus_admin.testing.brokers.store", "nexus_admin.testing.brokers.store_handles")

from nexus_admin.brokers.store import DurableStore, MemoryStore, Store  # noqa: E402  (after the line above)
from nexus_admin.brokers.store.durable import PAGE  # noqa: E402
from nexus_admin.brokers.store.memory import OVERHEAD, TIMED  # noqa: E402
from nexus_admin.domain.errors import TooLarge  # noqa: E402
from nexus_admin.kernel.kernel import Kernel  # noqa: E402
from nexus_admin.kernel.options import Options  # noqa: E402
from nexus_admin.state.engine import State  # noqa: E402
from nexus_admin.state.tables.store import house_entry, store_entry  # noqa: E402
from nexus_admin.testing.brokers.store import StoreContract  # noqa: E402
from tests.brokers.queue.engines import KEY  # noqa: E402


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.mark.req("S002-STORE-01", "S002-STORE-02", "S002-STORE-03", "S002-STORE-06", "S002-STORE-07", "S002-STORE-08")
class TestMemory(StoreContract):
    @pytest.fixture
    def store(self, clock: Clock) -> Store:
        return MemoryStore(clock=clock)

    @pytest.fixture
    def pass_time(self, clock: Clock) -> Callable[[float], None]:
        return clock.forward


def test_what_is_counted_is_what_the_docs_say() -> None:
    store = MemoryStore()
    store.set("key", b"value")
    store.set("größe", b"12", ttl=5)
    assert store.figures().bytes == (OVERHEAD + 3 + 5) + (OVERHEAD + TIMED + 7 + 2)
    store.set("key", b"")
    store.delete("größe")
    assert store.figures().bytes == OVERHEAD + 3
    store.delete("key")
    assert (store.figures().bytes, store.figures().keys) == (0, 0)


@pytest.mark.req("S002-STORE-07")
def test_it_takes_no_more_than_its_bound_and_drops_what_was_used_longest_ago() -> None:
    room = 10 * (OVERHEAD + 3 + 100)
    store = MemoryStore(room)
    for number in range(10):
        store.set(f"k{number:02}", b"x" * 100)
    store.get("k00")
    store.incr("n")
    store.set("k10", b"x" * 100)
    held = {one.key for one in store.scan()}
    assert {"k00", "n", "k10"} <= held
    assert not {"k01", "k02"} & held
    for number in range(1000):
        store.set(f"big{number}", b"x" * (number * 7 % 900))
        assert store.figures().bytes <= room
    assert store.figures().evicted > 900


@pytest.mark.req("S002-STORE-07")
@pytest.mark.parametrize("ttl", [None, 60.0])
def test_the_bound_holds_in_memory_that_is_really_taken(ttl: float | None) -> None:
    store = MemoryStore(2**21)
    tracemalloc.start()
    try:
        for number in range(20_000):
            store.set(f"session:{number % 9000:08}", b"%048d" % number, ttl=ttl and ttl + number)
        taken, _peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    figures = store.figures()
    assert figures.keys > 3000
    assert taken < 1.1 * figures.bytes


def test_what_is_over_goes_before_what_lives() -> None:
    clock = Clock()
    store = MemoryStore(clock=clock, most_keys=10)
    store.set("old", 1)
    for number in range(9):
        store.set(f"short{number}", 1, ttl=5)
    clock.forward(6)
    store.set("new", 1)
    assert store.get("old") == 1
    assert (store.figures().evicted, store.figures().expired) == (0, 9)


def test_a_large_value_takes_the_place_of_much_that_is_over() -> None:
    clock = Clock()
    store = MemoryStore(100 * (OVERHEAD + TIMED + 10), clock=clock)
    store.set("old", 1)
    for number in range(98):
        store.set(f"short{number:05}", b"", ttl=5)
    clock.forward(6)
    store.set("large", b"x" * 50 * (OVERHEAD + TIMED))
    assert (store.get("old"), store.figures().evicted) == (1, 0)


def test_what_is_over_leaves_though_nobody_asks_for_it() -> None:
    clock = Clock()
    store = MemoryStore(clock=clock)
    for number in range(100):
        store.set(f"short{number}", 1, ttl=5)
    threads = threading.active_count()
    clock.forward(6)
    for _ in range(30):
        store.set("busy", 1)
    assert len(store._held) == 1
    assert threading.active_count() == threads


def test_a_lifetime_prolonged_a_million_times_leaves_nothing_behind() -> None:
    clock = Clock()
    store = MemoryStore(clock=clock)
    for number in range(10):
        store.set(f"session{number}", 1, ttl=86400)
    for turn in range(10_000):
        clock.forward(0.01)
        store.touch(f"session{turn % 10}", 86400)
    assert len(store._ends) < 200
    clock.forward(86401)
    assert store.figures().keys == 0


def test_a_value_larger_than_one_may_be_or_than_all_the_room_is_refused() -> None:
    store = MemoryStore(most_value=10)
    store.set("k", b"x" * 10)
    with pytest.raises(TooLarge, match="'k' has 11 bytes; one may have 10 here"):
        store.set("k", b"x" * 11)
    small = MemoryStore(1000)
    with pytest.raises(TooLarge, match="the whole store has room for 1,000"):
        small.set("k", b"x" * 900)
    assert small.figures().keys == 0


@pytest.mark.req("S002-STORE-04")
def test_whoever_reads_after_a_write_sees_it_or_a_later_one() -> None:
    store = MemoryStore()
    store.set("k", 0)
    before, wrong = sys.getswitchinterval(), []
    sys.setswitchinterval(1e-5)

    def read() -> None:
        last = 0
        while last < 3000:
            found = store.get("k")
            if found < last:
                wrong.append((last, found))
            last = found

    readers = [threading.Thread(target=read) for _ in range(4)]
    try:
        for one in readers:
            one.start()
        for number in range(1, 3001):
            store.set("k", number)
            assert store.get("k") == number
        for one in readers:
            one.join(20)
    finally:
        sys.setswitchinterval(before)
    assert wrong == []


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def whole_state(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    sqlite = request.param == "sqlite"
    where = tmp_path_factory.mktemp("store") / "n.db" if sqlite else request.getfixturevalue("module_postgres_url")
    with State.open(where, key=KEY) as one:
        yield one


@pytest.fixture
def state(whole_state: State) -> State:
    """A state whose store is empty."""
    whole_state.write(lambda connection: connection.execute(store_entry.delete()))
    return whole_state


@pytest.mark.req("S002-STORE-01", "S002-STORE-02", "S002-STORE-03", "S002-STORE-08")
class TestDurable(StoreContract):
    @pytest.fixture
    def store(self, state: State, clock: Clock) -> Store:
        return DurableStore(state, wall=clock)

    @pytest.fixture
    def pass_time(self, clock: Clock) -> Callable[[float], None]:
        return clock.forward


def test_what_was_put_is_there_after_a_restart_and_lifetimes_went_on(state: State, clock: Clock) -> None:
    DurableStore(state, wall=clock).set("kept", b"\x00", ttl=60)
    DurableStore(state, wall=clock).set("short", 1, ttl=5)
    clock.forward(10)
    again = DurableStore(state, wall=clock)
    assert (again.get("kept"), again.get("short", "gone")) == (b"\x00", "gone")
    assert [entry.key for entry in again.scan()] == ["kept"]


def test_the_house_keeps_its_store_in_its_state_where_a_setting_says_so(tmp_path: Path) -> None:
    for seen in (1, 2):
        options = Options(state=str(tmp_path / "n.db"), environ={}, given={"store.durable": True})
        kernel = Kernel(options).start()
        assert kernel.services.get(Store).incr("starts") == seen  # type: ignore[type-abstract]
        kernel.stop()


def test_two_stores_of_one_state_know_nothing_of_each_other(state: State) -> None:
    one, other = DurableStore(state), DurableStore(state, table=house_entry)
    assert other.set("k", "other", nx=True)
    assert one.get("k") is None
    assert one.set("k", "one", nx=True)
    assert (one.incr("n"), one.delete("k", "n"), one.figures().keys) == (1, 2, 0)
    assert [entry.key for entry in one.scan()] == []
    assert (other.get("k"), other.figures().keys, other.delete("k")) == ("other", 1, 1)


def test_what_is_done_within_a_transaction_stands_or_falls_with_it(state: State) -> None:
    store = DurableStore(state)
    store.set("kept", 1)

    def work(connection: object, fail: bool) -> None:
        within = store.within(connection)  # type: ignore[arg-type]
        assert (within.get("kept"), within.incr("n", 5), within.set("new", [1], ttl=60)) == (1, 5, True)
        assert within.cas("kept", 1, 2)
        assert sorted(entry.key for entry in within.scan()) == ["kept", "n", "new"]
        assert within.delete("n") == 1
        if fail:
            raise TooLarge("No.")

    with pytest.raises(TooLarge):
        state.write(lambda connection: work(connection, True))
    assert {entry.key: entry.content.value for entry in store.scan()} == {"kept": 1}
    state.write(lambda connection: work(connection, False))
    assert {entry.key: entry.content.value for entry in store.scan()} == {"kept": 2, "new": [1]}


def test_several_keys_are_asked_for_at_once(state: State, clock: Clock) -> None:
    store = DurableStore(state, wall=clock)
    names = [f"k{number}" for number in range(PAGE + 10)]
    for name in names[::50]:
        store.set(name, name, ttl=60)
    store.set("over", 1, ttl=5)
    clock.forward(10)
    found = {one.key: (one.content.value, one.expires_in) for one in store.some("\ud800", "over", *names)}
    assert found == {name: (name, 50.0) for name in names[::50]}
    assert list(store.some()) == []
    assert (store.entry("over"), store.entry("\ud800")) == (None, None)
    assert store.figures().misses == 0


def test_a_scan_reads_only_what_begins_with_its_prefix(state: State) -> None:
    store = DurableStore(state)
    for key in ("a", "a:", "a:1", "a:\U0010ffff", "a;", "b"):
        store.set(key, 1)
    assert [entry.key for entry in store.scan("a:")] == ["a:", "a:1", "a:\U0010ffff"]
    assert [entry.key for entry in store.scan("a")] == ["a", "a:", "a:1", "a:\U0010ffff", "a;"]
    assert [entry.key for entry in store.scan("a:\U0010ffff")] == ["a:\U0010ffff"]
