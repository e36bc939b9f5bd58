"""From another's commit until a follower of the table hears of it, in each way: printed, never asserted."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nexus_admin.actions.live.subscribing import Subscription
from nexus_admin.domain.target import Target
from tests.web.live.shop import Shop, shop

pytestmark = pytest.mark.benchmark

TIMES = 40


def measured(opened: Shop, change: Callable[[int], object]) -> str:
    """Change a row again and again, and say how long each took to be heard."""
    following = Subscription(opened.app.kernel.services, opened.owner, "shop", "orders")
    took = []
    for turn in range(TIMES):
        time.sleep(0.013 * (turn % 7))  # so that looks come at any moment of it
        change(turn)
        began = time.perf_counter()
        batch = following.get(10)
        assert batch is not None
        took.append((time.perf_counter() - began) * 1000)
    following.close()
    quantiles = statistics.quantiles(took, n=20)
    return f"p50 {statistics.median(took):7.1f} ms  p95 {quantiles[18]:7.1f} ms  most {max(took):7.1f} ms"


@pytest.mark.parametrize("mode", ["events", "polling 0.2", "polling 2", "triggers"])
def test_how_long_a_change_takes_to_be_heard(mode: str, new_postgres_url: str, tmp_path: Path) -> None:
    with shop(new_postgres_url, tmp_path) as opened:
        if mode == "events":
            told = measured(
                opened,
                lambda turn: opened.perform("row.update", Target("shop", "orders", "1"), values={"note": str(turn)}),
            )
        else:
            seconds = mode.partition(" ")[2]
            opened.perform("feed.poll", seconds=float(seconds)) if seconds else opened.perform("feed.install")
            told = measured(opened, lambda turn: opened.touch(2, note=str(turn)))
        print(f"\n  {mode:<12} {told}")
