"""The contract of stores.

    class TestOurs(StoreContract):
        @pytest.fixture
        def store(self) -> Store:
            return OurStore("redis://…")

A store says what it can; what it cannot is skipped by name. Time passes by sleeping unless `pass_time` is given.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from nexus_admin.brokers.content import Content
from nexus_admin.brokers.store.protocol import Store
from nexus_admin.domain.errors import BadRequest, Invalid, Refused, TooLarge
from nexus_admin.testing.brokers.store_handles import Given, MapContract, MembersContract, needs

VALUES: tuple[Any, ...] = (
    "text", "", "Ünïcode 日本 🦊", 0, -1, 2**62, 1.5, True, False, None, [], {}, [1, [2, {"a": None}]],
    {"b": 1, "a": [2]},
    b"", b"bytes", bytes(range(256)), b"{}", Content(b"\x89PNG", "image/png"), Content(b"", "text/csv"),
)  # fmt: skip
NO_KEYS = ("", "k" * 1025, "ü" * 513, "\ud800")
NO_LIFETIMES = (0, -1, float("nan"), float("inf"))
NO_VALUES = (object(), {1, 2}, float("nan"), {"a": float("inf")}, 1j, "\ud800")


def _calls(*calls: Callable[[], object]) -> tuple[Callable[[], object], ...]:
    return calls


class ValuesContract(Given):
    """Values go in and come out. Subclasses give the fixture `store`, empty for each test."""

    @pytest.mark.parametrize("value", VALUES, ids=repr)
    def test_a_value_comes_back_as_it_was_put(self, store: Store, value: Any) -> None:
        """Bytes as bytes, JSON as JSON, contents with their type."""
        assert store.set("k", value) is True
        found = store.get("k", "nothing")
        assert (type(found), found) == (type(value), value)

    def test_what_is_not_there_is_the_default(self, store: Store) -> None:
        """None unless something else is named; a None that was put there is a value."""
        assert store.get("k") is None
        assert store.get("k", 7) == 7
        store.set("k", None)
        assert store.get("k", 7) is None

    def test_who_changes_what_came_out_changes_nothing_kept(self, store: Store) -> None:
        """Each reader has a value of its own, and the writer keeps none of it."""
        put = {"a": [1]}
        store.set("k", put)
        put["a"].append(2)
        store.get("k")["a"].append(3)
        assert store.get("k") == {"a": [1]}

    @pytest.mark.parametrize("value", NO_VALUES)
    def test_what_neither_bytes_nor_json_can_say_is_refused(self, store: Store, value: Any) -> None:
        """Nothing is kept of it."""
        with pytest.raises(Invalid, match="cannot be kept"):
            store.set("k", value)
        assert store.get("k", "nothing") == "nothing"

    @pytest.mark.parametrize("key", NO_KEYS, ids=["empty", "long", "long in bytes", "half a letter"])
    def test_a_key_has_1_to_1024_bytes(self, store: Store, key: str) -> None:
        """Others are refused, by name."""
        for write in _calls(lambda: store.set(key, 1), lambda: store.incr(key), lambda: store.cas(key, 1, 2)):
            with pytest.raises(BadRequest, match="key"):
                write()
        assert store.set("k" * 1024, 1)

    def test_keys_differ_by_case_and_by_every_sign(self, store: Store) -> None:
        """No key is folded, trimmed or read as a pattern."""
        keys = ["a", "A", " a", "a ", "a*", "a?", "a%", "a_", "a:b", "a/b", "é", "e\u0301", "a\n", "a\0b", "'", '"']
        for number, key in enumerate(keys):
            store.set(key, number)
        assert [store.get(key) for key in keys] == list(range(len(keys)))

    def test_set_replaces_and_delete_counts(self, store: Store) -> None:
        """What is gone is gone, and counted once."""
        store.set("a", 1)
        store.set("a", 2)
        store.set("b", 3)
        assert store.get("a") == 2
        assert store.delete("a", "b", "c", "a") == 2
        assert store.delete() == 0
        assert store.get("a") is None

    def test_nx_puts_only_where_nothing_is(self, store: Store) -> None:
        """The second one is told, and changes nothing."""
        needs(store, "nx")
        assert store.set("k", 1, nx=True) is True
        assert store.set("k", 2, nx=True) is False
        assert store.get("k") == 1
        store.delete("k")
        assert store.set("k", 3, nx=True) is True

    def test_scan_gives_what_begins_with_a_prefix(self, store: Store) -> None:
        """Each entry once, with its content; the prefix is no pattern."""
        needs(store, "scan")
        for key in ("a:1", "a:2", "ab", "b", "*", "a%"):
            store.set(key, key)
        assert {one.key: one.content.value for one in store.scan("a:")} == {"a:1": "a:1", "a:2": "a:2"}
        assert sorted(one.key for one in store.scan()) == sorted(("a:1", "a:2", "ab", "b", "*", "a%"))
        assert [one.key for one in store.scan("*")] == ["*"]
        assert [one.key for one in store.scan("a%")] == ["a%"]

    def test_a_scan_survives_what_happens_meanwhile(self, store: Store) -> None:
        """What is there all the while comes once."""
        needs(store, "scan")
        for number in range(100):
            store.set(f"k{number}", number)
        seen = []
        for one in store.scan("k"):
            seen.append(one.key)
            store.delete("k50", "k99") if len(seen) == 10 else store.set(f"new{len(seen)}", 1)
        stayed = {f"k{number}" for number in range(100)} - {"k50", "k99"}
        assert stayed <= set(seen) <= stayed | {"k50", "k99"}
        assert len(seen) == len(set(seen))

    def test_a_value_over_the_limit_is_refused_and_the_old_one_stays(self, store: Store) -> None:
        """The sentence names the key, its size and the limit."""
        store.set("k", "old")
        for write in _calls(
            lambda: store.set("k", b"x" * 2**26),
            lambda: store.set("k", b"x" * 2**26, nx=True),
            lambda: store.cas("k", "old", b"x" * 2**26),
        ):
            with pytest.raises(TooLarge, match="'k' has 67,108,864 bytes"):
                write()
        assert store.get("k") == "old"

    def test_figures_count_hits_and_misses(self, store: Store) -> None:
        """By `get` alone."""
        before = store.figures()
        store.set("k", 1)
        for key in ("k", "k", "k", "none"):
            store.get(key)
        list(store.scan()) if "scan" in store.capabilities else None
        after = store.figures()
        assert (after.hits - before.hits, after.misses - before.misses) == (3, 1)
        assert after.keys == 1
        assert after.bytes > 0


class LifetimeContract(ValuesContract):
    """Values that end."""

    def test_a_value_ends_with_its_lifetime(self, store: Store, pass_time: Callable[[float], None]) -> None:
        """It is there before, and nowhere after."""
        needs(store, "ttl")
        store.set("short", 1, ttl=0.2)
        store.set("long", 2, ttl=60)
        store.set("ever", 3)
        assert store.get("short") == 1
        pass_time(0.3)
        assert store.get("short", "over") == "over"
        assert store.delete("short") == 0
        assert (store.get("long"), store.get("ever")) == (2, 3)
        if "scan" in store.capabilities:
            left = {one.key: one.expires_in for one in store.scan()}
            assert left.keys() == {"long", "ever"}
            assert left["ever"] is None
            assert 50 < (left["long"] or 0) < 60

    def test_a_place_is_free_when_a_lifetime_is_over(self, store: Store, pass_time: Callable[[float], None]) -> None:
        """For `nx`, for counters and for `cas`."""
        needs(store, "ttl", "nx", "incr", "cas")
        for key in ("a", "b", "c"):
            store.set(key, 5, ttl=0.2)
        assert store.set("a", 6, nx=True) is False
        pass_time(0.3)
        assert store.set("a", 6, nx=True) is True
        assert store.incr("b") == 1
        assert store.cas("c", 5, 6) is False

    def test_set_gives_a_new_lifetime_or_none(self, store: Store, pass_time: Callable[[float], None]) -> None:
        """The old one counts for nothing."""
        needs(store, "ttl")
        store.set("longer", 1, ttl=0.2)
        store.set("longer", 2, ttl=60)
        store.set("ever", 1, ttl=0.2)
        store.set("ever", 2)
        store.set("shorter", 1, ttl=60)
        store.set("shorter", 2, ttl=0.2)
        pass_time(0.3)
        assert (store.get("longer"), store.get("ever"), store.get("shorter")) == (2, 2, None)

    def test_touch_prolongs(self, store: Store, pass_time: Callable[[float], None]) -> None:
        """As sessions slide; where nothing is, nothing comes."""
        needs(store, "ttl")
        store.set("k", "session", ttl=0.4)
        for _ in range(3):
            pass_time(0.2)
            assert store.touch("k", 0.4) is True
        assert store.get("k") == "session"
        pass_time(0.5)
        assert store.touch("k", 0.4) is False
        assert store.get("k") is None

    def test_a_counter_ends_when_it_began_to_say(self, store: Store, pass_time: Callable[[float], None]) -> None:
        """Later calls prolong nothing: it counts what happened within that time."""
        needs(store, "ttl", "incr")
        assert store.incr("k", ttl=0.4) == 1
        pass_time(0.3)
        assert store.incr("k", ttl=0.4) == 2
        pass_time(0.2)
        assert store.incr("k", ttl=0.4) == 1

    def test_cas_leaves_the_lifetime(self, store: Store, pass_time: Callable[[float], None]) -> None:
        """The new value ends when the old one would have."""
        needs(store, "ttl", "cas")
        store.set("k", 1, ttl=0.2)
        assert store.cas("k", 1, 2) is True
        pass_time(0.3)
        assert store.get("k") is None

    @pytest.mark.parametrize("ttl", NO_LIFETIMES)
    def test_a_lifetime_is_a_number_above_0(self, store: Store, ttl: float) -> None:
        """Others are refused before anything is written."""
        needs(store, "ttl")
        store.set("k", 1)
        for write in _calls(
            lambda: store.set("k", 2, ttl=ttl),
            lambda: store.touch("k", ttl),
            lambda: store.incr("k", ttl=ttl),
        ):
            with pytest.raises(BadRequest, match="lifetime"):
                write()
        assert store.get("k") == 1


class NumbersContract(ValuesContract):
    """Counting, comparing, and doing so all at once."""

    def test_incr_counts(self, store: Store) -> None:
        """From 0, by any whole number, and as a value that can be read and set."""
        needs(store, "incr")
        assert [store.incr("k"), store.incr("k", 5), store.incr("k", -10), store.incr("k", 0)] == [1, 6, -4, -4]
        assert store.get("k") == -4
        store.set("k", 41)
        assert store.incr("k") == 42

    @pytest.mark.parametrize("value", ["1", 1.0, True, None, [1], b"1", Content(b"1", "text/plain")], ids=repr)
    def test_nothing_is_added_to_what_is_no_whole_number(self, store: Store, value: Any) -> None:
        """It stays what it is."""
        needs(store, "incr")
        store.set("k", value)
        with pytest.raises(Refused, match="'k' holds no whole number"):
            store.incr("k")
        assert store.get("k") == value

    def test_a_counter_has_64_bits(self, store: Store) -> None:
        """The step beyond is refused."""
        needs(store, "incr")
        assert store.incr("k", 2**63 - 1) == 2**63 - 1
        with pytest.raises(Refused, match="64 bits"):
            store.incr("k")
        assert store.get("k") == 2**63 - 1
        assert store.incr("low", -(2**63)) == -(2**63)

    def test_cas_changes_only_what_it_was_told(self, store: Store) -> None:
        """By bytes and type; the order in an object does not count; nothing is equal to no value."""
        needs(store, "cas")
        assert store.cas("k", None, 1) is False
        store.set("k", {"a": 1, "b": 2})
        assert store.cas("k", {"a": 1}, 0) is False
        assert store.cas("k", {"b": 2, "a": 1}, 1) is True
        assert store.cas("k", 1.0, 2) is False
        assert store.cas("k", b"1", 2) is False
        assert store.cas("k", 1, b"2") is True
        assert store.get("k") == b"2"

    def test_ten_thousand_at_once_are_ten_thousand(self, store: Store) -> None:
        """No count is lost among 64 threads, and no sum is given twice."""
        needs(store, "incr")
        with ThreadPoolExecutor(64) as pool:
            sums = list(pool.map(lambda _: store.incr("k"), range(10_000)))
        assert sorted(sums) == list(range(1, 10_001))
        assert store.get("k") == 10_000

    def test_of_many_who_come_first_one_does(self, store: Store) -> None:
        """`nx` is a lock: one of 64 holds it."""
        needs(store, "nx")
        with ThreadPoolExecutor(64) as pool:
            won = [sum(pool.map(lambda n, key=f"lock{_}": store.set(key, n, nx=True), range(64))) for _ in range(20)]
        assert won == [1] * 20

    def test_what_is_compared_and_swapped_by_many_is_lost_by_none(self, store: Store) -> None:
        """A list that 8 threads append to has every part; each sees it only grow."""
        needs(store, "cas")
        store.set("k", [])

        def append(thread: int) -> bool:
            longest = 0
            for number in range(25):
                while True:
                    now = store.get("k")
                    if len(now) < longest:
                        return False
                    longest = len(now)
                    if store.cas("k", now, [*now, [thread, number]]):
                        break
            return True

        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(append, range(8)))
        found = [tuple(one) for one in store.get("k")]
        assert sorted(found) == [(thread, number) for thread in range(8) for number in range(25)]
        assert all([n for t, n in found if t == thread] == list(range(25)) for thread in range(8))


class StoreContract(LifetimeContract, NumbersContract, MapContract, MembersContract):
    """Everything that a store must do. Subclasses give the fixture `store`, empty for each test."""
