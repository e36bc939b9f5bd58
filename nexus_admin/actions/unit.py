"""A unit: one open transaction as an action sees it, with the rows that it may touch."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from nexus_admin.access.masks import mask
from nexus_admin.actions.brokers.event_types import EventTypes
from nexus_admin.actions.jobs.call import When, errand, joins, push
from nexus_admin.actions.jobs.projection_records import ShownRows
from nexus_admin.data.rows import Rows
from nexus_admin.data.source import Box, DataSource
from nexus_admin.data.virtual_rows import rows_of
from nexus_admin.domain.action import Action, Call, Event
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.audit import Change
from nexus_admin.domain.cause import Cause, cause_now, caused_by
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import Forbidden
from nexus_admin.domain.event import EventModel
from nexus_admin.domain.ids import new_ulid
from nexus_admin.domain.job import Errand
from nexus_admin.domain.projection import Projected
from nexus_admin.domain.row import ListRequest, Row, RowPage
from nexus_admin.domain.target import Target
from nexus_admin.language.variables import Variables
from nexus_admin.sdk.providers import Services
from nexus_admin.state.engine import State

T = TypeVar("T")
AT_ONCE = When()
Changes = list[Change]
Decide = Callable[[str, str], Decision]
"""`decide(action, resource) -> Decision` for the actor and source of a unit."""


@dataclass
class Unit:
    """One open transaction. Ends when the outermost action does.

    Args:
        call: What was asked for.
        action: What runs.
        decision: What the policies gave this call.
        services: What lives in the kernel.
        entry: Id of the open ledger entry.
        source: The data source, None for actions of the house.
        connection: Its open transaction.
        decide: Decisions about other actions and resources of the same source.
        run: Runs a nested call within this unit.
        box: The outbox that its events are left in, None where it changes a source that has none.
        cause: Why it is done: because of a job, an event, or the call that it is within.
    """

    call: Call
    action: Action
    decision: Decision
    services: Services
    entry: str
    decide: Decide
    run: Callable[[Unit, Call], Any]
    source: DataSource | None = None
    connection: Any = None
    box: Box | None = None
    changes: list[Change] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    told: list[Event] = field(default_factory=list)
    errands: list[Errand] = field(default_factory=list)
    afterwards: list[Callable[[], None]] = field(default_factory=list)
    undoes: str | None = None
    detail: str = ""
    result: Any = None
    nested: list[Unit] = field(default_factory=list)
    places: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    cause: Cause = field(default_factory=cause_now)
    _rows: Rows | None = None

    @property
    def actor(self) -> Actor:
        """Who asks."""
        return self.call.actor

    @property
    def target(self) -> Target:
        """What is acted on."""
        return self.call.target

    def service(self, key: type[T]) -> T:
        """Return what the kernel keeps under the type *key*."""
        return self.services.get(key)

    @property
    def all_rows(self) -> Rows:
        """Every resource of the source, filtered and masked by the decisions."""
        if self._rows is None:
            assert self.source is not None, f"{self.action.name} has no data source."
            self._rows = rows_of(self.source, self.connection, self.decide, self.variables, mask)
        return self._rows

    @property
    def variables(self) -> Variables:
        """Who asks, when and where, for rules and filters."""
        made = Variables(self.actor, datetime.now(UTC), ZoneInfo(self.call.zone))
        source = self.source
        return made if source is None else replace(made, blind=lambda *asked: source.sealing.digests(*asked))

    def run_action(self, payload: BaseModel) -> Any:
        """Run the action; what it calls, tells of and pushes is because of this unit."""
        with caused_by(Cause(self.cause.correlation or self.entry, self.entry) if self.entry else self.cause):
            return self.action.run(self, payload)

    def rows(self, resource: str | None = None) -> ResourceRows:
        """Return the rows of *resource* (the target's where none is named)."""
        return ResourceRows(self, resource or self.target.resource or "")

    def record(self, *changes: Change) -> None:
        """Note what was done to rows, for the ledger and for undo."""
        # One count for a unit and all that it nests, so that undo goes back in the order of the writes.
        self.changes.extend(replace(change, place=next(self.places)) for change in changes)

    def emit(self, said: str | EventModel, **data: Any) -> None:
        """Note an event; listeners hear of it after the outermost commit, or never.

        Args:
            said: What has happened: an event of a declared type, or the name of one, with what it says in *data*.

        Raises:
            ExtensionError: the type is nobody's, or has other fields.
        """
        name, version, data = self.service(EventTypes).told(said, data)
        id = new_ulid() if self.box is not None else ""
        event = Event(
            name, self.target, data, self.actor.id, self.actor.name, id, datetime.now(UTC), version, self.entry,
            self.cause.correlation or self.entry, self.cause.causation,
        )  # fmt: skip
        self.events.append(event)
        self.told.append(event)

    def after_commit(self, then: Callable[[], None]) -> None:
        """Call *then* once the outermost transaction has ended well: to drop what is remembered of before."""
        self.afterwards.append(then)

    def in_state(self, work: Callable[[Any], T]) -> T:
        """Return what *work* does with a connection to our own state, where the extension's own tables are.

        In an action of the house that writes it is the very transaction of the call; in every other, for reading.
        """
        if self.source is None and self.connection is not None:
            return work(self.connection)
        return self.service(State).read(work)

    def projected(self, name: str) -> Projected:
        """Return the rows of the projection called *name*, as far as they are made; for reading.

        Raises:
            Forbidden: it is another extension's.
        """
        if not name.startswith(f"{self.action.name.partition('.')[0]}."):
            raise Forbidden(f"{self.action.name} may not read {name}: a projection is its extension's own.")
        return ShownRows(self.service(State), name)

    def enqueue(self, job: str, data: Mapping[str, Any] | None = None, when: When = AT_ONCE) -> None:
        """Push a job, to run on behalf of who asks, if this unit ends well.

        The job is there exactly if the change is: of our own state in one transaction, of a data source with the
        closing of the ledger's entry, by whoever settles that after a crash.

        Args:
            job: Its name.
            data: Its input; no secrets, for whoever may see what queues hold may read it.
            when: See `When`.

        Raises:
            UnknownJob, Invalid, Forbidden: it cannot be pushed; then nothing else is done either.
        """
        if self.source is None and self.connection is not None:  # at once, so that a refusal is this call's alone
            push(self.services, self.actor, job, data or {}, when, self.connection)
            return
        asked = errand(self.services, self.actor, job, data or {}, when)
        if self.entry and joins(self.services):
            self.errands.append(asked)
        else:
            self.after_commit(partial(self._push, job, data or {}, when, cause_now()))

    def _push(self, job: str, data: Mapping[str, Any], when: When, cause: Cause) -> None:
        with caused_by(cause):
            push(self.services, self.actor, job, data, when)

    def progress(self, done: float, total: float | None = None, text: str = "") -> None:
        """Say how far it is, where anybody follows. Cheap: call it with each row.

        Raises:
            Cancelled: whoever began it took it back; nothing of it is committed.
        """
        if self.call.follower is not None:
            self.call.follower.progress(done, total, text)

    def perform(self, name: str, target: Target | None = None, data: Mapping[str, Any] | None = None) -> Any:
        """Run another action inside this transaction; it is authorized and audited like any other."""
        call = Call(
            name, target or self.target, data or {}, self.actor, "nested", self.call.request, zone=self.call.zone
        )
        return self.run(self, call)


@dataclass(frozen=True)
class ResourceRows:
    """The rows of one resource, as an action uses them; what it changes is recorded."""

    unit: Unit
    resource: str

    def list(self, request: ListRequest | None = None) -> RowPage:
        """Return a page of rows."""
        return self.unit.all_rows.list(self.resource, request or ListRequest())

    def one(self, key: str | None = None) -> Row:
        """Return the row with *key* (the target's where none is given).

        Raises:
            NotFound: it is not there, or not for this actor.
        """
        return self.unit.all_rows.one(self.resource, key or self.unit.target.key or "")

    def create(self, **values: Any) -> Change:
        """Add a row."""
        return self._recorded(self.unit.all_rows.create(self.resource, values))

    def update(self, key: str | None = None, /, **values: Any) -> Change:
        """Change fields of the row with *key*."""
        return self._recorded(self.unit.all_rows.update(self.resource, key or self.unit.target.key or "", values, None))

    def delete(self, key: str | None = None) -> Changes:
        """Delete the row with *key*, and what goes along with it."""
        changes = self.unit.all_rows.delete(self.resource, key or self.unit.target.key or "")
        self.unit.record(*changes)
        return changes

    def _recorded(self, change: Change) -> Change:
        self.unit.record(change)
        return change
