"""/audit: what was done, by whom and how it ended; one entry with its before and after; and the way back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from starlette.responses import Response, StreamingResponse

from nexus_admin.actions.house.auditing import Entries, Mark
from nexus_admin.actions.house.undo import KEEPERS
from nexus_admin.actions.plain import entry_json, moment
from nexus_admin.actions.rows.undo import UndoPlan
from nexus_admin.domain.action import Action
from nexus_admin.domain.address import segment
from nexus_admin.domain.audit import AuditEntry
from nexus_admin.domain.errors import NexusError, UnknownAction
from nexus_admin.domain.resource import Resource
from nexus_admin.domain.target import Target
from nexus_admin.screens.audit.bars import bars, grain_of
from nexus_admin.screens.audit.entry import EntryPage, entry_page, house_ways
from nexus_admin.screens.audit.page import chips, choices, line, lines, named
from nexus_admin.screens.audit.query import AuditAsked, read_asked
from nexus_admin.screens.audit.words import Known
from nexus_admin.screens.formats import number, plural
from nexus_admin.screens.records.history import Way, undo_steps
from nexus_admin.web.visit import Door, Visit

HOUSE = Target("nexus")
ROOT = "/audit"
ENTRY = f"{ROOT}/{{id}}"
PAGES = (ROOT, "/access", "/dashboards", "/settings", "/sources", "/extensions")
"""Pages from which something of the house is taken back."""
INLINE, WHOLE = 5, 100
"""Rows of an entry that are shown in the list, and on a page of its own."""


def show(visit: Visit) -> Response:
    """GET /audit: operations newest first; `?open=` names the one that is open in its place."""
    asked, known = _asked(visit), known_of(visit)
    if visit.fragment.startswith("e-"):
        return _turned(visit, asked, known)
    if visit.fragment == "nx-chain":
        return visit.page("audit/head_only.html", **_mark(visit, asked))
    data = asked.data(visit.locale)
    found: Entries = visit.perform("audit.list", HOUSE, {**data, "limit": 50, "after": asked.after or None})
    grain, offset = grain_of(asked, visit.locale)
    counts = visit.perform("audit.timeline", HOUSE, {**data, "grain": grain, "offset_minutes": offset})
    drawn = bars(asked, counts, visit.locale)
    return visit.page(
        "audit/list_only.html" if "audit" in visit.fragment.split() else "audit/index.html",
        here=ROOT,
        asked=asked,
        days=lines(found, asked, known),
        shown=number(len(found.entries)),
        total=number(drawn.total) if drawn else "0",
        bars=drawn,
        chips=chips(asked, known, _names(visit, asked, found.entries)),
        period=asked.said(visit.locale),
        older=asked.url(after=found.next) if found.next else "",
        opened=_opened(visit, asked.open, known) if asked.open else None,
        **_mark(visit, asked),
    )


def facets(visit: Visit) -> Response:
    """GET /audit/~filter: what can be chosen, with counts; a popover over the list, or a page of its own."""
    asked, known = _asked(visit), known_of(visit)
    found = visit.perform("audit.facets", HOUSE, asked.data(visit.locale))
    template = "audit/facets.html" if visit.fragment else "audit/facets_page.html"
    return visit.page(
        template, here=ROOT, asked=asked, groups=choices(asked, found, known), capped=found.capped,
        since=asked.since[:10], until=asked.until[:10],
    )  # fmt: skip


def one(visit: Visit) -> Response:
    """GET /audit/{id}: one entry with all that ran within it; `?from=` begins further down its rows."""
    known = known_of(visit)
    start = visit.query.get("from", "0")
    first = int(start) if start.isdecimal() and len(start) < 10 else 0
    page = _drawn(visit, visit.path["id"], known, first, WHOLE)
    more = f"?from={first + WHOLE}" if page.more else ""
    return visit.page("audit/entry.html", here=ROOT, page=page, further=more, **_can(visit, page.entry))


def ask_back(visit: Visit) -> Response:
    """GET /audit/{id}/undo: what taking it back would do, and what stands in the way."""
    group = visit.perform("audit.read", HOUSE, {"entry": visit.path["id"]})
    entry = group[0]
    steps, conflicts, plan = _ways(visit, entry)
    return visit.page(
        "audit/undo.html", here=ROOT, entry=entry, steps=steps, conflicts=conflicts, undone=bool(plan.undone_by),
        notes=plan.notes, **_can(visit, entry),
    )  # fmt: skip


def take_back(visit: Visit) -> Response:
    """POST /audit/{id}/undo: take it back as a whole, or not at all; that can be taken back too."""
    asked = {"entry": visit.path["id"]}
    entry = visit.perform("audit.read", HOUSE, asked)[0]
    house = entry.source == HOUSE.source
    rows = visit.perform("house.undo" if house else "change.undo", _home(visit, entry), asked)
    by = visit.perform("audit.read", HOUSE, asked)[0].undone_by or ""
    said = f"Taken back: {plural(rows, 'thing' if house else 'row')}."
    return visit.go(f"{ROOT}/{entry.id}", said, by, segment(_home(visit, entry).source))


def undo(visit: Visit) -> Response:
    """POST /s/nexus/~undo: take back what was done to the house's own things, from the message that told of it."""
    visit.perform("house.undo", HOUSE, {"entry": visit.form.get("entry", "")})
    back = visit.form.get("back", "")
    known = any(back == page or back.startswith((f"{page}/", f"{page}?")) for page in PAGES)
    return visit.go(back if known else "/", said="Taken back.")


