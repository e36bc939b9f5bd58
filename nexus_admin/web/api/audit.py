"""The audit over HTTP: found, read, and taken back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from starlette.responses import Response

from nexus_admin.actions.house.auditing import Check, Entries, Mark, Wanted
from nexus_admin.actions.plain import entry_json, moment, plan_json, to_json
from nexus_admin.domain.target import Target
from nexus_admin.web.api import parameters
from nexus_admin.web.api.answers import Json
from nexus_admin.web.api.call import ApiCall, ApiDoor

HOUSE = Target("nexus")


def show_list(call: ApiCall) -> Response:
    """GET /api/v1/audit: entries, newest first."""
    asked = call.asked(*Wanted.model_fields)
    found: Entries = call.perform("audit.list", HOUSE, {**asked, **call.asked("limit", "after")})
    answer: dict[str, Any] = {
        "entries": [entry_json(one, found.changes.get(one.id)) for one in found.entries],
        "next": found.next,
        "links": {
            "self": call.with_query(),
            "next": call.with_query(after=found.next) if found.next else None,
        },
    }
    if call.query.get("facets") in ("1", "true"):
        facets = call.perform("audit.facets", HOUSE, asked)
        answer["facets"] = {name: [list(one) for one in counts] for name, counts in facets.counts.items()}
        answer["names"] = dict(facets.names)
    return Json(answer)


def show_timeline(call: ApiCall) -> Response:
    """GET /api/v1/audit/timeline: how many entries each day or hour has."""
    asked = call.asked(*Wanted.model_fields, "grain", "offset_minutes")
    return Json({"counts": [[to_json(at), count] for at, count in call.perform("audit.timeline", HOUSE, asked)]})


def show_one(call: ApiCall) -> Response:
    """GET /api/v1/audit/{id}: an entry with all its changes, and what ran within it."""
    entry, *within = call.perform("audit.read", HOUSE, {"entry": call.path["id"]})
    return Json({**entry_json(entry), "within": [entry_json(one) for one in within]})


def verify(call: ApiCall) -> Response:
    """GET /api/v1/audit/verify: whether the ledger is as it was written."""
    found = call.perform("audit.verify", HOUSE)
    first_bad = None if found.first_bad is None else asdict(found.first_bad)
    return Json({"ok": found.ok, "upto": found.upto, "hash": found.hash, "open": found.open, "first_bad": first_bad})


def show_mark(call: ApiCall) -> Response:
    """GET /api/v1/audit/mark: how far the ledger was verified, and how far a check is that is under way."""
    return Json(_told(call.perform("audit.mark", HOUSE)))


def check(call: ApiCall) -> Response:
    """POST /api/v1/audit/check: verify onward from the mark in the background; `?full=true` all of it."""
    return Json(_told(call.perform("audit.check", HOUSE, call.asked("full"))))


def _told(mark: Mark) -> dict[str, Any]:
    running, verified = mark.running, mark.verified
    return {
        "entries": mark.extent.opened,
        "verified": {
            "ok": verified.bad is None, "upto": verified.at.seq, "hash": verified.at.hash,
            "at": to_json(moment(verified.ended)) if verified.ended else None,
            "first_bad": None if verified.bad is None else asdict(verified.bad),
        },
        "full_at": to_json(moment(mark.full.ended)) if mark.full.ended else None,
        "running": None if running is None else {
            "full": running.name == "full", "done": running.done, "total": running.total,
        },
    }  # fmt: skip


def preview(call: ApiCall) -> Response:
    """GET /api/v1/audit/{id}/undo: what taking the entry back would do, and what stands in the way."""
    entry = call.path["id"]
    place = _place(call, entry)
    action = "house.preview" if place is None else "change.preview"
    return Json(plan_json(call.perform(action, place or HOUSE, {"entry": entry})))


def undo(call: ApiCall) -> Response:
    """POST /api/v1/audit/{id}/undo: take the entry back, as a whole or not at all."""
    entry = call.path["id"]
    place = _place(call, entry)
    action = "house.undo" if place is None else "change.undo"
    return Json({"undone": entry, "rows": call.perform(action, place or HOUSE, {"entry": entry})})


def _place(call: ApiCall, entry: str) -> Target | None:
    """Return the source that an entry is about, among those where the asker may undo; else it may be the house's."""
    access = call.kernel.access
    places = [Target(name) for name in call.kernel.sources.names()]
    allowed = [one for one in places if access.decide(call.actor, "change.undo", one.source).allowed]
    return next((one for one in allowed if call.perform("change.place", one, {"entry": entry})), None)


ONE = "/api/v1/audit/{id}"

DOORS = (
    ApiDoor(
        "/api/v1/audit", show_list, "audit.view", "GET", "Entries of the audit, newest first.", "listAudit", None,
        "AuditPage", parameters=parameters.of_model(Wanted) + parameters.AUDIT, group="Audit",
    ),
    ApiDoor(
        "/api/v1/audit/timeline", show_timeline, "audit.view", "GET", "How many entries each day or hour has.",
        "auditTimeline", None, "Timeline", parameters=parameters.of_model(Wanted) + parameters.TIMELINE, group="Audit",
    ),
    ApiDoor(
        "/api/v1/audit/verify", verify, "audit.view", "GET", "Whether the audit is as it was written.", "verifyAudit",
        None, "Verified", group="Audit",
    ),
    ApiDoor(
        "/api/v1/audit/mark", show_mark, "audit.view", "GET", "How far the audit was verified.", "readAuditMark", None,
        "AuditMark", group="Audit",
    ),
    ApiDoor(
        "/api/v1/audit/check", check, "audit.view", "POST", "Verify the audit in the background.", "checkAudit", None,
        "AuditMark", parameters=parameters.of_model(Check), group="Audit",
    ),
    ApiDoor(
        ONE, show_one, "audit.view", "GET", "One entry with all its changes.", "readAudit", None, "AuditEntry",
        group="Audit",
    ),
    ApiDoor(
        f"{ONE}/undo", preview, "change.undo", "GET", "What taking an entry back would do.", "previewUndo", None,
        "UndoPlan", group="Audit",
    ),
    ApiDoor(
        f"{ONE}/undo", undo, "change.undo", "POST", "Take an entry back.", "undo", None, "Undone",
        parameters=(parameters.IDEMPOTENCY,), group="Audit",
    ),
)  # fmt: skip
