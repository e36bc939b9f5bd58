"""Rows of collections: filtered, sorted and paged in Python, with the rights and the language of every other row.

What is few is gathered and sorted; of what is many only so much is looked at for a page as it takes to fill it, and
where nothing fits for long the page ends short and says where to go on.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Literal

import sqlalchemy as sa

from nexus_admin.data.counting import CAP
from nexus_admin.data.cursors import bound_to
from nexus_admin.data.picking import Option
from nexus_admin.data.rows import Facets, Options, Rows
from nexus_admin.data.scope import Decide, Mask
from nexus_admin.data.source import DataSource
from nexus_admin.data.virtual import Collection, VirtualSource
from nexus_admin.data.virtual_pages import SORTED, Asked, Page, key_in
from nexus_admin.domain.expression import And, Comparison, Expression, Not, Or, Search, Variable, both
from nexus_admin.domain.resource import Resource
from nexus_admin.domain.row import ListRequest, Row, RowCount, RowPage
from nexus_admin.language.evaluate import Evaluation
from nexus_admin.language.lower import Lowering
from nexus_admin.language.paths import Sight
from nexus_admin.language.sorting import sort_keys
from nexus_admin.language.variables import Variables

GATHERED = 5_000
"""Things that are gathered and sorted as a whole."""
FACETS = 2_000
"""Things among which the values of a field are counted."""


def rows_of(source: DataSource, connection: sa.Connection, decide: Decide, variables: Variables, mask: Mask) -> Rows:
    """Return the rows of *source* as one actor may see and change them, whatever is behind it."""
    kind = VirtualRows if isinstance(source, VirtualSource) else Rows
    return kind(source, connection, decide, variables, mask)


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
        page = Page(table, asked, request, bound_to(resource, sort, request.where, request.search, rights))
        many, began = table.count(asked.known), time.perf_counter()
        own_order = keys == sort_keys(asked.sight, table.resource, ())
        if own_order and (many is None or many > GATHERED) and not page.from_behind:
            found = page.streamed()
        else:
            found = page.gathered(keys)
        names = tuple(one for one in dict.fromkeys(request.fields) if one in table.columns) or tuple(table.columns)
        rows = [self._row(table, item, names) for item in found.items]
        took = (time.perf_counter() - began) * 1000
        return RowPage(rows, [key_in(table, one) for one in found.items], {}, found.next, found.previous, sort, took)

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

    def _asked(self, table: Collection, request: ListRequest) -> Asked:
        """Read a filter and words with the actor's rights.

        Raises:
            UnknownField, BadExpression: it names what is not there, or not for them.
        """
        resource = table.resource
        sight = Sight(self._scope.snapshot.schema, self._scope.decider("row.list", resource.name))
        where = both(request.where, Search(request.search) if request.search else None)
        known, plain = _known(table, request.where)
        if where is None:
            return Asked(sight, lambda _item: True, {}, True)
        lowering = Lowering(sight, self._scope.variables)
        shape = lowering.condition(where, resource)
        evaluation = Evaluation(self._scope.snapshot.schema, lowering.values, None)
        columns = [(name, table.columns[name].of) for name in _fields(where, sight, resource)]

        def fits(item: Any) -> bool:
            return evaluation.holds(shape, {name: of(item) for name, of in columns}, resource)

        return Asked(sight, fits, known, plain and not request.search)


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
