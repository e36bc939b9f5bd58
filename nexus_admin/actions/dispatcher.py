"""The one path: every action, from a button, the API, the CLI or a job, goes through `Dispatcher.perform`.

The ledger is opened before the work and closed after it, because the database
that is changed is seldom the one that the ledger lives in. Where it is (the
house's own actions), all steps share one transaction of the state database.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from dataclasses import replace
from functools import partial
from typing import Any

from pydantic import BaseModel

from nexus_admin.actions.admitting import HOUSE
from nexus_admin.actions.answers import Answers
from nexus_admin.actions.outcomes import outcome_of, sentence_of
from nexus_admin.actions.running import Running
from nexus_admin.actions.sources.leaving import leave_behind
from nexus_admin.actions.telling import Telling
from nexus_admin.actions.unit import Unit
from nexus_admin.data.drivers.atomic import ALL_OR_NOTHING
from nexus_admin.data.sharing import Apart, Share
from nexus_admin.domain.action import Action, Call
from nexus_admin.domain.audit import Follows
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import NexusError, Refused
from nexus_admin.state.versions import FOLLOWED, raise_version

BRIEF = frozenset({"row.create", "row.update"})
"""Changes of one row, so short that many may wait for one commit."""
Along = Callable[[Any], object]
"""`along(connection)`: something done in the transaction of a call."""


class Dispatcher(Running):
    """Knows every action, and the only way to run one."""

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

    def _nested(self, outer: Unit, call: Call) -> Any:
        inner, holder = self.actions.get(call.action), outer.action
        if inner.transaction and not (inner.writes or holder.writes or holder.transaction or holder.outside):
            # Neither changes anything, and the outer one holds no database: the inner one goes the path by itself.
            return self.perform(replace(call, parent=outer.entry))
        return super()._nested(outer, call)

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
        notes_first = self._notes_first(action, call)
        entry = self._ledger.open(call, call.parent or None, with_intent=notes_first)
        share = Share(_place(call), self._ledger.write_down) if notes_first and action.name in BRIEF else None
        try:
            try:
                unit = self._done_in_source(action, call, entry, share)
            except Apart:
                unit = self._done_in_source(action, call, entry)
        except BaseException as error:
            self._ledger.close(entry, outcome_of(error), sentence_of(error))
            raise
        self._committed(unit)
        return unit.result

    def _done_in_source(self, action: Action, call: Call, entry: str, share: Share | None = None) -> Unit:
        """Do the work of a call in a transaction of its source, noted before it is committed.

        Raises:
            Apart: nothing was done; without *share* it can be.
        """
        nested: list[Unit] = []
        try:
            decision, payload = self.admission.admit(action, call)
            source = self._sources.get(call.target.source)
            with source.write(share) if action.writes else source.read() as connection:
                unit = self._unit(action, call, decision, entry, source, connection)
                nested = unit.nested
                unit.result = self._run_wrapped(unit, payload)
                leave_behind(unit)
                self._intend(unit, share)
        except BaseException:
            for inner in nested:
                self._ledger.close(inner.entry, "failed", "Taken back with its parent.")
            raise
        return unit

    def _committed(self, unit: Unit) -> None:
        """Close the entries of a unit whose transaction has ended well, and announce it."""
        if unit.action.writes and unit.source is not None:
            self.services.get(Answers).touched(unit.source.name, touched(unit))
        for inner in unit.nested:
            self._close(inner)
        self._close(unit)
        self._announce(unit)

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
            here: Any = copy_context()  # why it is done is taken along into the lane's own thread
            unit: Unit = self._state.write(partial(here.run, self._within, action, call, decision, payload, along))
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
        self, action: Action, call: Call, decision: Decision, payload: BaseModel, along: Along | None, connection: Any
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


def _place(call: Call) -> str:
    """Return which row a call changes; "" where it makes one."""
    return f"{call.target.resource}/{call.target.key}" if call.target.key else ""


def touched(unit: Unit) -> set[str]:
    """Return the resources whose rows *unit* changed; none where it wrote without saying what."""
    units = [unit, *unit.nested]
    if any(one.action.writes and one.action.owner != HOUSE and not one.changes for one in units):
        return set()
    return {change.resource for one in units for change in one.changes}
