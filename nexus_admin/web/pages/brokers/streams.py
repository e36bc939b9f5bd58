"""/brokers/streams: streams with their groups and newest events; moving a group, what it set aside, trimming."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from nexus_admin.actions.brokers.parts import ACT, VIEW
from nexus_admin.actions.brokers.streams import StreamSeen
from nexus_admin.brokers.stream.reserved import LEDGER
from nexus_admin.domain.errors import BadRequest, Invalid, NotFound
from nexus_admin.screens.brokers import words
from nexus_admin.screens.formats import plural
from nexus_admin.web.pages.brokers.index import HOUSE, ROOT, frame
from nexus_admin.web.visit import Door, Visit

STREAMS = f"{ROOT}/streams"
ONE = f"{STREAMS}/{{name}}"
GROUP = f"{ONE}/groups/{{group}}"
TO = ("begin", "end", "position", "time", "shift")


def show(visit: Visit) -> Response:
    """GET /brokers/streams: every stream with its groups."""
    return visit.page("brokers/streams.html", streams=visit.perform("stream.list", HOUSE), **frame(visit, STREAMS))


def one(visit: Visit) -> Response:
    """GET /brokers/streams/{name}: its groups, and its newest events; `?types=`, `?key=`, `?after=` as a page."""
    seen = _stream(visit)
    asked = {name: visit.query.get(name, "") for name in ("types", "key")}
    found = visit.perform(
        "stream.read", HOUSE, {"stream": seen.figures.stream, **asked, "after": visit.query.get("after", "")}
    )
    path = f"{STREAMS}/{seen.figures.stream}"
    kept = visit.perform("stream.kept", HOUSE, {"stream": seen.figures.stream})
    return visit.page(
        "brokers/stream.html", seen=seen, kept=kept, whole=seen.figures.stream == LEDGER, events=found.events,
        asked=asked, path=path,
        older=words.address(path, **asked, after=found.next) if found.next else "",
        paged=bool(visit.query.get("after")), **frame(visit, STREAMS),
    )  # fmt: skip


def trim(visit: Visit) -> Response:
    """POST /brokers/streams/{name}: forget old events, never one that a group still needs."""
    name = visit.path["name"]
    days, keep = visit.form.get("days", "").strip(), visit.form.get("keep", "").strip()
    gone = visit.perform("stream.trim", HOUSE, {"stream": name, "days": days or None, "keep": keep or None})
    return visit.go(f"{STREAMS}/{name}", f"Forgot {plural(gone, 'event')} of {name}. What a group needs stays.")


def group(visit: Visit) -> Response:
    """GET …/groups/{group}: where it is, where it can be moved with what that comes to, and what it set aside."""
    return _group_page(visit, {name: visit.query.get(name, "") for name in ("to", "value")})


def seek(visit: Visit) -> Response:
    """POST …/groups/{group}: move it, as the preview said."""
    names = {"stream": visit.path["name"], "group": visit.path["group"]}
    asked = {"to": visit.form["to"], "value": visit.form.get("value", "")}
    expected = visit.form.get("expected", "")
    data = {**names, **asked, "expected": int(expected) if expected.isdecimal() else None}
    try:
        moved = visit.perform("stream.seek", HOUSE, data)
    except Invalid as error:
        return _group_page(visit, asked, error.status, " ".join(error.fields.values()))
    said = f"{names['group']} was moved. It has {words.behind(moved.after)} events before it."
    return visit.go(f"{STREAMS}/{names['stream']}/groups/{names['group']}", said)


def settle(visit: Visit) -> Response:
    """POST …/groups/{group}/parked: try ticked events, or the one of the button, again, or discard them."""
    names = {"stream": visit.path["name"], "group": visit.path["group"]}
    do, _, one = visit.form.get("do", "").partition(":")
    seqs = [one] if one else visit.every("seqs")
    back = f"{STREAMS}/{names['stream']}/groups/{names['group']}"
    if not seqs:
        return visit.go(back, "Nothing was ticked.")
    if do == "retry":
        asked = visit.perform("stream.retry", HOUSE, {**names, "seqs": seqs})
        return visit.go(back, f"{plural(asked, 'event')} will be tried again.")
    if do != "discard":
        raise BadRequest("Parked events are tried again or discarded.")
    gone = visit.perform("stream.unpark", HOUSE, {**names, "seqs": seqs})
    return visit.go(back, f"Discarded {plural(gone, 'event')}.")


def _stream(visit: Visit) -> StreamSeen:
    name = visit.path["name"]
    found = [one for one in visit.perform("stream.list", HOUSE) if one.figures.stream == name]
    if not found:
        raise NotFound(f"There is no stream {name!r}.")
    seen: StreamSeen = found[0]
    return seen


def _group_page(visit: Visit, asked: dict[str, str], status: int = 200, problem: str = "") -> Response:
    names = {"stream": visit.path["name"], "group": visit.path["group"]}
    seen = _stream(visit)
    parked = visit.perform("stream.parked", HOUSE, names)
    moved: Any = None
    if asked["to"] in TO and not problem:
        try:
            moved = visit.perform("stream.preview", HOUSE, {**names, **asked})
        except Invalid as error:
            status, problem = error.status, " ".join(error.fields.values())
    found = next(one for one in seen.groups if one.group == names["group"])
    return visit.page(
        "brokers/group.html", status, seen=seen, group=found, parked=parked, asked=asked, moved=moved,
        problem=problem, path=f"{STREAMS}/{names['stream']}", **frame(visit, STREAMS),
    )  # fmt: skip


DOORS = (
    Door(STREAMS, show, VIEW),
    Door(ONE, one, VIEW),
    Door(ONE, trim, ACT, ("POST",)),
    Door(GROUP, group, VIEW),
    Door(GROUP, seek, ACT, ("POST",)),
    Door(f"{GROUP}/parked", settle, ACT, ("POST",)),
)
