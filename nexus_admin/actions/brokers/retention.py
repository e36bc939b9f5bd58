"""`stream.trim`, `stream.keep`, `stream.archived`: what is kept of a stream, what would go, and what was archived."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import BeforeValidator, Field

from nexus_admin.actions.brokers.parts import ACT, acting, looking, sees_contents, stream_of
from nexus_admin.actions.brokers.streams import EventSeen, StreamInput, position, seen_event
from nexus_admin.actions.house.settings import store
from nexus_admin.actions.unit import Unit
from nexus_admin.brokers.sizes import size_of
from nexus_admin.brokers.stream.checking import check_name
from nexus_admin.brokers.stream.protocol import BEGIN, Position
from nexus_admin.brokers.stream.reserved import check_trimmed
from nexus_admin.brokers.stream.retention import Policy, Retention
from nexus_admin.brokers.stream.trimming import Trimming
from nexus_admin.domain.action import Action
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Invalid
from nexus_admin.state.tables.settings import setting as stored

SAID = "streams.kept"


def _sized(given: Any) -> Any:
    """Read a size as people write it; what is none is said by the check of the number."""
    read = size_of(given) if isinstance(given, str) else None
    return given if read is None else read


Size = Annotated[int | None, BeforeValidator(_sized)]
"""Bytes, also as `500 MB`."""


class TrimInput(StreamInput):
    """What to keep, this once; of several limits all have to allow it."""

    days: float | None = Field(None, gt=0, le=36_500, description="Events younger than so many days stay.")
    keep: int | None = Field(None, ge=0, le=10**12, description="So many of the newest stay.")
    bytes: Size = Field(None, ge=0, le=10**15, description="The newest of so many bytes of payloads stay.")
    before: str = Field("", max_length=60, description="What stands at this position or later stays.")
    force: bool = Field(False, description="Forget also what groups still need; the preview says what each loses.")


class KeepInput(StreamInput):
    """What is kept from now on; what is over any of the limits goes, unless a group needs it. None for no limit."""

    days: float | None = Field(None, gt=0, le=36_500, description="Events younger than so many days.")
    events: int | None = Field(None, ge=1, le=10**12, description="So many of the newest.")
    bytes: Size = Field(None, ge=1, le=10**15, description="The newest of so many bytes of payloads.")
    archive: bool = Field(False, description="Archive events before they are forgotten.")
    clear: bool = Field(False, description="Go back to what the settings say.")


class ArchivedInput(StreamInput):
    """Which archived events."""

    after: str = Field("", max_length=60, description="A position; without one from the first.")
    limit: int = Field(50, ge=1, le=500)


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """A file with the events from *first* to *last*: its name, not where the server has it."""

    name: str
    first: Position
    last: Position
    bytes: int


@dataclass(frozen=True, slots=True)
class ArchivedSeen:
    """The files of a stream, and a page of the events in them."""

    files: tuple[ArchivedFile, ...]
    events: tuple[EventSeen, ...]


def kept(unit: Unit, data: StreamInput) -> Policy:
    """Return what is kept of a stream."""
    return unit.service(Retention).policy_of(data.stream)


def trim_preview(unit: Unit, data: TrimInput) -> Trimming:
    """Return what a trim would forget, and which groups need something of it; nothing is forgotten."""
    return stream_of(unit).trim_plan(data.stream, force=data.force, **_limits(data))


def trim(unit: Unit, data: TrimInput) -> int:
    """Forget events from the beginning, archived before where the policy says so; return how many.

    Raises:
        Refused, StateDown: they cannot be archived; then nothing is forgotten.
    """
    limits = _limits(data)
    needs = stream_of(unit).trim_plan(data.stream, force=True, **limits).needs if data.force else ()
    gone = unit.service(Retention).trim(stream_of(unit), data.stream, force=data.force, **limits)
    lost = "; ".join(f"{one.group} lost {one.events:,} events and {one.parked:,} parked" for one in needs)
    unit.detail = f"Forgot {gone:,} events of {data.stream}{' by force' if data.force else ''}."
    unit.detail += f" {lost}." if lost else ""
    return gone


def keep_preview(unit: Unit, data: KeepInput) -> Trimming:
    """Return what keeping a stream so would forget within a minute; nothing is changed.

    Raises:
        Refused: it is the ledger, which is kept whole.
    """
    check_trimmed(data.stream)
    retention = unit.service(Retention)
    policy = retention.policy_of(data.stream) if data.clear else _policy(data)
    return retention.plan(stream_of(unit), data.stream, policy)


def keep(unit: Unit, data: KeepInput) -> None:
    """Say how much of a stream is kept from now on, before what the settings say of it.

    Raises:
        BadRequest: that is no name of a stream.
        Refused: it is the ledger, which is kept whole.
    """
    check_trimmed(check_name(data.stream))
    connection: sa.Connection = unit.connection
    found = connection.execute(sa.select(stored.c.value).where(stored.c.key == SAID)).scalar()
    said: list[str] = unit.service(Retention).said() if found is None else found
    others = [one for one in said if one.rpartition("=")[0] != data.stream]
    policy = _policy(data)
    told = {"days": policy.days, "bytes": policy.bytes, "events": policy.events}
    parts = [f"{name}:{value}" for name, value in told.items() if value is not None]
    own = [] if data.clear else [f"{data.stream}={'+'.join([*parts, *(['archive'] if policy.archive else [])])}"]
    store(unit, SAID, [*others, *own] or None)
    unit.detail = f"{data.stream} is kept as the settings say." if data.clear else f"Kept: {own[0]}."


def archived(unit: Unit, data: ArchivedInput) -> ArchivedSeen:
    """Return the archived files of a stream and a page of their events.

    Raises:
        Refused: there are files, and what reads them is not installed; or it is the ledger, which is never archived.
    """
    check_trimmed(data.stream)
    archive = unit.service(Retention).archive
    stream_of(unit).groups(data.stream)  # that it is a name
    after = position(data.after) if data.after else BEGIN
    sees = sees_contents(unit)
    events = archive.read(data.stream, after=after, limit=data.limit)
    files = (ArchivedFile(one.path.name, one.first, one.last, one.bytes) for one in archive.files(data.stream))
    return ArchivedSeen(tuple(files), tuple(seen_event(one, sees) for one in events))


def _limits(data: TrimInput) -> dict[str, Any]:
    if data.days is None and data.keep is None and data.bytes is None and not data.before:
        raise Invalid({"keep": "Say how many days, how many events or how many bytes stay."})
    return {
        "older_than": None if data.days is None else timedelta(days=data.days), "keep": data.keep,
        "keep_bytes": data.bytes, "before": position(data.before) if data.before else None,
    }  # fmt: skip


def _policy(data: KeepInput) -> Policy:
    return Policy(data.days, data.events, data.bytes, data.archive, here=True)


ACTIONS = (
    looking("stream.kept", StreamInput, kept, "What is kept"),
    looking("stream.trim_preview", TrimInput, trim_preview, "What a trim would forget"),
    looking("stream.keep_preview", KeepInput, keep_preview, "What keeping a stream so would forget"),
    looking("stream.archived", ArchivedInput, archived, "Archived events"),
    acting("stream.trim", TrimInput, trim, "Trim", "trash", danger=True),
    Action(
        "stream.keep", KeepInput, keep, "Say what is kept", ACT, on="house", danger=True, transaction=False,
        icon="clock",
    ),
)  # fmt: skip
