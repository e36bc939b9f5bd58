"""The one path: every action, from a button, the API, the CLI or a job, goes through `Dispatcher.perform`.

The ledger is opened before the work and closed after it, because the database
that is changed is seldom the one that the ledger lives in. Where it is (the
house's own actions), all steps share one transaction of the state database.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pluggy
from pydantic import BaseModel, ValidationError

from nexus_admin.access import Access
from nexus_admin.actions.admitting import HOUSE, Admission
from nexus_admin.actions.answers import Answers
from nexus_admin.actions.leaving import leave_behind
from nexus_admin.actions.registry import Actions
from nexus_admin.actions.sources import Sources
from nexus_admin.actions.telling import Telling
from nexus_admin.actions.unit import Unit
from nexus_admin.audit.ledger import Ledger
from nexus_admin.data.drivers.atomic import ALL_OR_NOTHING
from nexus_admin.data.source import DataSource
from nexus_admin.domain.action import Action, Call, Event
from nexus_admin.domain.audit import Follows, Outcome
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import (
    BadRequest,
    Forbidden,
    Invalid,
    NexusError,
    NotFound,
    Refused,
    SignInNeeded,
)
from nexus_admin.sdk.providers import Services
from nexus_admin.state.engine import State
from nexus_admin.state.versions import FOLLOWED, raise_version

Along = Callable[[Any], object]
"""`along(connection)`: something done in the transaction of a call."""


class Dispatcher:
    """Knows every action, and the only way to run one."""

    def __init__(
        self,
        actions: Actions,
        services: Services,
        hooks: pluggy.HookRelay,
        emit: Callable[[Event], None],
        blame: Callable[[Exception], NexusError | None],
    ) -> None:
        self.actions, self.services, self.emit, self._blame = actions, services, emit, blame
        self._hooks = hooks
        self._access = services.get(Access)
        self._ledger = services.get(Ledger)
        self._sources = services.get(Sources)
        self._state = services.get(State)
        self.admission = Admission(actions, self._access, self._sources)

    def perform(self, call: Call, along: Along | None = None) -> Any:
        """Open the entry, authorize, validate, execute in one transaction, close the entry, emit.

        Args:
            call: What is asked for, and by whom.
            along: Done last in the same transaction, where that is one of our own state: what is to be true exactly
                if the call was done. What it raises takes the call back.

        Returns:
            Whatever the action's `run` returned.

        Raises:
            UnknownAction: no action has that name.
            Forbidden: a policy said no; the refusal is in the ledger. For a row it is NotFound.
            Invalid: `call.data` does not fit the action's input model, or the table's rules.
            Refused: nothing can go along with this action.
            NexusError: what the action itself raises.
        """
        action = self.actions.get(call.action)
        if along is not None and (action.outside or action.transaction or not action.writes):
            raise Refused(f"{action.name} does not change our own state, so nothing else can be done along with it.")
        if action.outside:
            return self._outside(action, call)
        if not action.transaction:
            return self._in_our_state(action, call, along)
        if not action.writes and not action.kept:
            return self._read(action, call)
        return self._kept(action, call)

    # ── the four shapes of the path ─────────────────────────────────────────────────────────

    def _read(self, action: Action, call: Call) -> Any:
        """Read rows; the entry is written later, in a batch, and never delays a page."""
        try:
            decision, payload = self.admission.admit(action, call)
            source = self._sources.get(call.target.source)
            with source.read(call.lane or None) as connection:
                unit = self._unit(action, call, decision, source=source, connection=connection)
                result = self._blamed(lambda: action.run(unit, payload))
        except NexusError as error:
            self._ledger.note(call, sentence_of(error), outcome_of(error))
            raise
        self._ledger.note(call, unit.detail)
        return result

    def _kept(self, action: Action, call: Call) -> Any:
        """Write rows of a data source, or read what must never be forgotten."""
        entry = self._ledger.open(call, call.parent or None, with_intent=self._notes_first(action, call))
        nested: list[Unit] = []
        try:
            decision, payload = self.admission.admit(action, call)
            source = self._sources.get(call.target.source)
            with source.write() if action.writes else source.read() as connection:
                unit = self._unit(action, call, decision, entry, source, connection)
                nested = unit.nested
                unit.result = self._run_wrapped(unit, payload)
                leave_behind(unit)
                self._intend(unit)
        except BaseException as error:
            for inner in nested:
                self._ledger.close(inner.entry, "failed", "Taken back with its parent.")
            self._ledger.close(entry, outcome_of(error), sentence_of(error))
            raise
        self._committed(unit)
        return unit.result

    def _committed(self, unit: Unit) -> None:
        """Close the entries of a unit whose transaction has ended well, and announce it."""
        if unit.action.writes and unit.source is not None:
            self.services.get(Answers).touched(unit.source.name, touched(unit))
        for inner in unit.nested:
            self._close(inner)
        self._close(unit)
        self._announce(unit)

    def _intend(self, unit: Unit) -> None:
        """Note what a unit is about to commit, and where that will be proved."""
        if unit.changes or unit.errands or (unit.box is not None and unit.told):
            box = unit.box.id if unit.box is not None else ""
            self._ledger.intend(unit.entry, unit.changes, Follows(unit.told, unit.errands), box)

    def _close(self, unit: Unit) -> None:
        events = unit.told if unit.box is None else ()  # else they are in the outbox, and are told from there
        follows = Follows(events, unit.errands)
        self._ledger.close(
            unit.entry, "done", unit.detail, unit.changes, undoes=unit.undoes, follows=follows, soon=bool(unit.changes)
        )  # with changes, all was noted before the commit

    def _notes_first(self, action: Action, call: Call) -> bool:
        """Whether a write leaves nothing behind before it has noted its changes: the house's own, on transactions."""
        if not action.writes or action.owner != HOUSE or call.target.source not in self._sources.names():
            return False
        return self._sources.get(call.target.source).dialect in ALL_OR_NOTHING

    def _in_our_state(self, action: Action, call: Call, along: Along | None = None) -> Any:
        """Change our own state: entry, work and outcome are one transaction."""
        try:
            decision, payload = self.admission.admit(action, call)
            if not action.writes and not action.kept:
                return self._blamed(lambda: action.run(self._unit(action, call, decision), payload))
            unit = self._state.write(lambda inner: self._within(action, call, decision, payload, inner, along))
        except BaseException as error:
            if action.writes or action.kept or outcome_of(error) == "denied":
                entry = self._ledger.open(call, call.parent or None)
                self._ledger.close(entry, outcome_of(error), sentence_of(error))
            raise
        self._announce(unit)
        return unit.result

    def _outside(self, action: Action, call: Call) -> Any:
        """Change what keeps itself; whether it was done is known only to the entry, which stands before the work."""
        entry = self._ledger.open(call, call.parent or None)
        try:
            decision, payload = self.admission.admit(action, call)
            unit = self._unit(action, call, decision, entry)
            unit.result = self._run_wrapped(unit, payload)
        except BaseException as error:
            self._ledger.close(entry, outcome_of(error), sentence_of(error))
            raise
        self._ledger.close(entry, "done", unit.detail, follows=Follows(unit.told, unit.errands))
        self._announce(unit)
        return unit.result

    def _announce(self, unit: Unit) -> None:
        """Do what waited for the commit, then tell the pages that follow, and the listeners."""
        for then in unit.afterwards:
            then()
        self.services.get(Telling).committed(unit)
        for event in unit.events:
            self.emit(event)

    def _within(
        self, action: Action, call: Call, decision: Decision, payload: BaseModel, connection: Any, along: Along | None
    ) -> Unit:
        entry = self._ledger.open_within(connection, call, call.parent or None)
        unit = self._unit(action, call, decision, entry, connection=connection)
        unit.result = self._run_wrapped(unit, payload)
        for changed in sorted(FOLLOWED & {event.name.partition(".")[0] for event in unit.events}):
            raise_version(connection, changed)  # other processes on this state follow
        if along is not None:
            along(connection)
        for inner in unit.nested:
            self._close_within(connection, inner)
        self._close_within(connection, unit)
        return unit

    def _close_within(self, connection: Any, unit: Unit) -> None:
        follows = Follows(unit.told, unit.errands)
        self._ledger.close_within(
            connection, unit.entry, "done", unit.detail, unit.changes, undoes=unit.undoes, follows=follows
        )

    def _nested(self, outer: Unit, call: Call) -> Any:
        """Run a call inside the transaction of *outer*; its events wait for the outermost commit."""
        action = self.actions.get(call.action)
        elsewhere = action.transaction and call.target.source != outer.target.source
        outside = action.outside or outer.action.outside
        if outside or elsewhere or action.transaction != outer.action.transaction:
            # Decided there and done here, it would have the rights of one database on the rows of another.
            raise Refused(f"{call.action} and {outer.action.name} change two databases, so one cannot hold the other.")
        if not action.transaction:
            return self._nested_in_our_state(outer, action, call)
        entry = self._ledger.open(call, parent=outer.entry or None)
        try:
            decision, payload = self.admission.admit(action, call)
            unit = self._unit(action, call, decision, entry, outer.source, outer.connection)
            unit.places, unit.box = outer.places, outer.box
            unit.result = self._run_wrapped(unit, payload)
            self._intend(unit)
        except BaseException as error:
            self._ledger.close(entry, outcome_of(error), sentence_of(error))
            raise
        outer.events += unit.events
        outer.afterwards += unit.afterwards
        outer.nested += [*unit.nested, unit]
        return unit.result

    def _nested_in_our_state(self, outer: Unit, action: Action, call: Call) -> Any:
        """Run a call of the house within another; both entries stand or fall with the one transaction."""
        decision, payload = self.admission.admit(action, call)
        entry = self._ledger.open_within(outer.connection, call, outer.entry or None) if outer.connection else ""
        unit = self._unit(action, call, decision, entry, connection=outer.connection)
        unit.places = outer.places
        unit.result = self._run_wrapped(unit, payload)
        outer.events += unit.events
        outer.afterwards += unit.afterwards
        outer.nested += [*unit.nested, unit]
        return unit.result

    # ── the steps ────────────────────────────────────────────────────────────────────────────

    def _run_wrapped(self, unit: Unit, payload: BaseModel) -> Any:
        """Run the action with the extensions' `nexus_run_action` wrappers around it."""

        def run() -> Any:
            return unit.action.run(unit, payload)

        return self._blamed(lambda: self._hooks.nexus_run_action(call=unit.call, run=run))

    def _blamed(self, work: Callable[[], Any]) -> Any:
        """Do *work*; what an extension's code raises by mistake is counted against it and named."""
        try:
            return work()
        except NexusError:
            raise
        except Exception as error:
            named = self._blame(error)
            if named is None:
                raise
            raise named from error

    def _unit(
        self,
        action: Action,
        call: Call,
        decision: Decision,
        entry: str = "",
        source: DataSource | None = None,
        connection: Any = None,
    ) -> Unit:
        def decide(name: str, resource: str) -> Decision:
            # An extension's action stands for whatever it does to the rows that it was granted on.
            if resource == call.target.resource and (name == action.needs or action.owner != "nexus"):
                return decision
            assert source is not None
            return self._access.decide(call.actor, name, source.name, source.schema.resource(resource))

        if call.follower is not None and entry:
            call.follower.began(entry)
        box = source.box if source is not None and action.writes else None
        return Unit(call, action, decision, self.services, entry, decide, self._nested, source, connection, box)


def touched(unit: Unit) -> set[str]:
    """Return the resources whose rows *unit* changed; none where it wrote without saying what."""
    units = [unit, *unit.nested]
    if any(one.action.writes and one.action.owner != HOUSE and not one.changes for one in units):
        return set()
    return {change.resource for one in units for change in one.changes}


def outcome_of(error: BaseException) -> Outcome:
    """Return the word that closes the ledger entry of a call that raised *error*."""
    match meant(error):
        case Forbidden() | SignInNeeded():
            return "denied"
        case Invalid() | BadRequest() | ValidationError():
            return "invalid"
        case _:
            return "failed"


def sentence_of(error: BaseException) -> str:
    """Return what the ledger may say of *error*: our own sentences, and only the kind of a foreign one."""
    error = meant(error)
    return str(error) if isinstance(error, NexusError) else f"{type(error).__name__}."


def meant(error: BaseException) -> BaseException:
    """Return what *error* means: the refusal behind a table or row that is said not to be there."""
    return error.__cause__ if isinstance(error, NotFound) and isinstance(error.__cause__, Forbidden) else error
