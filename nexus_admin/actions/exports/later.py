"""`export.begin` and `export.write`: an export that a worker writes, on behalf of whoever asked, into our own state.

It is asked for with the rights of then and written with the rights of when it is written. A worker that dies leaves
parts that no later attempt counts; the file is offered in the one transaction in which it is whole.
"""

from __future__ import annotations

import json
import logging
import secrets
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from nexus_admin.access import Access
from nexus_admin.access.behalf import on_behalf
from nexus_admin.actions.dispatcher import Dispatcher
from nexus_admin.actions.exports import records
from nexus_admin.actions.exports.export import Exported, ExportInput, exporter_of
from nexus_admin.actions.exports.parts import MEGABYTE, Parts, clear
from nexus_admin.actions.exports.records import ExportRecord
from nexus_admin.actions.exports.rights import rights_of
from nexus_admin.actions.house.controls import Controls
from nexus_admin.actions.jobs.call import push_action
from nexus_admin.actions.sources.known import Sources
from nexus_admin.actions.unit import Unit
from nexus_admin.brokers.queue.protocol import Queue
from nexus_admin.domain.action import Action, Call
from nexus_admin.domain.errors import BadRequest, Forbidden, Invalid, NexusError, NotFound, Refused, StateDown
from nexus_admin.domain.job import Cancelled, GiveUp, RetryLater
from nexus_admin.domain.row import RowCount
from nexus_admin.domain.target import Target
from nexus_admin.state.engine import State

ATTEMPTS = 3
"""How often a file is begun: a worker may die, and a database may be away for a while."""
LANES = 4
"""Exports that are written at once; somebody's own always one after the other, so that nobody takes all workers."""
MOST = 20
"""Files that one asker may have at a time."""
NAMED = 50
"""Columns that the ledger's sentence names."""
FOR_GOOD = (GiveUp, Forbidden, Invalid, BadRequest, NotFound)
GONE = "There is no such export (any more)."
FULL = ("disk is full", "no space left", "could not extend")

log = logging.getLogger(__name__)


