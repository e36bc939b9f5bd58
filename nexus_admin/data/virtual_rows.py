"""Rows of collections: filtered, sorted and paged in Python, with the rights and the language of every other row.

What is few is gathered and sorted; of what is many only so much is looked at for a page as it takes to fill it, and
where nothing fits for long the page ends short and says where to go on.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import Any, Literal

import sqlalchemy as sa

from nexus_admin.data.counting import CAP
from nexus_admin.data.cursors import Cursor, bound_to, read_cursor, write_cursor
from nexus_admin.data.picking import Option
from nexus_admin.data.rows import Facets, Options, Rows
from nexus_admin.data.scope import Decide, Mask
from nexus_admin.data.source import DataSource
from nexus_admin.data.values.keys import key_of
from nexus_admin.data.virtual import Collection, VirtualSource
from nexus_admin.domain.errors import BadRequest
from nexus_admin.domain.expression import And, Comparison, Expression, Not, Or, Search, Variable, both
from nexus_admin.domain.resource import Resource
from nexus_admin.domain.row import LAST, ListRequest, Row, RowCount, RowPage
from nexus_admin.language.evaluate import Evaluation, comparable
from nexus_admin.language.lower import Lowering
from nexus_admin.language.paths import Sight
from nexus_admin.language.sorting import Key, sort_keys
from nexus_admin.language.variables import Variables

GATHERED = 5_000
"""Things that are gathered and sorted as a whole."""
LOOKED_AT = 20_000
"""Things that are looked at for one page, where there are more than that."""
SORTED = 150_000
"""Things that are gone through where another order is asked for than their own."""
FACETS = 2_000
"""Things among which the values of a field are counted."""


def rows_of(source: DataSource, connection: sa.Connection, decide: Decide, variables: Variables, mask: Mask) -> Rows:
    """Return the rows of *source* as one actor may see and change them, whatever is behind it."""
    kind = VirtualRows if isinstance(source, VirtualSource) else Rows
    return kind(source, connection, decide, variables, mask)


@dataclass(frozen=True, slots=True)
class _Asked:
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


class VirtualRows(Rows):
    """Rows of collections as one actor may see them; see `Rows`. They are not written."""

    def list(self, resource: str, request: ListRequest) -> RowPage:
        """As `Rows.list`.

        Raises:
            BadRequest: more would have to be sorted, or passed over, than is gone through.
        """
        table = self._collection(resource)
        asked = self._asked(table, request)
        keys = sort_keys(asked.sight, table.resource, request.sort)
        sort = tuple(map(str, keys))
        rights = self._scope.decision("row.list", resource).fingerprint
        page = _Page(table, asked, request, bound_to(resource, sort, request.where, request.search, rights))
        many, began = table.count(asked.known), time.perf_counter()
        own_order = keys == sort_keys(asked.sight, table.resource, ())
        if own_order and (many is None or many > GATHERED) and not page.from_behind:
            found = page.streamed()
        else:
            found = page.gathered(keys)
        names = tuple(one for one in dict.fromkeys(request.fields) if one in table.columns) or tuple(table.columns)
        rows = [self._row(table, item, names) for item in found.items]
        took = (time.perf_counter() - began) * 1000
        return RowPage(rows, [_key(table, one) for one in found.items], {}, found.next, found.previous, sort, took)

    def one(self, resource: str, key: str, action: str = "row.read") -> Row:  # noqa: ARG002  as `Rows` has it
        """As `Rows.one`."""
        table = self._collection(resource)
        item = table.find(str(self._scope.key(resource, key)[table.resource.key[0]]))
        if item is None:
            raise self._scope.absent(table.resource, key)
        return self._row(table, item, tuple(table.columns))

    def count(
        self, resource: str, request: ListRequest, how: Literal["estimate", "capped", "exact"] = "capped"
    ) -> RowCount:
        """As `Rows.count`: what is plainly asked for is known, all else is gone through."""
        table = self._collection(resource)
        asked = self._asked(table, request)
        known = table.count(asked.known) if asked.plain else None
        if known is not None:
            return RowCount(known, "exact")
        cap = SORTED if how == "exact" else CAP
        looked = [*islice(table.items(asked.known, None), cap + 1)]
        return RowCount(sum(map(asked.fits, looked[:cap])), "exact" if len(looked) <= cap else "capped")

    def facets(self, resource: str, field: str, limit: int = 50) -> Facets:
        """As `Rows.facets`."""
        table = self._collection(resource)
        Sight(self._scope.snapshot.schema, self._scope.decider("row.list", resource)).field(table.resource, field)
        of = table.columns[field].of
        return Counter(of(one) for one in islice(table.items({}, None), FACETS)).most_common(limit)

    def pick(self, resource: str, text: str, limit: int = 20) -> Options:
        """As `Rows.pick`."""
        page = self.list(resource, ListRequest(search=text, limit=limit))
        pairs = zip(page.keys, page.rows, strict=True)
        return [Option(key, self.title(resource, row, key)) for key, row in pairs if key is not None]

    def chosen(self, resource: str, request: ListRequest) -> Iterator[Any]:
        """Give every thing that a list would show, in the order of its collection: for what is done to all of them."""
        table = self._collection(resource)
        asked = self._asked(table, request)
        return filter(asked.fits, table.items(asked.known, None))

    def _collection(self, name: str) -> Collection:
        source = self._scope.source
        assert isinstance(source, VirtualSource)
        self._scope.permitted("row.list", name)
        return source.collection(name)

    def _row(self, table: Collection, item: Any, names: Iterable[str]) -> Row:
        """Return what the actor may see of a thing."""
        decision, row = self._scope.decision("row.list", table.resource.name), dict[str, Any]()
        for name in names:
            column = table.columns[name]
            access = decision.access(name)
            if access == "masked":
                row[name] = self._scope.mask(column.field, None)
            elif access != "hidden":
                row[name] = column.of(item)
        return row

    def _asked(self, table: Collection, request: ListRequest) -> _Asked:
        """Read a filter and words with the actor's rights.

        Raises:
            UnknownField, BadExpression: it names what is not there, or not for them.
        """
        resource = table.resource
        sight = Sight(self._scope.snapshot.schema, self._scope.decider("row.list", resource.name))
        where = both(request.where, Search(request.search) if request.search else None)
        known, plain = _known(table, request.where)
        if where is None:
            return _Asked(sight, lambda _item: True, {}, True)
        lowering = Lowering(sight, self._scope.variables)
        shape = lowering.condition(where, resource)
        evaluation = Evaluation(self._scope.snapshot.schema, lowering.values, None)
        columns = [(name, table.columns[name].of) for name in _fields(where, sight, resource)]

        def fits(item: Any) -> bool:
            return evaluation.holds(shape, {name: of(item) for name, of in columns}, resource)

        return _Asked(sight, fits, known, plain and not request.search)


@dataclass(frozen=True, slots=True)
class _Found:
    items: Sequence[Any]
    next: str | None = None
    previous: str | None = None


@dataclass(frozen=True, slots=True)
class _Page:
    """One page of a list. Its cursors say behind which key it goes on, and at which place that was."""

    table: Collection
    asked: _Asked
    request: ListRequest
    bound: str

    @property
    def limit(self) -> int:
        return max(1, min(self.request.limit, 1000))

    @property
    def from_behind(self) -> bool:
        """Whether it begins where only counting leads: at the end, far behind, or before a page from there."""
        far = self.request.offset > LOOKED_AT or self.request.cursor == LAST
        return far or (bool(self.request.cursor) and self._behind()[0] is None)

    def streamed(self) -> _Found:
        """Go through things in their own order until the page is full, or enough was looked at."""
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
                return _Found(found[:-1], self._mark(found[-2], place + self.limit))
        return _Found(found, self._mark(last, place + len(found)) if looked == LOOKED_AT else None)

    def gathered(self, keys: Sequence[Key]) -> _Found:
        """Sort all of them, and cut the page out."""
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
        return _Found(
            page,
            self._mark(page[-1], start + len(page)) if page and more else None,
            write_cursor(Cursor(("", max(0, start - self.limit))), self.bound) if start else None,
        )

    def _place(self, items: Sequence[Any]) -> int:
        """Return where the page begins: behind the row that was the last, or where it was, should that be gone."""
        key, place = self._behind()
        if key:
            found = next((at for at, item in enumerate(items) if _key(self.table, item) == key), None)
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


def _key(table: Collection, item: Any) -> str:
    return key_of((_raw_key(table, item),))


def _by(table: Collection, key: Key, items: Sequence[Any]) -> list[Any]:
    """Sort by one field, things that are alike in it as they were; those without a value come last."""
    column = table.columns[key.path[0]]
    valued = [(column.of(item), item) for item in items]
    there = [(comparable(column.field, value), item) for value, item in valued if value is not None]
    there.sort(key=itemgetter(0), reverse=key.down)
    return [item for _, item in there] + [item for value, item in valued if value is None]


def _known(table: Collection, where: Expression | None) -> tuple[dict[str, tuple[Any, ...]], bool]:
    """Return what a filter plainly says of fields by which the collection narrows, and whether it says no more."""
    parts = where.items if isinstance(where, And) else () if where is None else (where,)
    known: dict[str, tuple[Any, ...]] = {}
    plain = True
    for one in parts:
        values = _values(one) if isinstance(one, Comparison) and one.path[-1] in table.narrows else None
        if values is None or one.path[0] in known:  # type: ignore[union-attr]  # a comparison, if it has values
            plain = False
        else:
            known[one.path[0]] = values  # type: ignore[union-attr]
    return known, plain


def _values(one: Comparison) -> tuple[Any, ...] | None:
    values = one.value if one.op == "in" and isinstance(one.value, tuple) else (one.value,) if one.op == "eq" else None
    return values if values and not any(isinstance(value, Variable) for value in values) else None


def _fields(where: Expression, sight: Sight, resource: Resource) -> set[str]:
    """Return the fields that a filter speaks of."""
    match where:
        case Comparison():
            return {where.path[0]}
        case And() | Or():
            return {name for one in where.items for name in _fields(one, sight, resource)}
        case Not():
            return _fields(where.item, sight, resource)
        case Search():
            return {one.name for one in sight.searched(resource)}
    return set()
