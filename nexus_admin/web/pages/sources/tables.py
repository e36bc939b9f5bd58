"""/sources/{name}/tables/{resource}: how a table is seen, configured by clicking; what will change is shown first."""

from __future__ import annotations

import time
from typing import Any

from starlette.responses import Response

from nexus_admin.actions.sources.resource_clicks import Seen
from nexus_admin.domain.address import text_of
from nexus_admin.domain.encryption import COSTS
from nexus_admin.domain.errors import Invalid, NexusError
from nexus_admin.domain.target import Target
from nexus_admin.screens.formats import plural
from nexus_admin.screens.sources import table as table_page
from nexus_admin.screens.sources import table_forms
from nexus_admin.web.visit import Door, Visit

AT_ONCE = 5.0
"""Seconds that one press of the button works for."""
WHERE = "/sources/{name}/tables/{resource}"


def show(visit: Visit) -> Response:
    """GET …/tables/{resource}: how it is seen."""
    return _form(visit, _seen(visit))


def save(visit: Visit) -> Response:
    """POST …/tables/{resource}: show what would change; with `do=save` change it."""
    seen, target = _seen(visit), _target(visit)
    if visit.form.get("do", "").startswith("encrypt:"):
        return _encrypt(visit, seen, visit.form["do"].partition(":")[2])
    try:
        given = table_page.clicks(seen, visit.form)
    except Invalid as error:
        return _form(visit, seen, error)
    told = table_page.differences(seen, given)
    if visit.form.get("do") == "review" or (visit.form.get("do") == "forget" and "sure" not in visit.form):
        return visit.page(
            "sources/table_review.html", told=told, posted=_posted(visit), do=visit.form["do"], **_around(visit, seen)
        )
    try:
        entry = visit.perform("resource.save", target, given) if told else ""
    except NexusError as error:
        return _form(visit, seen, error)
    return visit.go(f"{_path(visit)}", f"{seen.now.title} is seen as you said." if entry else "Nothing changed.", entry)


def _encrypt(visit: Visit, seen: Seen, field: str) -> Response:
    """Bring values of a field into the state that is wanted for a few seconds; the next press goes on."""
    table, until = Target(text_of(visit.path["name"]), seen.now.name), time.monotonic() + AT_ONCE
    done, stuck, after, more = 0, 0, None, True
    while more and time.monotonic() < until:
        found = visit.perform("rows.encrypt", table, {"field": field, "after": after})
        done, stuck, after = done + found.done, stuck + found.lost + found.too_long, found.after
        more = after is not None
    said = f"{plural(done, 'value')} of {seen.now.field(field).title} written anew."
    if stuck:
        said += f" {plural(stuck, 'value')} did not open or did not fit, and stayed."
    return visit.go(_path(visit), f"{said} There are more: go on." if more else said)


def _left(visit: Visit, seen: Seen) -> dict[str, int]:
    """Return how many values are not as they are wanted, by field; nothing where it takes too long."""
    asked = table_page.unsealed(seen)
    if not asked and not any(one.encrypted for one in seen.now.fields):
        return {}
    try:
        found = visit.perform("rows.unencrypted", Target(text_of(visit.path["name"]), seen.now.name), {"fields": asked})
    except NexusError:
        return {}
    return {one.field: one.values for one in found}


def _form(visit: Visit, seen: Seen, problem: NexusError | None = None) -> Response:
    return visit.page(
        "sources/table.html", problem.status if problem else 200, problem=problem, rows=table_page.rows(seen),
        icons=table_page.icons(seen.now), seals=table_page.seals(seen, _left(visit, seen)), costs=COSTS,
        unsealable=table_page.unsealable(seen), lines=table_forms.lines(seen),
        **_around(visit, seen),
    )  # fmt: skip


def _around(visit: Visit, seen: Seen) -> dict[str, Any]:
    source = text_of(visit.path["name"])
    return {
        "seen": seen, "source": source, "path": _path(visit), "here": "/sources",
        "table": Target(source, seen.now.name).path,
    }  # fmt: skip


def _posted(visit: Visit) -> list[tuple[str, str]]:
    return [(name, value) for name, value in visit.posted if name not in ("_csrf", "do")]


def _seen(visit: Visit) -> Seen:
    found: Seen = visit.perform("resource.seen", _target(visit), {"resource": text_of(visit.path["resource"])})
    return found


def _target(visit: Visit) -> Target:
    return Target("nexus", "sources", visit.path["name"])


def _path(visit: Visit) -> str:
    return f"/sources/{visit.path['name']}/tables/{visit.path['resource']}"


DOORS = (
    Door(WHERE, show, "resource.save"),
    Door(WHERE, save, "resource.save", ("POST",)),
)
