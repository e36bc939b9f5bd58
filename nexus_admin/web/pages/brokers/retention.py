"""/brokers/streams/{name}/kept: what is kept of a stream, trimming it once, and what either would forget."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from nexus_admin.actions.brokers.parts import ACT, VIEW
from nexus_admin.brokers.stream.reserved import check_trimmed
from nexus_admin.domain.errors import BadRequest, Invalid, NexusError, NotFound
from nexus_admin.screens.formats import plural
from nexus_admin.web.pages.brokers.index import HOUSE, frame
from nexus_admin.web.pages.brokers.streams import ONE, STREAMS
from nexus_admin.web.visit import Door, Visit

KEPT = f"{ONE}/kept"
DOES = ("trim", "keep")
FIELDS = ("days", "events", "bytes")


def show(visit: Visit) -> Response:
    """GET …/kept: what is kept; with `?do=trim` or `?do=keep` and limits, what that would forget."""
    return _page(visit, {name: visit.query.get(name, "") for name in ("do", "archive", *FIELDS)})


def change(visit: Visit) -> Response:
    """POST …/kept: trim (`trim`, `force`), keep so from now on (`keep`), or as the settings say (`clear`)."""
    name, do = visit.path["name"], visit.form.get("do", "")
    asked = {one: visit.form.get(one, "") for one in ("archive", *FIELDS)}
    try:
        if do in ("trim", "force"):
            limits = {**_limits(asked, "keep"), "before": visit.form.get("before", ""), "force": do == "force"}
            gone = visit.perform("stream.trim", HOUSE, {"stream": name, **limits})
            return visit.go(f"{STREAMS}/{name}", f"Forgot {plural(gone, 'event')} of {name}.")
        if do not in ("keep", "clear"):
            raise BadRequest("A stream is trimmed, or it is said what is kept of it.")
        visit.perform("stream.keep", HOUSE, {"stream": name, **_policy(asked), "clear": do == "clear"})
    except NexusError as error:
        if isinstance(error, BadRequest):
            raise
        return _page(visit, {**asked, "do": "keep" if do in ("keep", "clear") else "trim"}, error.status, _told(error))
    return visit.go(f"{STREAMS}/{name}", f"It is said what is kept of {name}.")


def _page(visit: Visit, asked: dict[str, str], status: int = 200, problem: str = "") -> Response:
    name, plan = check_trimmed(visit.path["name"]), None
    found = [one for one in visit.perform("stream.list", HOUSE) if one.figures.stream == name]
    if not found:
        raise NotFound(f"There is no stream {name!r}.")
    if asked["do"] in DOES and not problem:
        how = _limits(asked, "keep") if asked["do"] == "trim" else _policy(asked)
        try:
            plan = visit.perform(f"stream.{asked['do']}_preview", HOUSE, {"stream": name, **how})
        except Invalid as error:
            status, problem = error.status, _told(error)
    return visit.page(
        "brokers/kept.html", status, seen=found[0], policy=visit.perform("stream.kept", HOUSE, {"stream": name}),
        asked=asked, plan=plan, problem=problem, path=f"{STREAMS}/{name}", **frame(visit, STREAMS),
    )  # fmt: skip


def _limits(asked: dict[str, str], events: str) -> dict[str, Any]:
    return {
        "days": asked["days"].strip() or None,
        events: asked["events"].strip().replace(",", "") or None,
        "bytes": asked["bytes"].strip() or None,
    }


def _policy(asked: dict[str, str]) -> dict[str, Any]:
    return {**_limits(asked, "events"), "archive": bool(asked["archive"])}


def _told(error: NexusError) -> str:
    return " ".join(error.fields.values()) if isinstance(error, Invalid) else str(error)


DOORS = (Door(KEPT, show, VIEW), Door(KEPT, change, ACT, ("POST",)))
