"""Running one action within a transaction: what it is given, what is around it, and the calls that it makes itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pluggy
from pydantic import BaseModel

from nexus_admin.access import Access
from nexus_admin.actions.admitting import Admission
from nexus_admin.actions.outcomes import outcome_of, sentence_of
from nexus_admin.actions.registry import Actions
from nexus_admin.actions.sources.known import Sources
from nexus_admin.actions.unit import Unit
from nexus_admin.audit.ledger import Ledger
from nexus_admin.data.sharing import Share
from nexus_admin.data.source import DataSource
from nexus_admin.domain.action import Action, Call, Event
from nexus_admin.domain.audit import Follows
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import NexusError, Refused
from nexus_admin.sdk.providers import Services
from nexus_admin.state.engine import State


class Running:
    """Makes units and runs actions in them.

    Args:
        actions: All that can be done.
        services: What lives in the kernel.
        hooks: Those of extensions.
        emit: Lets listeners hear an event.
        blame: Names the extension whose code raised, None where it was not one's.
    """

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

    def _run_wrapped(self, unit: Unit, payload: BaseModel) -> Any:
        """Run the action with the extensions' `nexus_run_action` wrappers around it."""

        def run() -> Any:
            return unit.run_action(payload)

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

    def _intend(self, unit: Unit, share: Share | None = None) -> None:
        """Note what a unit is about to commit, and where that will be proved; at once, or with those that it shares."""
        if not (unit.changes or unit.errands or (unit.box is not None and unit.told)):
            return
        box = unit.box.id if unit.box is not None else ""
        follows = Follows(unit.told, unit.errands)
        if share is None:
            self._ledger.intend(unit.entry, unit.changes, follows, box)
        else:
            share.note = self._ledger.noting(unit.entry, unit.changes, follows, box)

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