class WriteInput(BaseModel):
    """Which export."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1, max_length=32)


def begin(unit: Unit, data: ExportInput) -> str:
    """Ask for a file of rows, which a worker writes; return the export's id.

    Raises:
        BadRequest, UnknownField, Forbidden: as the export itself would; nothing is begun then.
        Refused: the asker has as many files as anybody may have.
    """
    exporter = exporter_of(unit, data)
    if "limit" in data.model_fields_set:
        raise BadRequest("An export has no pages, so it takes no `limit`. End it by `most`.")
    expected = _looked(unit, data)
    id, target, state = secrets.token_hex(16), unit.target, unit.service(State)
    resource = unit.service(Sources).get(target.source).schema.resource(target.resource or "")
    asked = json.dumps(data.model_dump(mode="json", exclude_none=True)).encode()
    values = {
        "id": id, "owner": unit.actor.id, "source": target.source, "resource": resource.name, "title": resource.title,
        "asked": state.vault.seal(asked, f"export:{id}"), "expected": expected,
    }  # fmt: skip
    call = Call("export.write", Target(target.source, resource.name), {"id": id}, unit.actor, zone=unit.call.zone)
    lane = f"exports {zlib.crc32(unit.actor.id.encode()) % LANES}"

    def work(connection: Any) -> None:
        if records.held(connection, unit.actor.id) >= MOST:
            raise Refused(f"You have {MOST} exports that are kept or being written. Delete one of them first.")
        job = push_action(unit.services, call, connection, attempts=ATTEMPTS, serial=lane)
        records.ask(connection, {**values, "job": job})

    state.write(work)
    about = f"about {expected:,} rows" if expected is not None else "all rows"
    unit.detail = f"{id}: {about} as {exporter.title}, in the background."
    return id


def _looked(unit: Unit, data: ExportInput) -> int | None:
    """Ask for one row as the export will, so that what is wrong is said in time; return how many there may be."""
    dispatcher = unit.service(Dispatcher)
    given = data.model_dump(include={"filter", "search", "sort", "fields"})

    def perform(action: str, more: dict[str, Any]) -> Any:
        return dispatcher.perform(replace(unit.call, action=action, data={**given, **more}, parent=unit.entry))

    perform("row.list", {"limit": 1})
    try:
        found: RowCount = perform("row.count", {"how": "estimate"})
    except NexusError:  # who may list may not always count, and a count may take too long
        return data.most
    value = None if found.how == "capped" else found.value
    return min(value, data.most) if value is not None and data.most is not None else value or data.most


def write(unit: Unit, data: WriteInput) -> dict[str, Any]:
    """Write the file that was asked for; return how many rows and bytes it has.

    Raises:
        Forbidden: whoever asked may not export these rows any more.
        GiveUp: it became too large, or there is no room for it.
        Cancelled: it was stopped.
    """
    if unit.call.via != "job":
        raise Refused("A worker writes exports. Ask for one with export.begin.")
    state = unit.service(State)
    record = state.read(lambda connection: records.find(connection, data.id))
    if record is None or not is_own(unit, record):
        raise NotFound(GONE)
    if record.state == "done":  # the worker died after it was whole, and before it could say so
        return {"rows": record.rows, "bytes": record.bytes}
    attempt = state.write(lambda connection: records.begin(connection, record.id))
    if attempt is None:
        raise Cancelled("It was stopped.")
    try:
        clear(state, record.id, below=attempt)
        return _written(unit, record, attempt)
    except BaseException as error:
        raise _given_up(unit, record, attempt, error) from error


def _written(unit: Unit, record: ExportRecord, attempt: int) -> dict[str, Any]:
    state = unit.service(State)
    asked = asked_of(state, record)
    before = _rights(unit, record, asked)
    target = Target(record.source, record.resource)
    call = replace(unit.call, action="rows.export", target=target, data=asked, parent=unit.entry, follower=None)
    exported: Exported = unit.service(Dispatcher).perform(call)
    unit.progress(0)
    expected = record.expected or _counted(unit, target, asked)
    exported.tally.heard = lambda rows: unit.progress(rows, expected if rows <= (expected or 0) else None)
    settings = unit.service(Controls)
    parts = Parts(state, record.id, attempt, settings.value("exports.most_megabytes") * MEGABYTE)
    for chunk in exported.chunks:
        parts.add(chunk)
    parts.close()
    if _rights(unit, record, asked) != before:
        raise RetryLater("What you may see has changed while the file was written; it is written again.", seconds=1)
    now = datetime.now(UTC)
    values = {
        "name": _named(exported.name, now), "content_type": exported.content_type, "rights": before,
        "rows": exported.tally.rows, "bytes": parts.size, "parts": parts.count, "ended_at": now,
        "expires_at": now + timedelta(hours=settings.value("exports.keep_hours")),
    }  # fmt: skip
    if not state.write(lambda connection: records.finish(connection, record.id, attempt, values)):
        raise Cancelled("It was stopped, or another worker has it now.")
    columns = ", ".join(exported.columns[:NAMED]) + (", …" if len(exported.columns) > NAMED else "")
    size = f"{exported.tally.rows:,} rows, {parts.size:,} bytes"
    unit.detail = f"{target} as {exported.title}: {size}. Columns: {columns}."
    return {"rows": exported.tally.rows, "bytes": parts.size}


def _given_up(unit: Unit, record: ExportRecord, attempt: int, error: BaseException) -> BaseException:
    """Leave nothing of an attempt that failed; say for good what will not be otherwise the next time."""
    state = unit.service(State)
    raised = error
    if isinstance(error, StateDown) and any(word in str(error).lower() for word in FULL):
        raised = GiveUp(f"The disk of our own state is full, so nothing of the file was kept. {error}")
    try:
        clear(state, record.id, below=attempt + 1)
        if isinstance(raised, FOR_GOOD):
            state.write(lambda connection: records.end(connection, record.id, "failed", str(raised), attempt))
        elif isinstance(raised, Cancelled) and _withdrawn(unit, record):
            state.write(lambda connection: records.end(connection, record.id, "cancelled", None, attempt))
    except NexusError as later:
        log.warning("What was written of the export %s is deleted later: %s", record.id, later)
    return raised


def _withdrawn(unit: Unit, record: ExportRecord) -> bool:
    job = unit.service(Queue).find(record.job or "")  # type: ignore[type-abstract]
    return job is not None and job.state == "cancelled"


def is_own(unit: Unit, record: ExportRecord) -> bool:
    """Whether it is the actor who asked for it, and of the table that is the target."""
    target = unit.target
    return (record.owner, record.source, record.resource) == (unit.actor.id, target.source, target.resource)


def asked_of(state: State, record: ExportRecord) -> ExportInput:
    """Return what was asked.

    Raises:
        SealBroken: its key is gone.
    """
    return ExportInput.model_validate_json(state.vault.unseal(record.asked, f"export:{record.id}"))


def _rights(unit: Unit, record: ExportRecord, asked: ExportInput) -> str:
    access, source = unit.service(Access), unit.service(Sources).get(record.source)
    actor = on_behalf(access, unit.actor.id, unit.actor.name)  # as they are now, which may be an hour later
    return rights_of(access, actor, source, source.schema.resource(record.resource), asked)


def _counted(unit: Unit, target: Target, asked: ExportInput) -> int | None:
    """Return how many rows there are, counted whole; None where that takes too long."""
    data = {**asked.model_dump(include={"filter", "search"}), "how": "exact"}
    try:
        found: RowCount = unit.service(Dispatcher).perform(
            replace(unit.call, action="row.count", target=target, data=data, parent=unit.entry, follower=None)
        )
    except NexusError:
        return None
    return found.value if asked.most is None else min(found.value, asked.most)


def _named(name: str, at: datetime) -> str:
    stem, _, ending = name.rpartition(".")
    return f"{stem}-{at:%Y%m%d-%H%M%S}.{ending}"


ACTIONS = (
    Action(
        "export.begin", ExportInput, begin, "Export in the background", "rows.export", on="resource",
        transaction=False, outside=True, icon="download",
    ),
    Action(
        "export.write", WriteInput, write, "Write an export", "rows.export", on="resource", transaction=False,
        outside=True, icon="download",
    ),
)  # fmt: skip
