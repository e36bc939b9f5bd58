"""Data sources as undo sees them: what was connected, switched, renamed, moved and removed, and what was clicked.

A password is forgotten with its source, and with its successor. Where it is missing, that is said before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nexus_admin.actions.house.things import Plain, looked
from nexus_admin.actions.sources import changes as source_changes
from nexus_admin.actions.sources import edit as source_edit
from nexus_admin.actions.sources import overrides as source_overrides
from nexus_admin.actions.sources import records
from nexus_admin.actions.sources.facts import NO_PASSWORD, bare, facts, facts_of, mark_of, password_of, record_of
from nexus_admin.actions.sources.known import Sources
from nexus_admin.actions.unit import Unit
from nexus_admin.audit.undo import UndoStep
from nexus_admin.data.drivers.address import Address
from nexus_admin.domain.audit import Change
from nexus_admin.domain.errors import NexusError, NotFound, Refused
from nexus_admin.domain.row import Row
from nexus_admin.state.engine import State

WHERE = frozenset({"address", "password", "sample"})
_FORGOTTEN = "Its password of then was not kept. Give the address and the password by hand."


class SourceKeeper(Plain):
    """Sources that were added in the browser."""

    def now(self, unit: Unit, change: Change) -> Row | None:
        """Return the source as the ledger keeps it."""
        vault = unit.service(State).vault
        return looked(unit, lambda connection: facts_of(connection, vault, change.key))

    def needs(self, step: UndoStep) -> tuple[str, ...]:
        """Return the actions that would do it by hand."""
        if step.verb == "delete":
            return ("source.remove",)
        if step.verb == "create":
            return ("source.connect", *(("source.allow_writes",) if step.values.get("writes") else ()))
        parts = {"name": "source.rename", "writes": "source.allow_writes"}
        return tuple(dict.fromkeys(parts.get(name, "source.change") for name in step.values))

    def lost(self, unit: Unit, change: Change) -> str:
        """Say so where the password of then is needed and gone, or the name is somebody else's now."""
        before = change.before or {}
        names = [one.name for one in unit.service(Sources).statuses()]
        if change.verb == "update" and "name" in change.fields() and before["name"] in names:
            return f"Another source is called {before['name']} now."
        if change.verb == "update" and WHERE & set(change.fields()):
            try:
                self._address(unit, change.key, before)
            except NotFound:
                return ""  # the plan says that it is not there
            except NexusError as error:
                return str(error)
        return ""

    def note(self, step: UndoStep) -> str:
        """Say that a source which comes back has no password."""
        if step.verb != "create" or step.values.get("password") in (None, NO_PASSWORD):
            return ""
        return f"The password of {step.key} was forgotten when it was removed. Give it on its page once it is back."

    def put(self, unit: Unit, step: UndoStep) -> None:
        """Connect it again, remove it, or give back what was changed."""
        values = step.values
        if step.verb == "delete":
            source_changes.forget(unit, step.key)
        elif step.verb == "create":
            address = bare(str(values["address"]))
            fit = unit.service(Sources).fences().address(address)
            source_changes.check_name(unit.service(Sources), step.key)
            text = str(fit.file) if fit.file else address
            source_changes.add(unit, step.key, text, sample=bool(values["sample"]), writes=bool(values["writes"]))
        else:
            self._update(unit, step)

    def _update(self, unit: Unit, step: UndoStep) -> None:
        values, name = step.values, step.key
        if WHERE & values.keys():
            then = {**(facts(unit, name) or {}), **values}
            address = self._address(unit, name, then)
            source_edit.lead_to(unit, name, address, sample=bool(then["sample"]))
        if "writes" in values:
            source_changes.switch(unit, name, allow=bool(values["writes"]))
        if "name" in values:
            source_edit.take_name(unit, name, str(values["name"]))

    def _address(self, unit: Unit, name: str, then: Mapping[str, Any]) -> Address:
        """Return the address of *then*, with today's password where that is the one of then.

        Raises:
            NotFound: there is no such source any more.
            Refused: the password of then was another one.
            BadRequest: the address leads where none may lead now.
        """
        vault = unit.service(State).vault
        record = looked(unit, lambda connection: record_of(connection, name))
        if record is None:
            raise NotFound(f"There is no source called {name} any more.")
        address = unit.service(Sources).fences().address(bare(str(then["address"])))
        if then["password"] == NO_PASSWORD or address.file is not None:
            return address
        today = record.address(vault)
        if mark_of(vault, today) != then["password"]:
            raise Refused(_FORGOTTEN)
        return Address(address.url.set(password=password_of(today)), address.family)


class OverrideKeeper(Plain):
    """What clicks laid over the tables of a source."""

    def now(self, unit: Unit, change: Change) -> Row | None:
        """Return what stands at the places that *change* was about."""
        overrides = looked(unit, lambda connection: records.overrides_of(connection, change.key))
        return source_overrides.standing(overrides, {**(change.before or {}), **(change.after or {})})

    def needs(self, step: UndoStep) -> tuple[str, ...]:
        """Return the action that clicks."""
        del step
        return ("resource.save",)

    def put(self, unit: Unit, step: UndoStep) -> None:
        """Lay over the tables what was there."""
        before = records.overrides_of(unit.connection, step.key)
        source_overrides.keep(unit, step.key, before, source_overrides.replaced(before, step.values))
