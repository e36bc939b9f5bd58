"""One page of things: cut out of all of them, or gone through until it is full; and the way to the next one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any

from nexus_admin.data.cursors import Cursor, read_cursor, write_cursor
from nexus_admin.data.values.keys import key_of
from nexus_admin.data.virtual import Collection
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadRequest
from nexus_admin.domain.row import LAST, ListRequest
from nexus_admin.language.evaluate import comparable
from nexus_admin.language.paths import Sight
from nexus_admin.language.sorting import Key

LOOKED_AT = 20_000
"""Things that are looked at for one page, where there are more than that."""
SORTED = 150_000
"""Things that are gone through where another order is asked for than their own."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which things are asked for.

    Args:
        sight: With whose rights.
        fits: Whether a thing is one of them.
        known: What a filter plainly says of fields by which the collection narrows.
        plain: Whether that is all that it says.
    """

    sight: Sight
    fits: Callable[[Any], bool]
    known: Mapping[str, tuple[Any, ...]]
    plain: bool


@dataclass(frozen=True, slots=True)
class Found:
    """The things on a page, and the cursors of the pages beside it; None where there is none."""

    items: Sequence[Any]
    next: str | None = None
    previous: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. Its cursors say behind which key it goes on, and at which place that was.

    Args:
        table: What is listed.
        asked: Which of its things.
        request: How many of them, and where the page begins.
        bound: What its cursors are bound to: one of another list, or of other rights, is refused.
    """

    table: Collection
    asked: Asked
    request: ListRequest
    bound: str

    @property
    def limit(self) -> int:
        """How many things it has at most, 1 to 1,000."""
        return max(1, min(self.request.limit, 1000))

    @property
    def from_behind(self) -> bool:
        """Whether it begins where only counting leads: at the end, far behind, or before a page from there."""
        far = self.request.offset > LOOKED_AT or self.request.cursor == LAST
        return far or (bool(self.request.cursor) and self._behind()[0] is None)

    def streamed(self) -> Found:
        """Go through things in their own order until the page is full, or `LOOKED_AT` were looked at."""
        after, place = self._behind()
        found: list[Any] = []
        skip, looked, last = self.request.offset, 0, None
        for last in islice(self.table.items(self.asked.known, after), LOOKED_AT):
            looked += 1
            if self.asked.fits(last):
                skip -= 1
                if skip < 0:
                    found.append(last)
            if len(found) > self.limit:
                return Found(found[:-1], self._mark(found[-2], place + self.limit))
        return Found(found, self._mark(last, place + len(found)) if looked == LOOKED_AT else None)

    def gathered(self, keys: Sequence[Key]) -> Found:
        """Sort all of them, and cut the page out.

        Raises:
            BadRequest: more than `SORTED` fit, or the cursor is none.
        """
        items = [*filter(self.asked.fits, islice(self.table.items(self.asked.known, None), SORTED + 1))]
        if len(items) > SORTED:
            raise BadRequest(f"More than {SORTED:,} fit, which is too many to be sorted so. Narrow the list first.")
        for key in reversed(keys):
            items = _by(self.table, key, items)
        start = self.request.offset
        if self.request.cursor == LAST:
            start = max(0, len(items) - self.limit)
        elif self.request.cursor:
            start = self._place(items)
        page = items[start : start + self.limit]
        more = len(items) > start + self.limit
        return Found(
            page,
            self._mark(page[-1], start + len(page)) if page and more else None,
            write_cursor(Cursor(("", max(0, start - self.limit))), self.bound) if start else None,
        )

    def _place(self, items: Sequence[Any]) -> int:
        """Return where the page begins: behind the row that was the last, or where it was, should that be gone."""
        key, place = self._behind()
        if key:
            found = next((at for at, item in enumerate(items) if key_in(self.table, item) == key), None)
            return place if found is None else found + 1
        return place

    def _behind(self) -> tuple[str | None, int]:
        if not self.request.cursor:
            return None, 0
        key, place = read_cursor(self.request.cursor, self.bound, 2).values
        if not isinstance(key, str) or not isinstance(place, int) or not 0 <= place < 2**31:
            raise BadRequest("The cursor cannot be read. Begin with the first page.")
        return key or None, place

    def _mark(self, item: Any, place: int) -> str:
        return write_cursor(Cursor((_raw_key(self.table, item), place)), self.bound)


def _raw_key(table: Collection, item: Any) -> str:
    return str(table.columns[table.resource.key[0]].of(item))


def key_in(table: Collection, item: Any) -> str:
    """Return the key of *item* as addresses have it."""
    return key_of((_raw_key(table, item),))


def _by(table: Collection, key: Key, items: Sequence[Any]) -> list[Any]:
    """Sort by one field, things that are alike in it as they were; those without a value come last."""
    column = table.columns[key.path[0]]
    valued = [(column.of(item), item) for item in items]
    there = [(comparable(column.field, value), item) for value, item in valued if value is not None]
    there.sort(key=itemgetter(0), reverse=key.down)
    return [item for _, item in there] + [item for value, item in valued if value is None]