def verify(visit: Visit) -> Response:
    """POST /audit/~verify: look onward from the last check, or at all of it; what takes long shows how far it is."""
    mark: Mark = visit.perform("audit.check", HOUSE, {"full": visit.form.get("full") == "true"})
    back = visit.form.get("back", "")
    found = "Every entry is as it was written." if mark.verified.bad is None else "The audit is not as it was written."
    said = "The audit is being verified." if mark.running else found
    return visit.go(back if back == ROOT or back.startswith((f"{ROOT}?", f"{ROOT}/")) else ROOT, said)


def export(visit: Visit) -> Response:
    """GET /audit/~export: every entry that the list would show, as JSON lines."""
    data = {**_asked(visit).data(visit.locale), "outermost": False}
    found = visit.perform("audit.export", HOUSE, data)
    name = f"audit-{visit.locale.now.astimezone(visit.locale.zone):%Y-%m-%d}.jsonl"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_written(found), headers=headers, media_type="application/x-ndjson")


def known_of(visit: Visit) -> Known:
    """Return what the pages of the audit know of the house, as far as the reader may."""
    decide = visit.kernel.access.decide

    def table(source: str, name: str) -> Resource | None:
        if source not in visit.kernel.sources.names():
            return None
        try:
            found = visit.kernel.sources.get(source).schema.resources.get(name)
        except NexusError:  # a source that does not answer has no tables, and takes the audit not down
            return None
        return found if found and decide(visit.actor, "row.read", source, found).allowed else None

    def action(name: str) -> Action | None:
        try:
            return visit.kernel.actions.get(name)
        except UnknownAction:
            return None

    return Known(table, visit.kernel.kind, action, visit.locale)


def _asked(visit: Visit) -> AuditAsked:
    return read_asked(f"{visit.locale.base}{ROOT}", visit.query)


def _names(visit: Visit, asked: AuditAsked, entries: Iterable[AuditEntry]) -> dict[str, str]:
    """Return how the actors that are asked for are called; the list itself knows most of them."""
    names = named(entries)
    if set(asked.actor) <= set(names):
        return names
    found = visit.perform("audit.facets", HOUSE, {"actor": asked.actor, "outermost": True})
    return {**found.names, **names}


