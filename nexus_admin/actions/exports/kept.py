"""`export.follow`, `.list`, `.fetch`, `.drop`: somebody's own exports, how far they are, and their files.

A file is given to whoever asked for it, as long as they see the very same as when it was written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from nexus_admin.access import Access
from nexus_admin.actions.brokers.contents import without_secrets
from nexus_admin.actions.exports import records
from nexus_admin.actions.exports.export import Exported, ExportInput
from nexus_admin.actions.exports.later import GONE, WriteInput, asked_of, is_own
from nexus_admin.actions.exports.parts import check_parts, clear, read_parts
from nexus_admin.actions.exports.records import ExportRecord
from nexus_admin.actions.exports.rights import rights_of
from nexus_admin.actions.sources.known import Sources
from nexus_admin.actions.unit import Unit
from nexus_admin.brokers.queue.protocol import Queue
from nexus_admin.domain.action import Action, Nothing
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Forbidden, NexusError, NotFound, Refused
from nexus_admin.domain.target import Target
from nexus_admin.state.engine import State

ExportState = Literal["waiting", "running", "done", "failed", "cancelled", "expired", "withheld"]
WITHHELD = "What you may see of {} is not what it was when the file was written, so it is withheld. Export again."
LOST = "It stopped before it was finished. Export again."


@dataclass(frozen=True, slots=True)
class Export:
    """An export in the background as whoever asked sees it.

    Args:
        record: What stands in our state; nothing of the file.
        state: `waiting`, `running`, `done`, `failed`, `cancelled`, `expired` or `withheld`.
        progress: `done` and `total` rows; None before the first word.
        error: Why there is no file.
        asked: Which rows, how; None where that cannot be read any more.
    """

    record: ExportRecord
    state: ExportState
    progress: Mapping[str, Any] | None = None
    error: str = ""
    asked: ExportInput | None = None

    @property
    def target(self) -> Target:
        """The table."""
        return Target(self.record.source, self.record.resource)

    @property
    def over(self) -> bool:
        """Whether nothing more comes."""
        return self.state not in ("waiting", "running")


def follow(unit: Unit, data: WriteInput) -> Export:
    """Return how far it is.

    Raises:
        NotFound: there is none, or somebody else asked for it.
    """
    record = _own(unit, data.id)
    try:
        asked = asked_of(unit.service(State), record)
    except NexusError:
        asked = None
    return replace(_seen(unit, record), asked=asked)


def list_own(unit: Unit, _data: Nothing) -> list[Export]:
    """Return what the asker exported of the table in the background, the newest first."""
    found = unit.service(State).read(lambda connection: records.of_owner(connection, unit.actor.id))
    return [_seen(unit, one) for one in found if is_own(unit, one)]


def fetch(unit: Unit, data: WriteInput) -> Exported:
    """Return the file, if whoever asked for it still sees the very same.

    Raises:
        NotFound: there is none, or somebody else asked for it, or its time is over.
        Refused: it is not written yet, or will never be.
        Forbidden: what they may see has changed since.
    """
    record = _own(unit, data.id)
    if record.expired:
        raise NotFound("The file was deleted, as its time was over. Export again.")
    if record.state != "done":
        raise Refused("There is no file yet, or there will be none. Its page says how far it is.")
    if _rights(unit, record) != record.rights:
        raise Forbidden(WITHHELD.format(record.title))
    state = unit.service(State)
    check_parts(state, record)
    unit.detail = f"{record.name}: {record.rows or 0:,} rows, {record.bytes or 0:,} bytes."
    return Exported(
        record.name or record.id, record.content_type or "application/octet-stream", read_parts(state, record),
        size=record.bytes,
    )  # fmt: skip


def drop(unit: Unit, data: WriteInput) -> bool:
    """Stop it where it is not over, else forget it; in both cases nothing of the file is left. Return whether it ran.

    Raises:
        NotFound: there is none, or somebody else asked for it.
    """
    record = _own(unit, data.id)
    state = unit.service(State)
    stopped = state.write(lambda connection: records.end(connection, record.id, "cancelled"))
    if stopped:
        unit.service(Queue).cancel(record.job or "")  # type: ignore[type-abstract]
    else:
        state.write(lambda connection: records.delete(connection, record.id))
    clear(state, record.id)
    unit.detail = f"{record.name or record.id}, {'stopped' if stopped else 'deleted'}."
    return stopped


def _own(unit: Unit, id: str) -> ExportRecord:
    record = unit.service(State).read(lambda connection: records.find(connection, id))
    if record is None or not is_own(unit, record):
        raise NotFound(GONE)
    return record


def _seen(unit: Unit, record: ExportRecord) -> Export:
    if record.state == "done":
        if record.expired:
            return Export(record, "expired")
        same = _rights(unit, record) == record.rights
        return Export(record, "done") if same else Export(record, "withheld", error=WITHHELD.format(record.title))
    if record.state == "cancelled":
        return Export(record, "cancelled")
    return (
        Export(record, "failed", error=record.error or LOST) if record.state == "failed" else _under_way(unit, record)
    )


def _under_way(unit: Unit, record: ExportRecord) -> Export:
    """Return how an export is that nobody has ended: what the queue says of its job."""
    job = unit.service(Queue).find(record.job or "")  # type: ignore[type-abstract]
    if job is None or job.state == "dead":
        return Export(
            record, "failed", error=(without_secrets(job.error)[0] if job is not None and job.error else LOST)
        )
    if job.state == "cancelled":
        return Export(record, "cancelled")
    running = job.state == "running"
    return Export(record, "running" if running else "waiting", job.progress if running else None)


def _rights(unit: Unit, record: ExportRecord) -> str:
    """Return what the asker sees now of what was exported; "" where that cannot be said."""
    try:
        source = unit.service(Sources).get(record.source)
        resource = source.schema.resource(record.resource)
        asked = asked_of(unit.service(State), record)
        if not unit.service(Access).decide(unit.actor, "rows.export", source.name, resource).allowed:
            return ""
        return rights_of(unit.service(Access), unit.actor, source, resource, asked)
    except NexusError:
        return ""


def _action(name: str, input: Any, run: Any, title: str, **more: Any) -> Action:
    return Action(name, input, run, title, "rows.export", on="resource", transaction=False, icon="download", **more)


ACTIONS = (
    _action("export.follow", WriteInput, follow, "See how far an export is", writes=False),
    _action("export.list", Nothing, list_own, "Your exports", writes=False),
    _action("export.fetch", WriteInput, fetch, "Download an export", writes=False, kept=True, outside=True),
    _action("export.drop", WriteInput, drop, "Stop or delete an export", outside=True),
)
