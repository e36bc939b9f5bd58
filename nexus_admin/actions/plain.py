"""What the doors for programs need of the rooms below: values, rows, changes and entries as plain JSON."""

from __future__ import annotations

from typing import Any

from nexus_admin.audit.query import Past
from nexus_admin.audit.record import moment
from nexus_admin.audit.undo import UndoConflict, UndoPlan, UndoStep
from nexus_admin.data.values.show import to_json
from nexus_admin.data.values.version import row_version
from nexus_admin.domain.audit import AuditEntry, Change

__all__ = ["change_json", "entry_json", "moment", "past_json", "plan_json", "row_version", "to_json"]


def entry_json(entry: AuditEntry, changes: int | None = None) -> dict[str, Any]:
    """Return an entry of the ledger; *changes* is how many it has, where it carries only the first few."""
    return {
        "id": entry.id,
        "seq": entry.seq,
        "at": to_json(entry.at),
        "closed_at": to_json(entry.closed_at),
        "actor": {"id": entry.actor, "name": entry.actor_name},
        "action": entry.action,
        "source": entry.source,
        "resource": entry.resource,
        "key": entry.key,
        "outcome": entry.outcome,
        "detail": entry.detail,
        "data": to_json(dict(entry.data)),
        "changes": [change_json(one) for one in entry.changes],
        "change_count": len(entry.changes) if changes is None else changes,
        "parent": entry.parent,
        "via": entry.via,
        "request": dict(entry.request),
        "reason": entry.reason,
        "undoes": entry.undoes,
        "undone_by": entry.undone_by,
        "hash": entry.hash,
    }


def change_json(change: Change) -> dict[str, Any]:
    """Return one row's before and after."""
    return {
        "source": change.source,
        "resource": change.resource,
        "key": change.key,
        "title": change.title,
        "verb": change.verb,
        "fields": list(change.fields()),
        "before": None if change.before is None else to_json(dict(change.before)),
        "after": None if change.after is None else to_json(dict(change.after)),
    }


def past_json(past: Past) -> dict[str, Any]:
    """Return one change in the history of a row, with who made it; `operation` is the outermost call."""
    return {
        "entry": past.entry.id,
        "operation": past.root.id,
        "at": to_json(past.entry.at),
        "actor": {"id": past.entry.actor, "name": past.entry.actor_name},
        "action": past.entry.action,
        "via": past.root.via,
        "reason": past.root.reason,
        "undoes": past.entry.undoes,
        "undone_by": past.root.undone_by or past.entry.undone_by,
        **change_json(past.change),
    }


def plan_json(plan: UndoPlan) -> dict[str, Any]:
    """Return what taking an operation back would do."""
    return {
        "clean": plan.clean,
        "empty": plan.empty,
        "undone_by": plan.undone_by,
        "notes": list(plan.notes),
        "steps": [_step(one) for one in plan.steps],
        "conflicts": [_conflict(one) for one in plan.conflicts],
        "already": [change_json(one) for one in plan.already],
    }


def _step(step: UndoStep) -> dict[str, Any]:
    return {
        "verb": step.verb,
        "source": step.source,
        "resource": step.resource,
        "key": step.key,
        "title": step.title,
        "values": to_json(dict(step.values)),
        "expect": to_json(dict(step.expect)),
        "entry": step.entry,
    }


def _conflict(one: UndoConflict) -> dict[str, Any]:
    return {
        "resource": one.change.resource,
        "key": one.change.key,
        "entry": one.entry,
        "why": one.why,
        "fields": {name: to_json(dict(seen)) for name, seen in one.fields.items()},
    }