def _turned(visit: Visit, asked: AuditAsked, known: Known) -> Response:
    """Return one line of the list, opened or closed, for a script that puts it in the old one's place."""
    name = visit.fragment.split()[0].removeprefix("e-")
    group = visit.perform("audit.read", HOUSE, {"entry": name})
    rows = sum(len(one.changes) for one in group)
    return visit.page(
        "audit/turned.html", line=line(group[0], rows, len(group) - 1, asked, known), asked=asked,
        opened=_opened(visit, name, known) if asked.open == name else None,
    )  # fmt: skip


def _opened(visit: Visit, entry: str, known: Known) -> dict[str, Any]:
    page = _drawn(visit, entry, known, 0, INLINE)
    return {"page": page, **_can(visit, page.entry)}


def _drawn(visit: Visit, entry: str, known: Known, first: int, most: int) -> EntryPage:
    group = visit.perform("audit.read", HOUSE, {"entry": entry})
    return entry_page(group, visit.perform("audit.place", HOUSE, {"entry": entry}), known, first, most)


def _can(visit: Visit, entry: AuditEntry) -> dict[str, Any]:
    """Return whether the reader may take it back, as far as can be told without trying."""
    house, decide = entry.source == HOUSE.source, visit.kernel.access.decide
    if house:
        kept = any(change.resource in KEEPERS for change in entry.changes)
        allowed = kept and decide(visit.actor, "change.undo", HOUSE.source).allowed
    else:
        source = _home(visit, entry).source
        there = source in visit.kernel.sources.names()
        allowed = there and not visit.kernel.sources.get(source).read_only
        allowed = allowed and decide(visit.actor, "change.undo", source, None).allowed
    ended = entry.outcome in ("done", "unknown") and not entry.undone_by and entry.parent is None
    return {"revertible": allowed and ended}


def _ways(visit: Visit, entry: AuditEntry) -> tuple[list[Way], list[Way], UndoPlan]:
    """Return what taking an entry back would do, what stands in the way, and the plan of it."""
    if entry.source == HOUSE.source:
        plan = visit.perform("house.preview", HOUSE, {"entry": entry.id})
        return *house_ways(plan, known_of(visit)), plan
    home = _home(visit, entry)
    plan = visit.perform("change.preview", home, {"entry": entry.id})
    schema = visit.kernel.sources.get(home.source).schema
    return *undo_steps(plan, schema, visit.kernel.kind, visit.locale), plan


def _home(visit: Visit, entry: AuditEntry) -> Target:
    """Return the source that an entry is about, under its name of today."""
    return Target(visit.kernel.sources.called_then(entry.source, entry.at) or entry.source)


def _mark(visit: Visit, asked: AuditAsked) -> dict[str, Any]:
    mark: Mark = visit.perform("audit.mark", HOUSE)
    return {
        "mark": mark, "size": plural(mark.extent.opened, "entry", "entries"), "number": number,
        "verified_at": moment(mark.verified.ended) if mark.verified.ended else None,
        "full_at": moment(mark.full.ended) if mark.full.ended else None,
        "export": asked.url("export"), "back": visit.here if visit.here.startswith(ROOT) else ROOT,
    }  # fmt: skip


def _written(found: Iterable[AuditEntry]) -> Iterator[str]:
    for entry in found:
        yield json.dumps(entry_json(entry), ensure_ascii=False) + "\n"


DOORS = (
    Door(ROOT, show, "audit.view"),
    Door(f"{ROOT}/~filter", facets, "audit.view"),
    Door(f"{ROOT}/~export", export, "audit.view"),
    Door(f"{ROOT}/~verify", verify, "audit.view", ("POST",)),
    Door(ENTRY, one, "audit.view"),
    Door(f"{ENTRY}/undo", ask_back, "audit.view"),
    Door(f"{ENTRY}/undo", take_back, "audit.view", ("POST",)),
    Door("/s/nexus/~undo", undo, "change.undo", ("POST",)),
)
