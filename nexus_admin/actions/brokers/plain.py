"""What actions on brokers return, as JSON: contents only as somebody may see them, never as they lie there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from nexus_admin.actions.brokers.jobs import JobSeen
from nexus_admin.actions.brokers.queues import QueueSeen
from nexus_admin.actions.brokers.streams import EventSeen, ParkedSeen, StreamSeen
from nexus_admin.actions.brokers.watch import Course
from nexus_admin.actions.jobs.acts import JobKind
from nexus_admin.actions.jobs.projections import ProjectionSeen
from nexus_admin.actions.jobs.runs import RunRecord
from nexus_admin.brokers.content import Content
from nexus_admin.brokers.stream.protocol import Position


def plain(value: Any) -> Any:
    """Return *value* as JSON has it; names of fields are those of its dataclass.

    Raises:
        TypeError: it holds a content that nobody has looked over.
    """
    if isinstance(value, Content):
        raise TypeError("A content is told as somebody may see it, by `broker_contents.shown`.")
    made = _OWN.get(type(value))
    if made is not None:
        return plain(made(value))
    if isinstance(value, Position):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple | frozenset | set):
        return [plain(one) for one in (sorted(value) if isinstance(value, frozenset | set) else value)]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _job(seen: JobSeen) -> Mapping[str, Any]:
    job = seen.job
    names = (
        "id", "queue", "state", "priority", "attempts", "max_attempts", "key", "serial", "progress", "created_at",
        "visible_at", "started_at", "finished_at",
    )  # fmt: skip
    told = {name: getattr(job, name) for name in names}
    return {**told, "payload": seen.shown, "error": seen.error or None, "note": seen.note}


def _event(seen: EventSeen) -> Mapping[str, Any]:
    names = ("position", "id", "stream", "type", "key", "version", "at")
    return {**{name: getattr(seen.event, name) for name in names}, "payload": seen.shown, "note": seen.note}


def _parked(seen: ParkedSeen) -> Mapping[str, Any]:
    return {
        "event": seen.seen, "group": seen.parked.group, "attempts": seen.parked.attempts, "error": seen.error,
        "again": seen.parked.again,
        "at": seen.parked.at,
    }  # fmt: skip


def _queue(seen: QueueSeen) -> Mapping[str, Any]:
    return {"figures": seen.figures, "depth": seen.depth, "dead": seen.dead, "rates": seen.course}


def _stream(seen: StreamSeen) -> Mapping[str, Any]:
    return {"figures": seen.figures, "groups": seen.groups, "rates": seen.course}


def _kind(seen: JobKind) -> Mapping[str, Any]:
    job = seen.job
    names = ("name", "title", "place", "needs", "max_attempts", "timeout", "priority", "concurrency", "owner")
    return {
        **{name: getattr(job, name) for name in names}, "queue": job.waits_in, "input": job.input.model_json_schema(),
        "schedules": seen.schedules, "next_at": seen.next_at, "last": _ended(seen.last),
    }  # fmt: skip


def _projection(seen: ProjectionSeen) -> Mapping[str, Any]:
    told = {name: getattr(seen.projection, name) for name in ("name", "title", "stream", "version", "owner")}
    figures = {name: getattr(seen, name) for name in ("generations", "behind", "parked", "since")}
    return {**told, **figures}


def _ended(run: RunRecord | None) -> Mapping[str, Any] | None:
    """How a run ended, without what it said and returned: those are told by `job.read`, to whom they may be."""
    names = ("job_id", "attempt", "outcome", "started_at", "finished_at")
    return None if run is None else {name: getattr(run, name) for name in names}


def _rates(course: Course) -> Mapping[str, float | None]:
    names = course.samples[-1].figures if course.samples else ()
    return {name: course.rate(name) for name in names}


_OWN: Mapping[type, Callable[[Any], Any]] = {
    JobSeen: _job, EventSeen: _event, ParkedSeen: _parked, QueueSeen: _queue, StreamSeen: _stream, Course: _rates,
    JobKind: _kind, ProjectionSeen: _projection,
}  # fmt: skip
