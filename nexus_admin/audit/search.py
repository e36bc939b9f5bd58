"""Finding entries: pages by keyset, one with its group, a row's history, facets and a timeline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from nexus_admin.audit.query import AuditPage, AuditQuery, Facets, Past, Within
from nexus_admin.audit.record import Recorder, microseconds, moment
from nexus_admin.domain.audit import AuditEntry
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadRequest, NotFound
from nexus_admin.state.tables.ledger import audit_change, audit_entry

Period = tuple[str, datetime, datetime]
"""A source's name, from when until when."""
ENTRY, CHANGE = audit_entry.c, audit_change.c
COUNTED = 50_000
"""Entries that facets look at, the newest."""
_FACETS = {
    "actors": ENTRY.actor,
    "actions": ENTRY.action,
    "sources": ENTRY.source,
    "resources": ENTRY.resource,
    "outcomes": ENTRY.outcome,
    "vias": ENTRY.via,
}
_GRAINS = {"hour": 3_600_000_000, "day": 86_400_000_000}


def _pattern(pattern: str) -> sa.ColumnElement[bool]:
    if "*" not in pattern:
        return ENTRY.action == pattern
    escaped = pattern.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_").replace("*", "%")
    return ENTRY.action.like(escaped, escape="\\")


def _contains(text: str) -> sa.ColumnElement[bool]:
    columns = (ENTRY.detail, ENTRY.actor_name, ENTRY.action, ENTRY.resource, ENTRY.key, ENTRY.reason, ENTRY.data)
    changed = sa.exists().where(
        CHANGE.entry == ENTRY.no,
        sa.or_(*(column.icontains(text, autoescape=True) for column in (CHANGE.title, CHANGE.key))),
    )
    return sa.or_(*(column.icontains(text, autoescape=True) for column in columns), changed)


def _conditions(query: AuditQuery, without: str = "") -> list[sa.ColumnElement[bool]]:
    """Return what *query* asks for; the facet *without* is left out."""
    found: list[sa.ColumnElement[bool]] = []
    for name, column in _FACETS.items():
        values: tuple[str, ...] = getattr(query, name)
        if values and name != without:
            found.append(sa.or_(*map(_pattern, values)) if name == "actions" else column.in_(values))
    if query.key is not None:
        found.append(ENTRY.key == query.key)
    if query.since is not None:
        found.append(ENTRY.at >= _micro(query.since))
    if query.until is not None:
        found.append(ENTRY.at < _micro(query.until))
    if query.parent is not None:
        found.append(ENTRY.parent == query.parent)
    if query.outermost:
        found.append(ENTRY.parent.is_(None))
    if query.changing:
        found.append(ENTRY.no.in_(_with_changes(within=query.outermost)))
    if query.text.strip():
        found.append(_contains(query.text.strip()))
    return found


def _with_changes(*, within: bool) -> sa.Select[tuple[int]] | sa.CompoundSelect[tuple[int]]:
    """Return the numbers of the entries that changed rows; those too *within* which a call did so, however deep.

    One list of numbers, so that only what changed something is looked at, however many reads there are.
    """
    direct = sa.select(CHANGE.entry)
    if not within:
        return direct
    nested = sa.select(ENTRY.parent).where(ENTRY.parent.isnot(None), ENTRY.change_count > 0)
    above = nested.cte("above", recursive=True)
    entry = audit_entry.alias()
    above = above.union(sa.select(entry.c.parent).where(entry.c.id == above.c.parent, entry.c.parent.isnot(None)))
    other = audit_entry.alias()
    return direct.union(sa.select(other.c.no).where(other.c.id.in_(sa.select(above.c.parent))))


def _micro(at: datetime) -> int:
    if at.tzinfo is None:
        raise BadRequest(f"{at.isoformat()} has no time zone. Write it with one, e.g. {at.isoformat()}Z.")
    return microseconds(at)


def find(connection: sa.Connection, recorder: Recorder, query: AuditQuery) -> AuditPage:
    """Return a page of entries, newest first.

    Raises:
        BadRequest: the cursor is not one of ours, the limit is out of range, or a time has no zone.
    """
    if not 1 <= query.limit <= 1000:
        raise BadRequest(f"A page of the audit has 1 to 1,000 entries, not {query.limit}.")
    statement = sa.select(audit_entry).where(*_conditions(query)).order_by(ENTRY.no.desc()).limit(query.limit + 1)
    if query.cursor is not None:
        if not query.cursor.isdecimal() or len(query.cursor) > 18:
            raise BadRequest(f"{query.cursor[:40]!r} is not a page of the audit. Start from the first one.")
        statement = statement.where(ENTRY.no < int(query.cursor))
    rows = connection.execute(statement).mappings().all()
    more, rows = len(rows) > query.limit, rows[: query.limit]
    entries = _entries(connection, recorder, rows, most=query.changes)
    counts = {row["id"]: row["change_count"] for row in rows}
    within = _within(connection, [row["id"] for row in rows]) if query.outermost else {}
    return AuditPage(tuple(entries), str(rows[-1]["no"]) if more else None, counts, within)


