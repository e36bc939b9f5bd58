"""What open pages take is put aside from the search for garbage, and looked through again when they have gone."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from nexus_admin.cli.crowd import FEW, STEP, WHILE, Crowd


class Knot:
    """Holds itself, so only a search finds that nobody else does."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.collect()


def test_what_many_pages_take_is_put_aside_once_for_each_so_many_more() -> None:
    crowd, before = Crowd(), gc.get_freeze_count()
    crowd.seen(STEP - 1)
    assert gc.get_freeze_count() == before
    crowd.seen(STEP)
    aside = gc.get_freeze_count()
    assert aside > before
    kept = [Knot() for _ in range(100)]
    crowd.seen(STEP + 1)
    crowd.seen(2 * STEP - 1)
    assert gc.get_freeze_count() <= aside
    crowd.seen(2 * STEP)
    assert gc.get_freeze_count() >= aside + len(kept)


def test_what_went_with_most_pages_is_found_when_as_few_have_stayed_for_a_while() -> None:
    crowd, one = Crowd(), Knot()
    gone = weakref.ref(one)
    crowd.seen(STEP)
    del one
    gc.collect()
    assert gone() is not None
    for _ in range(WHILE - 1):
        crowd.seen(STEP // FEW)
    crowd.seen(STEP // FEW + 1)  # they come back
    for _ in range(WHILE - 1):
        crowd.seen(STEP // FEW)
    assert gone() is not None
    crowd.seen(STEP // FEW)
    assert gone() is None
