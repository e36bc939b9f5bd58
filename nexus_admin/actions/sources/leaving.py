"""Leaving the events of a call in the outbox of the source that it changes, in its own transaction."""

from __future__ import annotations

from nexus_admin.actions.admitting import HOUSE
from nexus_admin.actions.unit import Unit
from nexus_admin.audit.outbox import line_of
from nexus_admin.data.drivers.outbox import Line, leave
from nexus_admin.data.drivers.outbox_seals import Seals
from nexus_admin.domain.ids import new_ulid
from nexus_admin.state.engine import State


def leave_behind(unit: Unit) -> None:
    """Write what the outermost call and those within it tell of, last before the commit; nothing without an outbox.

    Raises:
        SourceFailed: the outbox cannot be written, so nothing is changed: what is promised would not hold.
    """
    if unit.box is None or unit.source is None:
        return
    lines = [line for one in (*unit.nested, unit) for line in _lines(one)]
    if lines:
        seals = Seals(unit.service(State).vault, unit.box.id)
        leave(unit.source, unit.connection, unit.box, [seals.put_on(line) for line in lines])


def _lines(unit: Unit) -> list[Line]:
    """Return a row for each event; for a call that tells of none a row that proves that it was done.

    A call of the house that changed nothing has nothing to prove. What one of an extension did, nobody knows.
    """
    if unit.told:
        return [Line(event.id, unit.entry, line_of(event)) for event in unit.told]
    if unit.changes or unit.nested or unit.action.owner != HOUSE:
        return [Line(new_ulid(), unit.entry, None)]
    return []
