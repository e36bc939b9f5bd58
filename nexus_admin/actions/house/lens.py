"""What somebody who looks at the audit may see of it: the values of rows under their own rights of today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from nexus_admin.access import Access
from nexus_admin.access.masks import HIDDEN, mask
from nexus_admin.actions.sources.known import Sources
from nexus_admin.actions.unit import Unit
from nexus_admin.data.rows import Rows
from nexus_admin.domain.audit import AuditEntry, Change
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import NexusError, NotFound
from nexus_admin.domain.resource import Resource, Schema
from nexus_admin.domain.row import Masked

HOUSE = "nexus"
PEOPLE = ("users", "roles")
"""Things of the house whose values only those see who may see who may do what."""
ABOUT_PEOPLE = "access."
"""How the actions on them begin; whom one is about often stands in its input alone."""
LOOKS = ("row.list", "row.read")
NEW = "•"

Place = tuple[str, str]


class Lens:
    """Narrows entries of the ledger for the actor of one unit; decides once for each table."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._access = unit.service(Access)
        self._sources = unit.service(Sources)
        self._whole: dict[tuple[str, str | None], bool] = {}
        self._seen: dict[Place, set[str]] = {}

    def entries(self, found: Iterable[AuditEntry]) -> tuple[AuditEntry, ...]:
        """Return *found* with what the actor may see of each."""
        entries = tuple(found)
        self._look_at(one for entry in entries for one in entry.changes)
        return tuple(self._entry(one) for one in entries)

    @cached_property
    def everything(self) -> bool:
        """Whether nothing that stands in the audit is hidden from the actor."""
        places = [(source.name, name) for source in self._sources for name in _names(self._schema(source.name))]
        return self.whole(HOUSE, PEOPLE[0]) and all(self.whole(*place) for place in places)

    def whole(self, source: str, resource: str | None) -> bool:
        """Whether the actor may read every value of a table, so that nothing about it need be hidden."""
        known = self._whole.get((source, resource))
        if known is None:
            known = self._whole[source, resource] = self._is_whole(source, resource)
        return known

    def _is_whole(self, source: str, resource: str | None) -> bool:
        if source == HOUSE:
            return resource not in PEOPLE or self._access.decide(self._unit.actor, "access.view", HOUSE).allowed
        if resource is None:
            return all(self.whole(source, name) for name in _names(self._schema(source)))
        table = self._table(source, resource)
        for action in LOOKS:
            decision = self._decide(action, source, resource)
            names = [field.name for field in table.fields if not field.secret] if table else list(decision.fields)
            hidden = decision.default_access in ("hidden", "masked") and table is None
            if not decision.allowed or decision.rows is not None or hidden or not all(map(decision.reads, names)):
                return False
        return True

    def _entry(self, entry: AuditEntry) -> AuditEntry:
        changes = tuple(self._change(one) for one in entry.changes)
        about = PEOPLE[0] if entry.source == HOUSE and entry.action.startswith(ABOUT_PEOPLE) else entry.resource
        if self.whole(entry.source, about):
            return replace(entry, changes=changes)
        detail = entry.detail if entry.outcome == "denied" else ""
        return replace(entry, changes=changes, data={}, detail=detail)

    def _change(self, change: Change) -> Change:
        place = (change.source, change.resource)
        if self.whole(*place):
            return change
        if change.key not in self._seen.get(place, set()):
            return replace(change, before=_nothing(change.before), after=_nothing(change.after), title=change.key)
        table, decision = self._table(*place), self._decide("row.read", *place)
        named = table is not None and all(map(decision.reads, table.title_fields))
        return replace(
            change,
            before=self._values(change, change.before, table, decision, ""),
            after=self._values(change, change.after, table, decision, NEW),
            title=change.title if named else change.key,
        )

    def _values(
        self, change: Change, row: Mapping[str, Any] | None, table: Resource | None, decision: Decision, mark: str
    ) -> dict[str, Any] | None:
        if row is None:
            return None
        changed = set(change.fields())
        found: dict[str, Any] = {}
        for name, value in row.items():
            field = table.by_name.get(name) if table else None
            if field is None or not decision.shows(name):
                continue
            if decision.reads(name) and not field.secret:
                found[name] = value
            else:
                left = mask(field, value) if field else HIDDEN
                found[name] = Masked(left.shape + mark) if name in changed else left
        return found

    # ── which rows ───────────────────────────────────────────────────────────────────────────

    def _look_at(self, changes: Iterable[Change]) -> None:
        """Find out which of the changed rows the actor may read today: one statement for each table."""
        wanted: dict[Place, set[str]] = {}
        for change in changes:
            place = (change.source, change.resource)
            if not self.whole(*place):
                wanted.setdefault(place, set()).add(change.key)
        for (source, resource), keys in wanted.items():
            try:
                self._seen[source, resource] = self._visible(source, resource, keys)
            except NexusError:  # a source that does not answer shows nothing, and takes the audit not down
                self._seen[source, resource] = set()

    def _visible(self, source: str, resource: str, keys: set[str]) -> set[str]:
        listing, reading = (self._decide(action, source, resource) for action in LOOKS)
        if self._table(source, resource) is None or not (listing.allowed and reading.allowed):
            return set()
        if listing.rows is None and reading.rows is None:
            return keys

        def decide(action: str, name: str) -> Decision:
            return self._decide(action, source, name)

        connected = self._sources.get(source)
        with connected.read() as connection:
            rows = Rows(connected, connection, decide, self._unit.variables, mask)
            found = set(rows.titles(resource, keys))
            return {key for key in found if reading.rows == listing.rows or _reads(rows, resource, key)}

    def _decide(self, action: str, source: str, resource: str) -> Decision:
        table = self._table(source, resource)
        return self._access.decide(self._unit.actor, action, source, table or resource)

    def _table(self, source: str, resource: str) -> Resource | None:
        schema = self._schema(source)
        return schema.resources.get(resource) if schema else None

    def _schema(self, source: str) -> Schema | None:
        try:
            return self._sources.get(source).schema
        except NexusError:
            return None


def _names(schema: Schema | None) -> list[str]:
    return list(schema.resources) if schema else []


def _nothing(row: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if row is None else {}


def _reads(rows: Rows, resource: str, key: str) -> bool:
    try:
        rows.one(resource, key)
    except NotFound:
        return False
    return True
