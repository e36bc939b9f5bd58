"""Pages of a list: where to begin, which statements to run, and the cursors that go on from there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import exc

from nexus_admin.data.asking import Paths, question, run
from nexus_admin.data.cursors import Cursor, bound_to, read_cursor, write_cursor
from nexus_admin.data.scope import Scope
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadRequest
from nexus_admin.domain.resource import Resource
from nexus_admin.domain.row import LAST, ListRequest
from nexus_admin.language.paging import Leg, Listing, legs, page_statement, settle
from nexus_admin.language.prepared import Prepared
from nexus_admin.language.selecting import Question
from nexus_admin.language.sorting import sort_keys

END = Cursor((), backwards=True)
"""Behind the last row, looking back."""


@dataclass(frozen=True, slots=True)
class Found:
    """Raw rows of a page, and where it goes on."""

    raws: Sequence[Sequence[Any]]
    next: str | None = None
    previous: str | None = None
    sort: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Asked:
    """A list that is asked for: the question, what it comes down to, and what its cursors are bound to."""

    scope: Scope
    question: Question
    listing: Listing
    bound: str
    limit: int

    def paged(self, leg: Leg, backwards: bool = False, jump: bool = False) -> tuple[Prepared, tuple[int, ...]]:
        """Return the statement of one stretch, and the places of its keys; made once for each shape of a list."""

        def make() -> tuple[Prepared, tuple[int, ...]]:
            made = page_statement(self.question, self.listing, leg, backwards, jump)
            return Prepared(made.statement), made.places

        return self.scope.snapshot.once(("page", self.question.resource.name, self.listing, leg, backwards, jump), make)

    def mark(self, row: Sequence[Any], places: tuple[int, ...], backwards: bool) -> str:
        """Return the cursor beside *row*."""
        return write_cursor(Cursor(tuple(row[place] for place in places), backwards), self.bound)


def page(scope: Scope, resource: Resource, request: ListRequest, paths: Paths) -> Found:
    """Return raw rows of one page: by key after a cursor, by offset where rows have no key or a jump is asked for.

    Raises:
        UnknownField, BadExpression: the sort or filter names what is not there, or not for this actor.
        BadRequest: the cursor is not ours, or belongs to another question.
    """
    asked = question(scope, resource, "row.list")
    shape = asked.shape(request.where, request.search)
    keys = sort_keys(asked.sight, resource, request.sort)
    sort = tuple(map(str, keys))
    # As it was asked, and with which rights; what `now` stands for is another moment on every page.
    rights = scope.decision("row.list", resource.name).fingerprint
    bound = bound_to(resource.name, sort, request.where, request.search, rights)
    listed = _Asked(scope, asked, settle(asked, shape, keys, paths), bound, max(1, min(request.limit, 1000)))
    if not resource.key or request.offset:
        return replace(_by_offset(listed, request), sort=sort)
    if request.cursor == LAST:
        return replace(_by_key(listed, END), sort=sort)
    cursor = read_cursor(request.cursor, bound, len(keys)) if request.cursor else None
    return replace(_by_key(listed, cursor), sort=sort)


def first_rows(scope: Scope, resource: Resource, words: str, limit: int, paths: Paths) -> Sequence[Sequence[Any]]:
    """Return the first rows that contain every one of *words*, in the resource's own order."""
    asked = question(scope, resource, "row.list")
    shape = asked.shape(search=words)
    keys = sort_keys(asked.sight, resource, ())
    return _by_key(_Asked(scope, asked, settle(asked, shape, keys, paths), "", limit), None).raws


def _by_key(asked: _Asked, cursor: Cursor | None) -> Found:
    backwards = cursor is not None and cursor.backwards
    nulls = tuple(value is None for value in cursor.values) if cursor and cursor.values else None
    rows: list[Sequence[Any]] = []
    places: tuple[int, ...] = ()
    for leg in legs(asked.listing.keys, nulls, backwards):
        wanted = asked.limit + 1 - len(rows)
        if wanted > 0:
            given = {}
            if cursor is not None and leg.nulls is not None:
                values = cursor.values[len(cursor.values) - len(leg.keys) :]
                given = {f"c{at}": value for at, value in enumerate(values)}
            statement, places = asked.paged(leg, backwards)
            with _comparable(bool(given)):
                rows += run(asked.scope, asked.question, statement, {**given, "limit": wanted})
    more = len(rows) > asked.limit
    del rows[asked.limit :]
    if backwards:
        rows.reverse()
    if not rows:
        return Found(rows)
    following, earlier = (cursor is not END, more) if backwards else (more, cursor is not None)
    return Found(
        rows,
        asked.mark(rows[-1], places, False) if following else None,
        asked.mark(rows[0], places, True) if earlier else None,
    )


@contextmanager
def _comparable(with_cursor: bool) -> Iterator[None]:
    """Say what is wrong where the database cannot compare its rows with the values of a cursor: it was not made here.

    Raises:
        BadRequest: that is so.
    """
    try:
        yield
    except (exc.DataError, exc.ProgrammingError, exc.InterfaceError, OverflowError, UnicodeError) as error:
        if not with_cursor:
            raise
        raise BadRequest("The cursor cannot be read. Begin with the first page.") from error
    except exc.StatementError as error:
        if not with_cursor or isinstance(error, exc.DBAPIError):
            raise
        raise BadRequest("The cursor cannot be read. Begin with the first page.") from error


def _by_offset(asked: _Asked, request: ListRequest) -> Found:
    """Page by counting rows off: the way of tables without a key, and of jumps."""
    start, keyed = request.offset, bool(asked.question.resource.key)
    if request.cursor:
        (place,) = read_cursor(request.cursor, asked.bound, 1).values
        if not isinstance(place, int) or not 0 <= place < 2**31:
            raise BadRequest("The cursor cannot be read. Begin with the first page.")
        start = place
    statement, places = asked.paged(Leg(asked.listing.keys), jump=True)
    given = {"limit": asked.limit + 1, "offset": start}
    rows = list(run(asked.scope, asked.question, statement, given))
    more = len(rows) > asked.limit
    del rows[asked.limit :]
    if keyed and rows:
        following = asked.mark(rows[-1], places, False) if more else None
        return Found(rows, following, asked.mark(rows[0], places, True))
    onward = write_cursor(Cursor((start + asked.limit,)), asked.bound) if more else None
    return Found(rows, onward, write_cursor(Cursor((max(0, start - asked.limit),)), asked.bound) if start else None)
