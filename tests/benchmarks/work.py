"""The pieces of work that are measured, and how each application is asked to do them.

An application is a `Peer`: whoever measures another one gives it the same names of work, so that the lines of the
report stand beside each other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from tests.benchmarks.load import Ask, Figures, load
from tests.benchmarks.served import served

DEEP = 500_000  # rows before page 10,000
RECORDS = 200
FIRST, FILTERED, DEEP_PAGE, SEARCH, RECORD, UPDATE = (
    "list, newest first",
    "filtered by status",
    "page 10,000 by keyset",
    "search in customers",
    "record",
    "update one field",
)


@dataclass(frozen=True)
class Peer:
    """An application to measure.

    Attributes:
        factory: `module:function`, as uvicorn's `--factory` takes it.
        environment: From the shop's URL.
        asks: From the shop's URL, what is asked for each piece of work.
        path: Answers when the application is ready.
    """

    name: str
    factory: str
    environment: Callable[[str], Mapping[str, str]]
    asks: Callable[[str], Mapping[str, Ask]]
    path: str = "/"


@dataclass(frozen=True)
class Facts:
    """What asking needs to know of a shop: some orders, and one far down the list."""

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
        found = Facts(tuple(keys), str(placed_at), key)
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


BARE = Peer("bare", "tests.benchmarks.bare:from_environment", lambda url: {"NEXUS_BARE_URL": url}, bare_asks)


def measure(peer: Peer, url: str, *, connections: int, seconds: float = 3.0) -> dict[str, Figures]:
    """Serve *peer* over the shop at *url* and return its figures for each piece of work."""
    with served(peer.factory, peer.environment(url), path=peer.path) as app:
        asks = peer.asks(url).items()
        return {work: load(app.url, ask, connections=connections, seconds=seconds) for work, ask in asks}
