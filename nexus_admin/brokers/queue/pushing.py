"""Pushes, as many as wait, done at once."""

from __future__ import annotations

from dataclasses import field
from typing import Any

import sqlalchemy as sa

from nexus_admin.brokers.content import Content
from nexus_admin.brokers.queue import statements
from nexus_admin.brokers.queue.checking import Terms
from nexus_admin.brokers.queue.dialect import Dialect
from nexus_admin.brokers.queue.lines import Line, Lines, Rung
from nexus_admin.brokers.queue.moments import Moments
from nexus_admin.brokers.queue.statements import FAR
from nexus_admin.domain.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Push:
    """What one caller asks for: jobs on the same terms, with the ids that they get."""

    terms: Terms
    contents: list[Content]
    ids: list[str]


@dataclass(frozen=True, slots=True)
class Pushed:
    """What came of it.

    Args:
        ids: Of the jobs, or of the one that had the key already.
        rung: How many are ready, and when the others are due.
        fresh: How many jobs there are more.
    """

    ids: list[str]
    rung: Rung = field(default_factory=Rung)
    fresh: int = 0


class Pushing:
    """The batch of pushes.

    Args:
        dialect: How the database is spoken to.
        moments: What time it is.
        lines: Where those with a serial key stand.
    """

    def __init__(self, dialect: Dialect, moments: Moments, lines: Lines) -> None:
        self._dialect, self._moments, self._lines = dialect, moments, lines

    def batch(self, connection: sa.Connection, asked: list[Push]) -> list[Pushed]:
        """Push all of it: what needs no look first in one statement, the rest in an order that all processes share."""
        self._lines.lock(connection, lines_of(asked))
        plain: list[Any] = []
        results: dict[int, Pushed] = {}
        others: list[tuple[tuple[str, str], int]] = []
        for number, one in enumerate(asked):
            if one.terms.key is None and one.terms.serial is None:
                results[number] = self._plain(one, plain)
            else:
                others.append(((one.terms.queue, one.terms.key or ""), number))
        self._dialect.all(connection, statements.PUSH, plain)
        for _, number in sorted(others):
            results[number] = self._looked_up(connection, asked[number])
        return [results[number] for number in range(len(asked))]

    def _plain(self, one: Push, into: list[Any]) -> Pushed:
        place = self._place(one.terms)
        into.extend(_rows(one, place, self._moments.now()))
        return _pushed(one, place, len(one.ids))

    def _looked_up(self, connection: sa.Connection, one: Push) -> Pushed:
        """Push what has a key, which may be taken, or a serial key, whose line may be held."""
        terms = one.terms
        while True:
            if terms.key is not None:
                there = self._dialect.rows(connection, statements.WITH_KEY, (terms.queue, terms.key))
                if there:
                    return Pushed([there[0][0]])
            place, now = self._place(terms), self._moments.now()
            held = terms.serial is not None and not self._lines.is_free(connection, (terms.queue, terms.serial))
            rows = _in_line(_rows(one, place, now), place, held=held, serial=terms.serial is not None)
            if self._dialect.each(connection, statements.PUSH_UNLESS_THERE, rows) == [1] * len(rows):
                # Who has not seen the other's key, because it was not committed yet, comes here again.
                return _pushed(one, place, 0 if held else 1 if terms.serial is not None else len(rows))

    def _place(self, terms: Terms) -> _Place:
        now = self._moments.now()
        if terms.run_at is not None and terms.run_at > self._moments.named():
            return ("waiting", terms.run_at, None, None)
        if terms.delay:
            return ("waiting", now + terms.delay, terms.delay, None)
        return ("ready", None, None, now)


_Place = tuple[str, int | None, int | None, int | None]
"""State, due, span, and since when it is ready."""


def _rows(one: Push, place: _Place, now: int) -> list[Any]:
    terms = one.terms
    state, due, span, ready = place
    return [
        (id, terms.queue, state, terms.rank, due, span, ready, terms.max_attempts, terms.key, terms.serial,
         content.data, content.type, terms.note, now)
        for id, content in zip(one.ids, one.contents, strict=True)
    ]  # fmt: skip


def _in_line(rows: list[Any], place: _Place, *, held: bool, serial: bool) -> list[Any]:
    """Let all but who may hold the line wait for their turn; they keep the time that they wait for."""
    if not serial:
        return rows
    _, due, span, _ = place
    first = 0 if held else 1
    return rows[:first] + [(*row[:2], "waiting", row[3], FAR, span, due, *row[7:]) for row in rows[first:]]


def _pushed(one: Push, place: _Place, up: int) -> Pushed:
    ready = place[0] == "ready"
    rung = Rung({one.terms.queue: up} if ready and up else {})
    rung.at(place[1] if up else None)
    return Pushed(one.ids, rung, len(one.ids))


def lines_of(asked: list[Push]) -> list[Line]:
    """Return the lines that *asked* stand in."""
    return [(one.terms.queue, one.terms.serial) for one in asked if one.terms.serial is not None]
