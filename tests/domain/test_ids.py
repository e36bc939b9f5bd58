"""Ids sort by the moment that they were made, are unique over threads, and are read in both spellings."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_admin.domain import ids
from nexus_admin.domain.errors import InvalidId
from nexus_admin.domain.ids import as_ulid, new_id, parse_id


@pytest.mark.req("S004-IDGEN-01")
def test_a_million_ids_of_four_threads_are_unique_and_each_thread_s_are_sorted() -> None:
    def many(_: int) -> list[uuid.UUID]:
        return [new_id() for _ in range(250_000)]

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(many, range(4)))
    assert all(batch == sorted(batch) for batch in made)
    assert len({one.int for batch in made for one in batch}) == 1_000_000


@pytest.mark.req("S004-IDGEN-01")
def test_ids_go_on_rising_when_the_clock_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    before = new_id()
    earlier = time.time_ns() - 3_600_000_000_000
    monkeypatch.setattr(ids.time, "time_ns", lambda: earlier)
    after = [new_id() for _ in range(100)]
    assert [before, *after] == sorted([before, *after])


@pytest.mark.req("S004-IDGEN-01")
def test_the_letters_sort_as_the_ids_do() -> None:
    made = [new_id() for _ in range(1000)]
    assert [as_ulid(one) for one in made] == sorted(as_ulid(one) for one in made)


@pytest.mark.req("S004-IDGEN-01")
def test_many_made_at_once_rise_like_those_made_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [as_ulid(new_id()), *ids.new_ulids(3000)]
    later = ids._last + (10_000 << 80)
    monkeypatch.setattr(ids, "_last", (later | 0xFFFFF) - 1500)  # amid the next ones, their first letters change
    made += [*ids.new_ulids(3000), *ids.new_ulids(0), as_ulid(new_id())]
    assert len(made) == 6002
    assert made == sorted(set(made))
    assert len({one[:22] for one in made[3001:6001]}) == 2


@pytest.mark.req("S004-IDGEN-02")
@given(st.uuids())
def test_both_spellings_are_read_back_in_either_case(value: uuid.UUID) -> None:
    for text in (as_ulid(value), str(value), value.hex):
        assert parse_id(text) == value
        assert parse_id(text.lower()) == value
        assert parse_id(text.upper()) == value


@pytest.mark.req("S004-IDGEN-02")
@pytest.mark.parametrize("text", ["", "x", "U" * 26, "Z" * 26, "0" * 25, "0" * 27, "ß" * 26, "-" * 36, "ﬁ" * 13])
def test_what_is_neither_is_refused_with_what_was_sent(text: str) -> None:
    with pytest.raises(InvalidId, match="neither a ULID nor a UUID"):
        parse_id(text)
    assert InvalidId.status == 400