def _within(connection: sa.Connection, ids: Sequence[str]) -> dict[str, Within]:
    """Return, for each id that calls ran within, how many, and how many rows they changed."""
    root = {one: one for one in ids}
    calls, rows = Counter[str](), Counter[str]()
    above: Sequence[str] = ids
    while above:
        below: list[tuple[str, str, int]] = []
        for part in _parts(above):
            statement = sa.select(ENTRY.id, ENTRY.parent, ENTRY.change_count).where(ENTRY.parent.in_(part))
            below += map(tuple, connection.execute(statement))
        above = [one for one, _, _ in below if one not in root]
        for one, parent, changed in below:
            root.setdefault(one, root[parent])
            calls[root[parent]] += 1
            rows[root[parent]] += changed
    return {one: Within(count, rows[one]) for one, count in calls.items()}


def _entries(
    connection: sa.Connection,
    recorder: Recorder,
    rows: Sequence[sa.RowMapping],
    *,
    most: int | None = None,
    unsealed: bool = False,
) -> list[AuditEntry]:
    numbers = [row["no"] for row in rows if row["change_count"]]
    changes: dict[int, list[sa.RowMapping]] = {}
    for part in _parts(numbers):
        statement = sa.select(audit_change).where(CHANGE.entry.in_(part)).order_by(CHANGE.entry, CHANGE.n)
        if most is not None:
            statement = statement.where(CHANGE.n < most)
        for change in connection.execute(statement).mappings():
            changes.setdefault(change["entry"], []).append(change)
    undone = _undone(connection, [row["id"] for row in rows])
    return [
        recorder.entry(row, changes.get(row["no"], ()), undone_by=undone.get(row["id"]), unsealed=unsealed)
        for row in rows
    ]


def _parts(values: Sequence[Any], size: int = 500) -> Iterable[Sequence[Any]]:
    return (values[at : at + size] for at in range(0, len(values), size))


def _undone(connection: sa.Connection, ids: Sequence[str]) -> dict[str, str]:
    """Return, for each id that was taken back, the entry that did it last."""
    found: dict[str, str] = {}
    for part in _parts(ids):
        statement = sa.select(ENTRY.undoes, ENTRY.id).where(ENTRY.undoes.in_(part), ENTRY.outcome == "done")
        found.update((undoes, entry_id) for undoes, entry_id in connection.execute(statement.order_by(ENTRY.no)))
    return found


def group(connection: sa.Connection, recorder: Recorder, entry_id: str, *, unsealed: bool = False) -> list[AuditEntry]:
    """Return an entry and all that ran within it, in the order in which they were opened.

    Raises:
        NotFound: there is no such entry.
    """
    rows = list(connection.execute(sa.select(audit_entry).where(ENTRY.id == entry_id)).mappings())
    if not rows:
        raise NotFound(f"There is no audit entry {entry_id[:60]}.")
    above: Sequence[str] = [entry_id]
    known = {entry_id}
    while above:
        below: list[sa.RowMapping] = []
        for part in _parts(above):
            below += connection.execute(sa.select(audit_entry).where(ENTRY.parent.in_(part))).mappings()
        below = [row for row in below if row["id"] not in known]
        above = [row["id"] for row in below]
        known.update(above)
        rows += below
    rows[1:] = sorted(rows[1:], key=lambda row: int(row["no"]))
    return _entries(connection, recorder, rows, unsealed=unsealed)


@dataclass(frozen=True, slots=True)
class Names:
    """Under which names the ledger knows a source.

    Args:
        former: Those that it had before.
        others: When its name of today was that of another source.
    """

    former: Sequence[Period] = ()
    others: Sequence[Period] = ()


def _called(name: str, since: datetime, until: datetime) -> sa.ColumnElement[bool]:
    first, last = microseconds(since), microseconds(until)
    within = sa.select(ENTRY.no).where(ENTRY.no == CHANGE.entry, ENTRY.at.between(first, last))
    return sa.and_(CHANGE.source == name, within.exists())


