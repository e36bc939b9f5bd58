"""How quick pages are beside the bare application. Prints; asserts only that every answer was one."""

import pytest

from tests.benchmarks.report import table
from tests.benchmarks.work import BARE, measure

PEERS = (BARE,)


@pytest.mark.benchmark
@pytest.mark.parametrize("connections", [1, 16])
@pytest.mark.parametrize("shop_url", ["sqlite", "postgresql"], indirect=True)
def test_pages(shop_url: str, connections: int) -> None:
    by_peer = {peer.name: measure(peer, shop_url, connections=connections) for peer in PEERS}
    works = {
        work: {name: figures[work] for name, figures in by_peer.items() if work in figures} for work in by_peer["bare"]
    }
    database = shop_url.split(":")[0]
    print("\n" + table(f"{database}, {connections} connection(s)", works))
    assert all(one.requests > one.errors == 0 for figures in works.values() for one in figures.values())
