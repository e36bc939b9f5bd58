"""Planning an undo: what would have to be done to which rows, and where somebody else was there since.

Pure: it reads the rows through a function that it is given and changes nothing. The
changes of a whole operation are walked backwards, so that foreign keys hold. Each is
compared before it is taken back: where the row is no longer as the operation left it,
there is a conflict instead of a step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import Any, Literal

from nexus_admin.audit.values import same
from nexus_admin.domain.audit import AuditEntry, Change
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.row import Masked, Row, Unreadable

Current = Callable[[Change], Row | None]
"""`current(change)` -> the row at the change's key now, None if there is none. Secrets in the clear."""


@dataclass(frozen=True, slots=True)
class UndoStep:
    """One write that takes a change back.

    Args:
        verb: `delete` what was created, `update` what was updated, `create` what was deleted.
        source: The data source's name.
        resource: The resource's name.
        key: The row's key now; for `create` the key that it will have.
        values: What to write, by field; a whole row for `create`, nothing for `delete`.
        expect: What must stand there now, by field: compare before writing. For `create`: no row at all.
        title: How the row was called.
        entry: Id of the entry whose change it takes back.
    """

    verb: Literal["create", "update", "delete"]
    source: str
    resource: str
    key: str
    values: Mapping[str, Any]
    expect: Mapping[str, Any]
    title: str
    entry: str


@dataclass(frozen=True, slots=True)
class UndoConflict:
    """A change that is left alone, and why.

    Args:
        change: The change.
        entry: Its entry's id.
        why: A sentence.
        fields: For each field in the way: what the operation left, what is there now, what it would go back to.
    """

    change: Change
    entry: str
    why: str
    fields: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """What undoing an operation means.

    Args:
        steps: In the order in which they must be done.
        conflicts: What is left alone.
        already: Changes that are back already.
        undone_by: Id of the entry that took the operation back before, if one did.
        notes: What comes back otherwise than it was, in sentences.
    """

    steps: tuple[UndoStep, ...]
    conflicts: tuple[UndoConflict, ...]
    already: tuple[Change, ...]
    undone_by: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether all that there is to do can be done."""
        return not self.conflicts

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.steps


def plan(entries: Iterable[AuditEntry], current: Current) -> UndoPlan:
    """Plan how to take back an operation.

    Args:
        entries: An entry and all that ran within it, as `Ledger.group(id, unsealed=True)` gives them.
        current: Reads a row as it is now.

    Returns:
        The plan; with an empty one there is nothing to take back.
    """
    group = list(entries)
    walk = _Walk(current)
    for entry, change in _backwards(group):
        walk.take_back(entry.id, change)
    undone_by = next((entry.undone_by for entry in group if entry.undone_by), None)
    return UndoPlan(tuple(walk.steps), tuple(walk.conflicts), tuple(walk.already), undone_by)


def _backwards(group: list[AuditEntry]) -> list[tuple[AuditEntry, Change]]:
    """Return what really happened, last first: by place, and for want of that in the order of closing."""
    happened = [
        (change.place, entry.seq, n, entry, change)
        for entry in group
        if entry.outcome in ("done", "unknown")
        for n, change in enumerate(entry.changes)
    ]
    happened.sort(key=lambda one: one[:3], reverse=True)
    return [(entry, change) for *_, entry, change in happened]


class _Walk:
    """Goes backwards, keeping in mind how each row will be by then."""

    def __init__(self, current: Current) -> None:
        self._current = current
        self._rows: dict[tuple[str, str, str], Row | None] = {}
        self._blocked: set[tuple[str, str, str]] = set()
        self.steps: list[UndoStep] = []
        self.conflicts: list[UndoConflict] = []
        self.already: list[Change] = []

    def take_back(self, entry: str, change: Change) -> None:
        at = (change.source, change.resource, change.key)
        if at not in self._rows:
            row = self._current(change)
            self._rows[at] = None if row is None else dict(row)
        if at in self._blocked:
            self.conflicts.append(UndoConflict(change, entry, "A later change of the same row is in the way."))
            return
        row = self._rows[at]
        match change.verb:
            case "create":
                self._uncreate(entry, change, row)
            case "update":
                self._unupdate(entry, change, row)
            case "delete":
                self._undelete(entry, change, row)

    def _uncreate(self, entry: str, change: Change, row: Row | None) -> None:
        if row is None:
            self.already.append(change)
            return
        after = dict(change.after or {})
        if in_the_way := _differing(after, row, {}, after):
            self._conflict(entry, change, "It was changed since it was made.", in_the_way)
            return
        self._step(entry, change, "delete", {}, after, None)

    def _unupdate(self, entry: str, change: Change, row: Row | None) -> None:
        before, after = change.before or {}, change.after or {}
        names = [name for name in {**before, **after} if not _alike(before, after, name)]
        if row is None:
            self._conflict(entry, change, "It is not there any more.")
            return
        back = {name: before.get(name, _NOT_KEPT) for name in names}
        if names and all(_alike(before, row, name) for name in back):
            self.already.append(change)
            self._rows[change.source, change.resource, change.key] = {**row, **back}
            return
        if lost := _lost(back):
            self._conflict(
                entry, change, f"What stood in {lost} before was not kept in a form that can be written back."
            )
            return
        expect = {name: after[name] for name in back if name in after}
        if in_the_way := _differing(expect, row, before, expect):
            self._conflict(entry, change, "It was changed since.", in_the_way)
            return
        self._step(entry, change, "update", back, expect, {**row, **back})

    def _undelete(self, entry: str, change: Change, row: Row | None) -> None:
        before = dict(change.before or {})
        if row is not None:
            if in_the_way := _differing(before, row, before, {}):
                self._conflict(entry, change, "Another row has its key now.", in_the_way)
            else:
                self.already.append(change)
            return
        if lost := _lost(before):
            self._conflict(entry, change, f"What stood in {lost} was not kept in a form that can be written back.")
            return
        self._step(entry, change, "create", before, {}, before)

    def _step(
        self,
        entry: str,
        change: Change,
        verb: Literal["create", "update", "delete"],
        values: Mapping[str, Any],
        expect: Mapping[str, Any],
        then: Row | None,
    ) -> None:
        self._rows[change.source, change.resource, change.key] = then
        self.steps.append(
            UndoStep(verb, change.source, change.resource, change.key, values, expect, change.title, entry)
        )

    def _conflict(
        self, entry: str, change: Change, why: str, fields: Mapping[str, Mapping[str, Any]] | None = None
    ) -> None:
        self._blocked.add((change.source, change.resource, change.key))
        self.conflicts.append(UndoConflict(change, entry, why, fields or {}))


_NOT_KEPT = Masked()


def _alike(one: Mapping[str, Any], other: Mapping[str, Any], name: str) -> bool:
    return name in one and name in other and same(one[name], other[name])


def _differing(
    expected: Mapping[str, Any], row: Row, back: Mapping[str, Any], left: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """Return the fields of *expected* that *row* has otherwise. A field that is gone from the table differs too."""
    return {
        name: {"left": left.get(name), "now": row.get(name), "back": back.get(name)}
        for name, value in expected.items()
        if name not in row or not same(value, row[name])
    }


def _lost(values: Mapping[str, Any]) -> str:
    """Return the names of values that were never kept as such, for a sentence."""
    return ", ".join(name for name, value in values.items() if isinstance(value, Masked | Unreadable))