def history(
    connection: sa.Connection,
    recorder: Recorder,
    row: tuple[str, str, str],
    limit: int,
    before: str = "",
    names: Names | None = None,
) -> list[Past]:
    """Return the newest *limit* changes of the row (source, resource, key), newest first; those before a mark."""
    names = names or Names()
    own = sa.and_(CHANGE.source == row[0], *(sa.not_(_called(*one)) for one in names.others))
    place = sa.or_(own, *(_called(*one) for one in names.former))
    statement = (
        sa.select(audit_change)
        .where(place, CHANGE.resource == row[1], CHANGE.key == row[2])
        .order_by(CHANGE.entry.desc(), CHANGE.n.desc())
        .limit(limit)
    )
    if before:
        statement = statement.where(_older(connection, before))
    changes = connection.execute(statement).mappings().all()
    entries = _by(connection, ENTRY.no, {change["entry"] for change in changes})
    undone = _undone(connection, [entry["id"] for entry in entries.values()])
    roots = _Roots(connection)
    found = []
    for change in changes:
        entry = entries[change["entry"]]
        root = roots.of(entry)
        found.append(
            Past(
                recorder.change(change, f"{entry['id']}/{change['n']}"),
                recorder.entry(entry, undone_by=undone.get(entry["id"])),
                recorder.entry(root, undone_by=undone.get(root["id"])),
                f"{entry['id']}.{change['n']}",
            )
        )
    return found


def _older(connection: sa.Connection, mark: str) -> sa.ColumnElement[bool]:
    """Return the condition that a change lies before the one with this mark.

    Raises:
        BadRequest: it is no mark of ours.
    """
    entry, _, n = mark.partition(".")
    no = connection.execute(sa.select(ENTRY.no).where(ENTRY.id == entry)).scalar_one_or_none()
    if no is None or not n.isdecimal() or len(n) > 9:
        raise BadRequest("This page of the history cannot be found. Begin with the first one.")
    return sa.or_(CHANGE.entry < no, sa.and_(CHANGE.entry == no, CHANGE.n < int(n)))


def _by(connection: sa.Connection, column: sa.Column[Any], values: Iterable[Any]) -> dict[Any, sa.RowMapping]:
    found = {}
    for part in _parts(list(values)):
        for row in connection.execute(sa.select(audit_entry).where(column.in_(part))).mappings():
            found[row[column.name]] = row
    return found


class _Roots:
    """Walks from entries to the outermost calls that they ran within."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._known: dict[str, sa.RowMapping | None] = {}

    def of(self, row: sa.RowMapping) -> sa.RowMapping:
        seen = {row["id"]}
        while row["parent"] is not None and row["parent"] not in seen:
            seen.add(row["parent"])
            if row["parent"] not in self._known:
                self._known[row["parent"]] = _by(self._connection, ENTRY.id, [row["parent"]]).get(row["parent"])
            above = self._known[row["parent"]]
            if above is None:
                break
            row = above
        return row


def facets(connection: sa.Connection, query: AuditQuery) -> Facets:
    """Return the values and counts of the newest entries that *query* finds."""
    counts: dict[str, tuple[tuple[str, int], ...]] = {}
    capped = False
    for name, column in _FACETS.items():
        newest = (
            sa.select(column.label("value"))
            .where(*_conditions(query, without=name))
            .order_by(ENTRY.no.desc())
            .limit(COUNTED)
            .subquery()
        )
        number = sa.func.count()
        statement = sa.select(newest.c.value, number).group_by(newest.c.value).order_by(number.desc(), newest.c.value)
        found = connection.execute(statement).all()
        capped |= sum(count for _, count in found) >= COUNTED
        counts[name] = tuple((value, count) for value, count in found if value is not None)
    ids = [actor for actor, _ in counts["actors"]]
    return Facets(counts, _names(connection, ids), capped)


def _names(connection: sa.Connection, actors: Sequence[str]) -> dict[str, str]:
    """Return how each actor was called last."""
    newest = sa.select(sa.func.max(ENTRY.no)).where(ENTRY.actor.in_(actors[:500])).group_by(ENTRY.actor)
    found = connection.execute(sa.select(ENTRY.actor, ENTRY.actor_name).where(ENTRY.no.in_(newest)))
    return dict(map(tuple, found))


def timeline(
    connection: sa.Connection, query: AuditQuery, grain: str, offset_minutes: int
) -> list[tuple[datetime, int]]:
    """Return (start, count) for each hour or day that has entries, oldest first.

    Raises:
        BadRequest: another grain.
    """
    if grain not in _GRAINS:
        raise BadRequest(f"The audit is counted by hour or by day, not by {grain[:40]!r}.")
    size, offset = _GRAINS[grain], offset_minutes * 60_000_000
    bucket: sa.ColumnElement[int] = (ENTRY.at + offset) // size
    statement = sa.select(bucket, sa.func.count()).where(*_conditions(query)).group_by(bucket).order_by(bucket)

    return [(moment(int(number) * size - offset), count) for number, count in connection.execute(statement)]
