"""The contract of what stands on a store, maps and sets; and what all of its contracts are given."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pydantic import BaseModel

from nexus_admin.brokers.store.members import Members
from nexus_admin.brokers.store.protocol import Capability, Store
from nexus_admin.domain.errors import BadRequest, Invalid, Refused


class Reading(BaseModel):
    """What the map of the contract holds."""

    sensor: str
    celsius: float


def needs(store: Store, *capabilities: Capability) -> None:
    """Skip where *store* says that it cannot do one of them."""
    if missing := set(capabilities) - store.capabilities:
        pytest.skip(f"{type(store).__name__} cannot: {', '.join(sorted(missing))}")


class Given:
    """What each test is given."""

    @pytest.fixture
    def store(self) -> Store:
        """Return the empty store that is tried."""
        raise NotImplementedError

    @pytest.fixture
    def pass_time(self) -> Callable[[float], None]:
        """Return what lets so many seconds pass."""
        return time.sleep


class MapContract(Given):
    """Handles that know a model."""

    def test_a_map_takes_and_gives_its_model(self, store: Store) -> None:
        """Under keys of its own."""
        readings = store.map("readings", Reading)
        hall = Reading(sensor="hall", celsius=20.5)
        assert readings.set("hall", hall) is True
        assert readings.get("hall") == hall
        assert readings.get("attic") is None
        assert readings.get("attic", hall) is hall
        assert store.get("readings:hall") == {"sensor": "hall", "celsius": 20.5}
        assert store.map("other", Reading).get("hall") is None
        assert readings.delete("hall", "attic") == 1

    def test_a_map_lists_what_is_its_own(self, store: Store) -> None:
        """Its keys without its name."""
        needs(store, "scan")
        totals = store.map("totals", int)
        totals.set("a:1", 1)
        totals.set("a:2", 2)
        totals.set("b", 3)
        store.set("totals2:a:3", 4)
        assert dict(totals.items()) == {"a:1": 1, "a:2": 2, "b": 3}
        assert dict(totals.items("a:")) == {"a:1": 1, "a:2": 2}

    def test_a_map_compares_models(self, store: Store, pass_time: Callable[[float], None]) -> None:
        """And has lifetimes and `nx` as its store."""
        needs(store, "cas", "ttl", "nx")
        readings = store.map("readings", Reading)
        cold, warm = Reading(sensor="hall", celsius=2), Reading(sensor="hall", celsius=22)
        assert readings.set("hall", cold, ttl=0.4) is True
        assert readings.set("hall", warm, nx=True) is False
        assert readings.cas("hall", warm, cold) is False
        assert readings.cas("hall", cold, warm) is True
        assert readings.get("hall") == warm
        assert readings.touch("hall", 0.2) is True
        pass_time(0.3)
        assert readings.get("hall") is None

    def test_what_does_not_fit_the_model_is_named(self, store: Store) -> None:
        """Whether it goes in or comes out."""
        readings: Any = store.map("readings", Reading)
        with pytest.raises(Invalid, match="readings"):
            readings.set("hall", {"sensor": 1})
        store.set("readings:hall", {"sensor": "hall"})
        with pytest.raises(Refused, match="readings:hall"):
            readings.get("hall")
        for name in ("", "a:b"):
            with pytest.raises(BadRequest, match="colon"):
                store.map(name, Reading)


class MembersContract(Given):
    """Sets."""

    def test_a_set_has_each_member_once(self, store: Store, pass_time: Callable[[float], None]) -> None:
        """They come, go and end one by one."""
        needs(store, "ttl", "nx", "scan")
        here, away = Members(store, "here"), Members(store, "here2")
        assert [here.add("ada"), here.add("bo:1", ttl=0.4), here.add("ada"), away.add("cy")] == [
            True,
            True,
            False,
            True,
        ]
        assert sorted(here) == ["ada", "bo:1"]
        assert [("ada" in here), ("cy" in here)] == [True, False]
        assert [here.keep("bo:1", 0.8), here.keep("cy", 1)] == [True, False]
        pass_time(0.5)
        assert sorted(here) == ["ada", "bo:1"]
        pass_time(0.5)
        assert sorted(here) == ["ada"]
        assert here.add("bo:1") is True
        assert here.discard("ada", "cy", "bo:1") == 2
        assert [list(here), list(away)] == [[], ["cy"]]

    def test_of_many_who_add_the_same_member_one_did(self, store: Store) -> None:
        """Told so by what comes back."""
        needs(store, "nx")
        with ThreadPoolExecutor(32) as pool:
            assert sum(pool.map(lambda _: Members(store, "once").add("ada"), range(64))) == 1

    @pytest.mark.parametrize("name", ["", "a:b"])
    def test_the_name_of_a_set_has_no_colon(self, store: Store, name: str) -> None:
        """Two sets never share a key."""
        with pytest.raises(BadRequest, match="colon"):
            Members(store, name)
