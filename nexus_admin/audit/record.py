"""Turning calls and changes into the ledger's rows, and rows back into entries."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from nexus_admin.audit.links import now
from nexus_admin.audit.outbox import BOX, EVENTS, JOBS, from_noted
from nexus_admin.audit.redaction import name, optional_name, redacted, sentence
from nexus_admin.audit.values import RowText, compact, from_json
from nexus_admin.brokers.queue import errands
from nexus_admin.domain.action import Call
from nexus_admin.domain.audit import AuditEntry, Change, Follows, Outcome
from nexus_admin.domain.errors import NexusError
from nexus_admin.domain.ids import new_ulid
from nexus_admin.state.vault import Vault

SecretFields = Callable[[str, str], Collection[str]]
"""`secret_fields(source, resource)` -> names of the fields that are secret there."""

NO_INTENT = "[]"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(microseconds: int) -> datetime:
    """Return a time of the ledger as a datetime in UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)


def microseconds(at: datetime) -> int:
    """Return an aware datetime as the ledger counts it."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def _request(said: Mapping[str, str]) -> str:
    return compact({sentence(key): sentence(value) for key, value in said.items()})


class Recorder:
    """Makes the ledger's rows, and reads them.

    Args:
        vault: Seals secret fields.
        secret_fields: Says which those are.

    Attributes:
        secret_inputs: `secret_inputs(action)` -> names of the fields of its input that are secret by their types.
    """

    OPEN: ClassVar[Mapping[str, Any]] = {
        "intent": NO_INTENT,
        "opening": "",
        "outcome": "open",
        "closed_at": None,
        "detail": "",
        "undoes": None,
        "change_count": 0,
        "seq": None,
        "hash": None,
    }
    """What an entry that was just opened does not have yet."""

    def __init__(self, vault: Vault, secret_fields: SecretFields) -> None:
        self._text = RowText(vault)
        self._secret_fields = secret_fields
        self.secret_inputs: Callable[[str], Collection[str]] = lambda _action: ()

    def opening(self, call: Call, parent: str | None, intent: Sequence[Change] = ()) -> dict[str, Any]:
        """Return a new open entry's row, all but `no` and `opening`."""
        entry_id = new_ulid()
        target = call.target
        return {
            "no": 0,
            "id": entry_id,
            "at": now(),
            "actor": name(call.actor.id),
            "actor_name": sentence(call.actor.name),
            "action": sentence(call.action),
            "source": name(target.source),
            "resource": optional_name(target.resource),
            "key": optional_name(target.key),
            "data": redacted(call.data, self._hidden(call)),
            "parent": parent,
            "via": sentence(call.via),
            "request": _request(call.request) if call.request else "{}",
            "reason": None if call.reason is None else sentence(call.reason),
            **self.OPEN,
            "intent": self.intent(entry_id, intent) if intent else NO_INTENT,
        }

    def closing(self, outcome: Outcome, detail: str, changes: int, undoes: str | None) -> dict[str, Any]:
        """Return what closing an entry sets, all but `seq`, `hash` and `opening`."""
        return {
            "outcome": outcome,
            "closed_at": now(),
            "detail": sentence(detail),
            "undoes": undoes,
            "change_count": changes,
        }

    def changes(self, entry_id: str, changes: Iterable[Change]) -> list[dict[str, Any]]:
        """Return the rows of *changes*, all but `entry`."""
        return [self._change(f"{entry_id}/{n}", n, change) for n, change in enumerate(changes)]

    def intent(self, entry_id: str, changes: Sequence[Change]) -> str:
        """Return the text of the column `intent`."""
        return compact(self.intents(entry_id, changes)) if changes else NO_INTENT

    def intents(self, entry_id: str, changes: Sequence[Change]) -> list[dict[str, Any]]:
        """Return *changes* as they stand in the column `intent`.

        Where nothing of them is sealed (`seals`), they stand in the ledger just so when they are done: sealed values
        open in their own place only, and that is another one then.
        """
        return [self._change(f"{entry_id}/intent/{n}", n, change) for n, change in enumerate(changes)]

    def seals(self, changes: Iterable[Change]) -> bool:
        """Whether any field of the rows of *changes* is sealed."""
        return any(self._secrets(source, resource) for source, resource in {(c.source, c.resource) for c in changes})

    def _change(self, place: str, n: int, change: Change) -> dict[str, Any]:
        secret = self._secrets(change.source, change.resource)
        return {
            "n": n,
            "source": name(change.source),
            "resource": name(change.resource),
            "key": name(change.key),
            "title": sentence(change.title),
            "place": change.place,
            "before": self._text.write(change.before, secret, place, "before"),
            "after": self._text.write(change.after, secret, place, "after"),
        }

    def _hidden(self, call: Call) -> Collection[str]:
        named = self.secret_inputs(call.action)
        secret = self._secrets(call.target.source, call.target.resource or "")
        return {*secret, *named} if named else secret

    def _secrets(self, source: str, resource: str) -> Collection[str]:
        try:
            return self._secret_fields(source, resource)
        except NexusError:  # a refused call may name a source or table that does not exist
            return ()

    def change(self, row: Mapping[Any, Any], place: str, *, unsealed: bool = False) -> Change:
        """Return the change in *row*; *place* is what it was written under."""
        before, after = self._text.read(row["before"], row["after"], place, unsealed=unsealed)
        return Change(row["source"], row["resource"], row["key"], before, after, row["title"], row["place"])

    def entry(
        self,
        row: Mapping[Any, Any],
        changes: Iterable[Mapping[Any, Any]] = (),
        *,
        undone_by: str | None = None,
        unsealed: bool = False,
    ) -> AuditEntry:
        """Return the entry in *row* with those of its changes that are given."""
        return AuditEntry(
            id=row["id"],
            seq=row["seq"] or 0,
            at=moment(row["at"]),
            closed_at=None if row["closed_at"] is None else moment(row["closed_at"]),
            actor=row["actor"],
            actor_name=row["actor_name"],
            action=row["action"],
            source=row["source"],
            resource=row["resource"],
            key=row["key"],
            outcome=row["outcome"],
            detail=row["detail"],
            data=from_json(json.loads(row["data"])),
            changes=tuple(self.change(one, f"{row['id']}/{one['n']}", unsealed=unsealed) for one in changes),
            parent=row["parent"],
            via=row["via"],
            request=json.loads(row["request"]),
            reason=row["reason"],
            undoes=row["undoes"],
            undone_by=undone_by,
            hash=row["hash"] or "",
        )

    def intended(self, row: Mapping[Any, Any], *, unsealed: bool = False) -> tuple[Change, ...]:
        """Return the changes that the entry in *row* was about to make."""
        return tuple(
            self.change(one, f"{row['id']}/intent/{one['n']}", unsealed=unsealed)
            for one in json.loads(row["intent"])
            if EVENTS not in one
        )

    def follows(self, row: Mapping[Any, Any]) -> Follows:
        """Return what was to follow from the call of the entry in *row*."""
        last: Mapping[str, Any] = next((one for one in json.loads(row["intent"]) if EVENTS in one), {})
        return Follows(from_noted(last.get(EVENTS, ())), [errands.from_noted(one) for one in last.get(JOBS, ())])

    def box(self, row: Mapping[Any, Any]) -> str:
        """Return the id of the outbox in which a row proves that the entry in *row* was committed; "" for none."""
        return next((one[BOX] for one in json.loads(row["intent"]) if BOX in one and EVENTS in one), "")
