"""The store in our own state: what is in it outlives a restart, and all processes on a PostgreSQL state share it.

Each write is one durable transaction, so it is for what must not be forgotten, not for caches.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import sqlalchemy as sa

from nexus_admin.brokers.content import JSON, Content, content_of
from nexus_admin.brokers.store.checking import WHOLE, check_key, check_lifetime, whole
from nexus_admin.brokers.store.map import Map
from nexus_admin.brokers.store.protocol import Capability, Entry, StoreFigures
from nexus_admin.domain.errors import Refused, TooLarge
from nexus_admin.state.engine import State
from nexus_admin.state.group import Batch
from nexus_admin.state.tables.store import store_entry

T = TypeVar("T")
Asked = TypeVar("Asked")
MOST_VALUE = 2**20
PAGE = 500
"""Entries that are read at once."""
_SWEEP = 20
"""Entries that are over and go with each write."""


class DurableStore:
    """A `Store` in our own state.

    Args:
        state: Where it is kept.
        most_value: The largest value, in bytes.
        wall: Seconds since 1970: lifetimes go on while nobody runs. Tests give their own.
        table: Which of the state's tables it is; each is a store that knows nothing of the others.
    """

    def __init__(
        self,
        state: State,
        *,
        most_value: int = MOST_VALUE,
        wall: Callable[[], float] = time.time,
        table: sa.Table = store_entry,
    ) -> None:
        self._state: State | _Within = state
        self._most_value, self._wall, self._table = most_value, wall, table
        self._hits = self._misses = self._expired = 0
        # Put together once: to do so takes as long as to ask.
        lives = sa.or_(table.c.ends_at.is_(None), table.c.ends_at > sa.bindparam("now"))
        self._one = sa.select(table).where(table.c.key == sa.bindparam("name"), lives)
        self._some = sa.select(table).where(table.c.key.in_(sa.bindparam("names", expanding=True)), lives)

    def within(self, connection: sa.Connection) -> DurableStore:
        """Return the same store in the transaction that *connection* is in: what is done stands or falls with it."""
        twin = copy.copy(self)
        twin._state = _Within(connection)
        return twin

    @property
    def capabilities(self) -> frozenset[Capability]:
        """As `Store.capabilities`."""
        mine: set[Capability] = {"ttl", "nx", "incr", "cas", "scan", "durable"}
        return frozenset(mine | {"shared"} if self._state.dialect == "postgresql" else mine)

    def get(self, key: str, default: Any = None) -> Any:
        """As `Store.get`."""
        try:
            name = key.encode()
        except UnicodeEncodeError:
            return default  # no such key can be
        row = self._state.read(lambda connection: self._live(connection, name))
        if row is None:
            self._misses += 1
            return default
        self._hits += 1
        return _content(row).value

    def set(self, key: str, value: Any, *, ttl: float | None = None, nx: bool = False) -> bool:
        """As `Store.set`."""
        content = self._fitting(key, content_of(value))
        check_lifetime(ttl)

        def put(connection: sa.Connection) -> bool:
            if nx and self._live(connection, key.encode(), lock=True) is not None:
                return False
            return self._put(connection, key, content, self._end(ttl), only_new=nx)

        return self._state.append(put)

    def delete(self, *keys: str) -> int:
        """As `Store.delete`."""
        table, names = self._table, [key.encode("utf-8", "replace") for key in keys]
        gone = table.delete().where(table.c.key.in_(names), self._lives())
        return self._state.append(lambda connection: connection.execute(gone).rowcount) if names else 0

    def incr(self, key: str, by: int = 1, *, ttl: float | None = None) -> int:
        """As `Store.incr`."""
        check_key(key)
        check_lifetime(ttl)
        return self._state.write_together(self._add_all, (key, by, self._end(ttl)))

    def cas(self, key: str, old: Any, new: Any) -> bool:
        """As `Store.cas`."""
        table, expected, content = self._table, content_of(old), self._fitting(key, content_of(new))
        same = (table.c.data == expected.data, table.c.content_type == expected.type)
        put = (
            table.update()
            .where(table.c.key == key.encode(), *same, self._lives())
            .values(data=content.data, content_type=content.type)
        )
        return self._state.append(lambda connection: connection.execute(put).rowcount == 1)

    def touch(self, key: str, ttl: float) -> bool:
        """As `Store.touch`."""
        check_lifetime(ttl)
        table, name = self._table, key.encode("utf-8", "replace")
        later = table.update().where(table.c.key == name, self._lives()).values(ends_at=self._end(ttl))
        return self._state.append(lambda connection: connection.execute(later).rowcount == 1)

    def scan(self, prefix: str = "") -> Iterator[Entry]:
        """As `Store.scan`; in the order of the keys."""
        table, first = self._table, prefix.encode("utf-8", "replace")
        # UTF-8 has no byte 255, so every key that begins with the prefix comes before this one.
        before = table.c.key < first[:-1] + bytes([first[-1] + 1]) if first else sa.true()
        wanted = table.c.key >= first
        while True:
            page = sa.select(table).where(wanted, before, self._lives()).order_by(table.c.key).limit(PAGE)
            rows = self._state.read(lambda connection, page=page: connection.execute(page).all())  # type: ignore[misc]
            now = self._now()
            yield from (_entry(row, now) for row in rows)
            if len(rows) < PAGE:
                return
            wanted = table.c.key > rows[-1].key

    def map(self, name: str, model: type[T]) -> Map[T]:
        """As `Store.map`."""
        return Map(self, name, model)

    def figures(self) -> StoreFigures:
        """As `Store.figures`; nothing limits it, so nothing is ever evicted."""
        table = self._table
        size = sa.func.length(table.c.key) + sa.func.length(table.c.data)
        asked = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(size), 0)).where(self._lives())
        keys, bytes_ = self._state.read(lambda connection: connection.execute(asked).one())
        return StoreFigures(keys, int(bytes_), 0, self._hits, self._misses, 0, self._expired)

    def entry(self, key: str) -> Entry | None:
        """Return *key* with its lifetime, or None where there is none; it counts as no hit."""
        row = self._state.read(lambda connection: self._live(connection, key.encode("utf-8", "replace")))
        return None if row is None else _entry(row, self._now())

    def some(self, *keys: str) -> Iterator[Entry]:
        """Give the entries of those of *keys* that are there, in no order: one statement for each 500 of them."""
        for at in range(0, len(keys), PAGE):
            now, names = self._now(), [key.encode("utf-8", "replace") for key in keys[at : at + PAGE]]
            given = {"names": names, "now": now}
            rows = self._state.read(lambda connection, given=given: connection.execute(self._some, given).all())  # type: ignore[misc]
            yield from (_entry(row, now) for row in rows)

    # ── in a transaction ─────────────────────────────────────────────────────────────────────

    def _live(self, connection: sa.Connection, name: bytes, *, lock: bool = False) -> Any:
        given = {"name": name, "now": self._now()}
        return connection.execute(self._one.with_for_update() if lock else self._one, given).one_or_none()

    def _add_all(self, connection: sa.Connection, asked: list[tuple[str, int, int | None]]) -> list[int]:
        """Add to each; each key is read and written once, however many add to it at the moment."""
        numbers: dict[str, int] = {}
        ends: dict[str, int | None] = {}
        sums: list[int] = []
        for key in sorted({key for key, _, _ in asked}):  # in one order, so that no two wait for each other
            self._keep_others_off(connection, key)
        for key, by, end in asked:
            if key not in numbers:
                row = self._live(connection, key.encode(), lock=True)
                numbers[key] = 0 if row is None else whole(key, _content(row))
                ends[key] = end if row is None else row.ends_at
            numbers[key] += by
            if numbers[key] not in WHOLE:
                raise Refused(f"{key!r} would not fit into 64 bits. It stays what it is.")
            sums.append(numbers[key])
        for key, number in numbers.items():
            self._put(connection, key, Content(b"%d" % number, JSON), ends[key])
        return sums

    def _keep_others_off(self, connection: sa.Connection, key: str) -> None:
        """On PostgreSQL two may find nothing at once, and both make it."""
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"nexus store {key!r}"))))

    def _put(
        self, connection: sa.Connection, key: str, content: Content, ends: int | None, *, only_new: bool = False
    ) -> bool:
        table = self._table
        over = sa.select(table.c.key).where(table.c.ends_at <= self._now()).limit(_SWEEP)
        self._expired += connection.execute(table.delete().where(table.c.key.in_(over))).rowcount
        insert = _insert(connection.dialect.name)(table)
        values = {"data": content.data, "content_type": content.type, "ends_at": ends}
        made = insert.values(key=key.encode(), **values)
        gone = table.c.ends_at <= self._now() if only_new else None
        made = made.on_conflict_do_update(index_elements=[table.c.key], set_=values, where=gone)
        return connection.execute(made, execution_options={"preserve_rowcount": True}).rowcount == 1

    def _fitting(self, key: str, content: Content) -> Content:
        check_key(key)
        size = len(content.data)
        if size > self._most_value:
            raise TooLarge(f"The value of {key!r} has {size:,} bytes; one may have {self._most_value:,} here.")
        return content

    def _lives(self) -> sa.ColumnElement[bool]:
        ends = self._table.c.ends_at
        return sa.or_(ends.is_(None), ends > self._now())

    def _now(self) -> int:
        return int(self._wall() * 1e6)

    def _end(self, ttl: float | None) -> int | None:
        return None if ttl is None else int((self._wall() + ttl) * 1e6)


class _Within:
    """What a store asks of the state, in one transaction of somebody else's."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self.dialect = connection.dialect.name

    def read(self, work: Callable[[sa.Connection], T]) -> T:
        """As `State.read`."""
        return work(self._connection)

    append = read

    def write_together(self, batch: Batch[Asked, T], asked: Asked) -> T:
        """As `State.write_together`."""
        return batch(self._connection, [asked])[0]


def _entry(row: Any, now: int) -> Entry:
    left = None if row.ends_at is None else (row.ends_at - now) / 1e6
    return Entry(bytes(row.key).decode(), _content(row), left)


def _content(row: Any) -> Content:
    return Content(bytes(row.data), row.content_type)


def _insert(dialect: str) -> Any:
    """Return what inserts unless the key is there; no start on SQLite needs the library's part for PostgreSQL."""
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as for_server

        return for_server
    from sqlalchemy.dialects.sqlite import insert as for_file

    return for_file
