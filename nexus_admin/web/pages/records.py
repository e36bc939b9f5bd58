"""One row: shown, made, changed, deleted, and the undo of each."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from nexus_admin.actions.rows import Done
from nexus_admin.domain.action import Call
from nexus_admin.domain.errors import Conflict, Invalid
from nexus_admin.domain.target import Target
from nexus_admin.screens.form_page import changed_values, form_fields
from nexus_admin.screens.record_page import record_page
from nexus_admin.web.pages.lists import target_of
from nexus_admin.web.visit import Door, Visit


def show(visit: Visit) -> Response:
    """GET …/{key}: the row."""
    target = target_of(visit)
    record = visit.perform("row.read", target)
    page = record_page(record, visit.kernel.kind, visit.locale)
    done = visit.query.get("done", "")
    return visit.page("record.html", page=page, record=record, undo=done, here=_list_path(target), source=target.source)


def new(visit: Visit) -> Response:
    """GET …/new: an empty form."""
    target = target_of(visit)
    resource = visit.kernel.sources.get(target.source).schema.resource(target.resource or "")
    decision = visit.kernel.access.decide(visit.actor, "row.create", target.source, resource)
    if not decision.allowed:
        visit.perform("row.create", target, {"values": {}})  # writes the refusal down, and raises it
    return _form(visit, target, form_fields(resource, decision, visit.kernel.kind, {}), {}, f"New {resource.singular}")


def create(visit: Visit) -> Response:
    """POST …/new: make the row, or show the form with what is wrong beside each field."""
    target = target_of(visit)
    resource = visit.kernel.sources.get(target.source).schema.resource(target.resource or "")
    decision = visit.kernel.access.decide(visit.actor, "row.create", target.source, resource)
    try:
        done = visit.perform("row.create", target, {"values": changed_values(visit.form, {})})
    except Invalid as error:
        fields = form_fields(resource, decision, visit.kernel.kind, {}, visit.form)
        return _form(visit, target, fields, error.fields, f"New {resource.singular}", 422)
    return _saved(visit, target, done)


def edit(visit: Visit) -> Response:
    """GET …/edit: the form with the row's values."""
    target = target_of(visit)
    record = visit.perform("row.edit", target)
    fields = form_fields(record.resource, record.decision, visit.kernel.kind, record.row, labels=record.labels)
    return _form(visit, target, fields, {}, f"Edit {record.title}")


def update(visit: Visit) -> Response:
    """POST …/edit: write the fields that were changed; a conflict shows both values."""
    target = target_of(visit)
    record = visit.perform("row.edit", target)
    was = {name.removeprefix("was."): text for name, text in visit.form.items() if name.startswith("was.")}
    values = changed_values(visit.form, was)
    if not values:
        return visit.go(target.path)
    try:
        done = visit.perform(
            "row.update", target, {"values": values, "expected": {name: was[name] for name in values if name in was}}
        )
    except (Invalid, Conflict) as error:
        fields = form_fields(record.resource, record.decision, visit.kernel.kind, record.row, visit.form, record.labels)
        problems: dict[str, Any] = error.fields if isinstance(error, Invalid) else {
            name: f"Somebody changed this to “{seen.get('theirs')}” meanwhile. Save again to keep yours."
            for name, seen in error.fields.items()
        }  # fmt: skip
        return _form(visit, target, fields, problems, f"Edit {record.title}", error.status)
    return _saved(visit, target, done)


def confirm(visit: Visit) -> Response:
    """GET …/delete: what would go along, what stands in the way."""
    target = target_of(visit)
    record = visit.perform("row.read", target)
    impact = visit.perform("row.impact", target)
    return visit.page("delete.html", record=record, impact=impact, here=_list_path(target), path=target.path)


def delete(visit: Visit) -> Response:
    """POST …/delete: delete the row and what the database deletes along with it."""
    target = target_of(visit)
    visit.perform("row.delete", target)
    return visit.go(_list_path(target))


def undo(visit: Visit) -> Response:
    """POST …/~undo: take one call back."""
    source = Target(target_of(visit).source)
    visit.kernel.perform(
        Call("change.undo", source, {"entry": visit.form.get("entry", "")}, visit.actor, "page", visit.facts)
    )
    back = visit.form.get("back", "")
    return visit.go(back if back.startswith("/s/") else "/", said="Undone.")


def _form(
    visit: Visit, target: Target, fields: Any, problems: dict[str, Any], title: str, status: int = 200
) -> Response:
    return visit.page(
        "form.html", status, fields=fields, problems=problems, title=title, path=target.path, here=_list_path(target)
    )


def _list_path(target: Target) -> str:
    return Target(target.source, target.resource).path


def _saved(visit: Visit, target: Target, done: Done) -> Response:
    """Show the row again, with the way back."""
    return visit.go(f"{Target(target.source, target.resource, done.key).path}?done={done.entry}")


ROW = "/s/{source}/{resource}/{key}"

DOORS = (
    Door("/s/{source}/~undo", undo, "change.undo", ("POST",)),
    Door("/s/{source}/{resource}/new", new, "row.create"),
    Door("/s/{source}/{resource}/new", create, "row.create", ("POST",)),
    Door(ROW, show, "row.read"),
    Door(f"{ROW}/edit", edit, "row.update"),
    Door(f"{ROW}/edit", update, "row.update", ("POST",)),
    Door(f"{ROW}/delete", confirm, "row.delete"),
    Door(f"{ROW}/delete", delete, "row.delete", ("POST",)),
)
