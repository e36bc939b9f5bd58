"""The pieces of work that are measured, and how each application is asked to do them.

An application is a `Peer`: whoever measures another one gives it the same names of work, so that the lines of the
report stand beside each other.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace

import sqlalchemy as sa

from tests.benchmarks.load import Ask, Figures, load
from tests.benchmarks.served import Served, served

DEEP = 500_000  # rows before page 10,000
RECORDS = 200
FIRST, FILTERED, DEEP_PAGE, LAST_PAGE, SEARCH, RECORD, EDIT_FORM, UPDATE = (
    "list, newest first",
    "filtered by status",
    "page 10,000 by keyset",
    "last page",
    "search in customers",
    "record",
    "edit form",
    "update one field",
)


@dataclass(frozen=True)
class Peer:
    """An application to measure.

    Attributes:
        serve: Serves the shop at a URL until the block ends.
        asks: From the shop's URL and what serves it, what is asked for each piece of work.
    """

    name: str
    serve: Callable[[str], AbstractContextManager[Served]]
    asks: Callable[[str, Served], Mapping[str, Ask]]


@dataclass(frozen=True)
class Facts:
    """What asking needs to know of a shop: some orders, and one far down the list."""

    count: int
    keys: tuple[int, ...]
    deep_placed_at: str
    deep_id: int


def facts(url: str) -> Facts:
    """Look into the shop at *url*; in one smaller than `DEEP` the middle of the list stands in."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        count = connection.execute(sa.text("SELECT count(*) FROM orders")).scalar_one()
        step = max(count // RECORDS, 1)
        keys = connection.execute(sa.text("SELECT id FROM orders WHERE id % :step = 0"), {"step": step}).scalars()
        depth = DEEP if count > DEEP else count // 2
        sql = "SELECT placed_at, id FROM orders ORDER BY placed_at DESC, id DESC LIMIT 1 OFFSET :depth"
        placed_at, key = connection.execute(sa.text(sql), {"depth": depth}).one()
        found = Facts(count, tuple(keys), str(placed_at), key)
    engine.dispose()
    return found


def bare_asks(url: str) -> Mapping[str, Ask]:
    """Return what the bare application is asked."""
    known = facts(url)
    records = tuple(f"/orders/{key}" for key in known.keys)
    after = f"{known.deep_placed_at},{known.deep_id}".replace(" ", "%20")
    return {
        FIRST: Ask(("/orders",)),
        FILTERED: Ask(tuple(f"/orders?status={status}" for status in ("delivered", "packed", "returned", "shipped"))),
        DEEP_PAGE: Ask((f"/orders?after={after}",)),
        SEARCH: Ask(tuple(f"/customers?q={text}" for text in ("vogel", "kim", "%C3%B8", "okafor9"))),
        RECORD: Ask(records),
        UPDATE: Ask(records, "PATCH", {"Content-Type": "application/json"}, '{"note": "number {n}"}'),
    }


BARE = Peer(
    "bare",
    lambda url: served("tests.benchmarks.bare:from_environment", {"NEXUS_BARE_URL": url}),
    lambda url, _: bare_asks(url),
)


ROUNDS = 3
PATIENCE = 30
"""Seconds that a round may last where the machine is too busy for one answer in less."""


def measure(
    peers: Sequence[Peer], url: str, *, connections: int, seconds: float = 1.0
) -> dict[str, dict[str, Figures]]:
    """Serve the shop at *url* by each of *peers* and return their figures for each piece of work.

    They are asked in turns and the best round counts: what else the machine does meanwhile meets all of them.
    """
    with ExitStack() as stack:
        apps = {peer.name: stack.enter_context(peer.serve(url)) for peer in peers}
        asks = {peer.name: peer.asks(url, apps[peer.name]) for peer in peers}
        works = dict.fromkeys(work for one in asks.values() for work in one)
        found: dict[str, dict[str, Figures]] = {}
        for work in works:
            rounds: dict[str, list[Figures]] = {name: [] for name in apps if work in asks[name]}
            for number in range(ROUNDS):
                for name, figures in rounds.items():
                    figures.append(_round(apps[name], asks[name][work], connections, seconds, warm=not number))
            found[work] = {name: max(figures, key=lambda one: one.rate) for name, figures in rounds.items()}
        return found


def _round(app: Served, ask: Ask, connections: int, seconds: float, warm: bool) -> Figures:
    if warm:
        load(app.url, ask, connections=connections, seconds=0.5, warm=False)
    before = app.computed
    figures = load(app.url, ask, connections=connections, seconds=seconds, warm=False)
    while not figures.requests and seconds < PATIENCE:  # none was done in that time: that is no figure yet
        seconds, before = seconds * 4, app.computed
        figures = load(app.url, ask, connections=connections, seconds=seconds, warm=False)
    if before is None or (after := app.computed) is None or not figures.requests:
        return figures
    return replace(figures, cpu=(after - before) * 1e3 / figures.requests)
