"""The ledger's nouns: an entry for each call, and each row's before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any, Literal

from nexus_admin.domain.action import Event
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.job import Errand

Outcome = Literal["open", "done", "denied", "invalid", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class Change:
    """One row's before and after, as part of an operation group.

    Args:
        source: The data source's name.
        resource: The resource's name.
        key: The row's key segment (after the change, if that moved it).
        before: Whole row before, by field; None for a new row. Values as `Row` has them; the ledger keeps them as JSON.
        after: Whole row after, by field; None for a deleted one.
        title: How the row was called then.
        place: Its place among all changes of the outermost call, nested ones included; undo goes backwards by it.
    """

    source: str
    resource: str
    key: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    title: str = ""
    place: int = 0

    @property
    def verb(self) -> Literal["create", "update", "delete"]:
        """What happened to the row."""
        if self.before is None:
            return "create"
        return "update" if self.after is not None else "delete"

    def fields(self) -> tuple[str, ...]:
        """Return the names of the fields whose values differ."""
        before, after = self.before or {}, self.after or {}
        if before.keys() == after.keys():
            return tuple(name for name, value in before.items() if value != after[name])
        return tuple(name for name in {**before, **after} if before.get(name) != after.get(name))


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One call, as the ledger keeps it.

    Args:
        id: A ULID.
        seq: Its place in the chain, without gaps, from 1; 0 while it is not in the chain yet.
        at: When it was opened, UTC.
        closed_at: When its outcome was written.
        actor: The actor's id.
        actor_name: How they were called then.
        action: The action's name.
        source, resource, key: The target.
        outcome: See `Outcome`.
        detail: A sentence: why it was denied, what failed; never a secret.
        data: The input as it was asked for, redacted.
        changes: What it did to rows.
        parent: Id of the call that it ran within.
        via, request, reason: As in `Call`.
        undoes: Id of the entry that this one took back.
        undone_by: Id of the entry that took this one back.
        hash: Chain hash in hex.
    """

    id: str
    seq: int
    at: datetime
    actor: str
    action: str
    source: str
    resource: str | None
    key: str | None
    outcome: Outcome
    closed_at: datetime | None = None
    actor_name: str = ""
    detail: str = ""
    data: Mapping[str, Any] = field(default_factory=dict, hash=False)
    changes: tuple[Change, ...] = ()
    parent: str | None = None
    via: str = "page"
    request: Mapping[str, str] = field(default_factory=dict, hash=False)
    reason: str | None = None
    undoes: str | None = None
    undone_by: str | None = None
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Follows:
    """What follows from a call exactly if it is done.

    Args:
        events: What has happened; told in the stream of the house.
        errands: Jobs that are put into their queues.
    """

    events: Sequence[Event] = ()
    errands: Sequence[Errand] = ()


NOTHING_FOLLOWS = Follows()
