"""The audit over HTTP: found, read, and taken back."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from nexus_admin.actions.auditing import Entries, Wanted
from nexus_admin.actions.plain import entry_json, plan_json, to_json
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
    bad = found.first_bad
    first_bad = None if bad is None else {"seq": bad.seq, "entry": bad.entry, "why": bad.why}
    return Json({"ok": found.ok, "upto": found.upto, "hash": found.hash, "open": found.open, "first_bad": first_bad})


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
