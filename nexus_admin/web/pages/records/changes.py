"""Rows deleted, tied and untied, what extensions do with them, and the way back of it all."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from nexus_admin.actions.rows.row import Done, Record
from nexus_admin.domain.action import Action
from nexus_admin.domain.address import text_of
from nexus_admin.domain.errors import BadRequest, Invalid, NotFound, UnknownAction
from nexus_admin.domain.target import Target
from nexus_admin.screens.formats import plural
from nexus_admin.screens.forms.action import action_form, action_values
from nexus_admin.screens.lists.query import with_query
from nexus_admin.screens.records.history import undo_steps
from nexus_admin.web.pages.background import begin
from nexus_admin.web.pages.lists.page import offered, target_of
from nexus_admin.web.pages.records.page import ROW, came_from, list_path, list_state, list_url, row_path
from nexus_admin.web.visit import SIGNED_IN, Door, Visit


def confirm(visit: Visit) -> Response:
    """GET …/delete: what would go along, what would be emptied, what stands in the way."""
    target = target_of(visit)
    record = visit.perform("row.read", target)
    impact = visit.perform("row.impact", target)
    return visit.page("delete.html", impact=impact, **_around(visit, target, record))


def delete(visit: Visit) -> Response:
    """POST …/delete: delete the row and what the database deletes along with it."""
    target = target_of(visit)
    done: Done = visit.perform("row.delete", target)
    gone = [one for one in done.changes if one.verb == "delete"]
    along = f", with {plural(len(gone) - 1, 'row')} that hung on it" if len(gone) > 1 else ""
    path = with_query(list_path(target), list_state(came_from(visit)))
    return visit.go(path, f"{done.changes[-1].title} was deleted{along}.", done.entry)


def link(visit: Visit) -> Response:
    """POST …/~link: tie a row of the other side to this one."""
    return _tied(visit, "row.link", "It was added.")


def unlink(visit: Visit) -> Response:
    """POST …/~unlink: untie a row of the other side from this one."""
    return _tied(visit, "row.unlink", "It was removed from here.")


def _tied(visit: Visit, action: str, said: str) -> Response:
    target = target_of(visit)
    relation, key = visit.form.get("relation", ""), visit.form.get("key", "").strip()
    resource = visit.kernel.sources.get(target.source).schema.resource(target.resource or "")
    if not key:
        raise Invalid({resource.relation(relation).title: "Choose one first."})
    done: Done = visit.perform(action, target, {"relation": relation, "key": key})
    return visit.go(with_query(target.path, {"tab": relation}), said, done.entry)


def ask(visit: Visit) -> Response:
    """GET …/~do?action=: what an extension's action needs to know, and whether it is really meant."""
    target = target_of(visit)
    record = visit.perform("row.read", target)
    action = _action(visit, target, record, visit.query.get("action", ""))
    return _asked(visit, target, record, action, {}, {})


def do(visit: Visit) -> Response:
    """POST …/~do: run an extension's action on the row."""
    target = target_of(visit)
    record = visit.perform("row.read", target)
    action = _action(visit, target, record, visit.form.get("action", ""))
    texts = {name.removeprefix("value."): text for name, text in visit.form.items() if name.startswith("value.")}
    try:
        if action.background:
            return begin(visit, action.name, target, action_values(action, texts), row_path(visit, target))
        visit.perform(action.name, target, action_values(action, texts))
    except Invalid as error:
        return _asked(visit, target, record, action, texts, error.fields)
    return visit.go(row_path(visit, target), f"{action.title}: done.")


def _action(visit: Visit, target: Target, record: Record, name: str) -> Action:
    found = {one.name: one for one in offered(visit, target, record.resource)}
    if not name:
        there = ", ".join(found) or "none"
        raise BadRequest(f"Say in ?action= what to do with this {record.resource.singular.lower()}. There is: {there}.")
    if name not in found:
        raise UnknownAction(name, found)
    return found[name]


def _asked(
    visit: Visit, target: Target, record: Record, action: Action, texts: dict[str, str], errors: dict[str, str]
) -> Response:
    inputs = action_form(action, texts, errors)
    template = "record/do_dialog.html" if visit.query.get("part") == "dialog" else "record/do.html"
    return visit.page(
        template, 422 if errors else 200, action=action, inputs=inputs, errors=errors, **_around(visit, target, record)
    )


def ask_back(visit: Visit) -> Response:
    """GET …/~revert?entry=: what taking an operation back would do, and what stands in the way."""
    target, entry = target_of(visit), visit.query.get("entry", "")
    plan = visit.perform("change.preview", Target(target.source), {"entry": entry})
    schema = visit.kernel.sources.get(target.source).schema
    steps, conflicts = undo_steps(plan, schema, visit.kernel.kind, visit.locale)
    resource = schema.resource(target.resource or "")
    return visit.page(
        "record/revert.html",
        steps=steps,
        conflicts=conflicts,
        entry=entry,
        undone=bool(plan.undone_by),
        resource=resource,
        target=target,
        here=list_path(target),
        source_url=f"{visit.locale.base}{Target(target.source).path}",
    )


def undo(visit: Visit) -> Response:
    """POST …/~undo: take an operation back, and go where the reader was, as far as that is still there."""
    source = Target(target_of(visit).source)
    visit.perform("change.undo", source, {"entry": visit.form.get("entry", "")})
    back = visit.form.get("back", "")
    if back == "/audit" or back.startswith(("/audit/", "/audit?", "/dashboards/")):
        return visit.go(back, said="Taken back.")
    back = back if back.startswith("/s/") else source.path
    return visit.go(_there(visit, back), said="Taken back.")


def _there(visit: Visit, back: str) -> str:
    """Return *back*, or the list above it where the row that it shows went away with the undo."""
    parts = back.partition("?")[0].removeprefix("/s/").split("/")
    if len(parts) < 3 or parts[2] == "new" or parts[2].startswith("~"):
        return back
    target = Target(text_of(parts[0]), text_of(parts[1]), parts[2])
    try:
        visit.perform("row.read", target, {"labels": False})
    except NotFound:
        return list_path(target)
    return back


def _around(visit: Visit, target: Target, record: Record) -> dict[str, Any]:
    """Return what the pages about one row have in common."""
    return {
        "record": record,
        "target": target,
        "list_url": list_url(visit, target),
        "row_url": f"{visit.locale.base}{row_path(visit, target)}",
        "came_from": came_from(visit),
        "source_url": f"{visit.locale.base}{Target(target.source).path}",
    }


DOORS = (
    Door("/s/{source}/~undo", undo, "change.undo", ("POST",)),
    Door(f"{ROW}/delete", confirm, "row.delete"),
    Door(f"{ROW}/delete", delete, "row.delete", ("POST",)),
    Door(f"{ROW}/~link", link, "row.update", ("POST",)),
    Door(f"{ROW}/~unlink", unlink, "row.update", ("POST",)),
    Door(f"{ROW}/~revert", ask_back, "change.undo"),
    Door(f"{ROW}/~do", ask, SIGNED_IN),
    Door(f"{ROW}/~do", do, SIGNED_IN, ("POST",)),
)
