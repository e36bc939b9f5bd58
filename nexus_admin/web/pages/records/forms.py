"""Making and changing a row: the form, one field in its place, and what happens when two people save."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.responses import HTMLResponse, JSONResponse, Response

from nexus_admin.actions.rows.history import History
from nexus_admin.actions.rows.row import Done, Record
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import BadRequest, Conflict, Invalid, NotFound, UnknownField
from nexus_admin.domain.resource import Resource
from nexus_admin.domain.target import Target
from nexus_admin.language.conditions import deciding
from nexus_admin.screens.forms.inputs import texts_of_now
from nexus_admin.screens.forms.page import FormPage, Posted, copied_values, form_page, lacking, read_form
from nexus_admin.screens.lists.query import with_query
from nexus_admin.screens.records.conflict import clashes
from nexus_admin.web.conditions import unseen_in
from nexus_admin.web.entering import row_titles, sent_entry
from nexus_admin.web.pages.lists.page import target_of
from nexus_admin.web.pages.records.page import ROW, came_from, decision_of, list_path, list_url, row_path
from nexus_admin.web.pages.signing import local_path
from nexus_admin.web.visit import Door, Visit

IN_CELL = frozenset({"text", "number", "choice", "radio", "relation", "switch", "tristate"})
"""Inputs of one line: a cell of a list has room for them."""


def new(visit: Visit) -> Response:
    """GET …/new: an empty form; `?from=` opens it as a copy of a row, `?set.name=` with a value."""
    target = target_of(visit)
    resource, decision = _creating(visit, target)
    texts = {name.removeprefix("set."): text for name, text in visit.query.items() if name.startswith("set.")}
    if origin := visit.query.get("from"):
        record = visit.perform("row.read", Target(target.source, target.resource, origin))
        texts = copied_values(resource, record.row) | texts
    return _new_form(visit, target, resource, decision, texts_of_now(resource, visit.locale) | texts)


def create(visit: Visit) -> Response:
    """POST …/new: make the row, or show the form with what is wrong beside each field."""
    target = target_of(visit)
    resource, decision = _creating(visit, target)
    posted = read_form(resource, visit.form, visit.locale.zone)
    gone = unseen_in(visit, resource, decision, posted.texts)
    try:
        done: Done = visit.perform("row.create", target, {"values": _without(posted.values, gone)})
    except Invalid as error:
        if entering := sent_entry(visit, target, posted.texts):
            return HTMLResponse(entering.form(posted.texts, error.fields).html, error.status)
        return _new_form(visit, target, resource, decision, posted.texts, error.fields)
    said = f"{resource.singular} {done.changes[-1].title} was made."
    if back := _back(visit):
        return visit.go(back, said, done.entry, target.source)
    if visit.form.get("then") == "new":
        return visit.go(f"{target.path}/new?made=1", said, done.entry)
    if not done.key:
        return visit.go(target.path, said, done.entry)
    return visit.go(f"{Target(target.source, target.resource, done.key).path}?made=1", said, done.entry)


def edit(visit: Visit) -> Response:
    """GET …/edit: the form with the row's values; `?only=` narrows it to one field."""
    target = target_of(visit)
    record: Record = visit.perform("row.edit", target)
    if "row.update" not in record.may:
        visit.perform("row.update", target, {"values": {}})  # nothing can be saved here: say so before anybody types
    return _edit_form(visit, target, record, only=visit.query.get("only", ""))


def update(visit: Visit) -> Response:
    """POST …/edit: write the fields that were changed; where somebody else changed the same one, ask."""
    target = target_of(visit)
    record: Record = visit.perform("row.edit", target)
    posted = read_form(record.resource, visit.form, visit.locale.zone)
    only, back = visit.form.get("only", ""), _back(visit)
    values = _without(posted.values, unseen_in(visit, record.resource, record.decision, posted.texts, record.row))
    if not values:
        return visit.go(back or row_path(visit, target), "Nothing was changed.")
    try:
        done: Done = visit.perform("row.update", target, {"values": values, "expected": posted.seen(record.row)})
    except Invalid as error:
        if entering := sent_entry(visit, target, posted.texts):
            return HTMLResponse(entering.form(posted.texts, error.fields).html, error.status)
        if _over_cell(visit):
            return _cell(visit, record, _form_of(visit, record, posted.texts, error.fields, only), back, 422)
        return _edit_form(visit, target, record, posted.texts, error.fields, only)
    except Conflict as error:
        if not error.fields:
            raise
        return _compare(visit, target, record, posted, error)
    path = back or row_path(visit, Target(target.source, target.resource, done.key))
    if not done.changes[-1].fields():
        return visit.go(path, "Nothing was changed.")
    said = f"{record.resource.singular} {done.changes[-1].title} was saved."
    return visit.go(path, said, done.entry, target.source)


def field(visit: Visit) -> Response:
    """GET …/~field?name=: one field's input, for a dialog over the record; `?back=` over the list, or in its cell."""
    target = target_of(visit)
    record: Record = visit.perform("row.edit", target)
    name = visit.query.get("name", "")
    if name not in record.row:
        raise UnknownField(name, record.resource.name, record.row, record.resource.source)
    form = _form_of(visit, record, only=name)
    if not form.inputs:
        raise BadRequest(f"{record.resource.singular} has no field {name} to edit here.")
    asked = visit.query.get("back", "")
    if _over_cell(visit) and form.inputs[0].template in IN_CELL and not form.inputs[0].seal:
        row = with_query(f"{list_path(target)}/~rows", dict(parse_qsl(asked)), keys=target.key or "")
        return _cell(visit, record, form, row)
    back = f"{list_path(target)}?{asked}".rstrip("?") if "back" in visit.query else ""
    return visit.page("form/dialog.html", form=form, one=form.inputs[0], record=record, path=target.path, back=back)


def _over_cell(visit: Visit) -> bool:
    """Whether a script asks for what stands in the place of a cell."""
    return "cell" in visit.fragment.split()


def _cell(visit: Visit, record: Record, form: FormPage, back: str, status: int = 200) -> Response:
    """Draw one input for a cell of a list; *back* gives the row as it stands there when it is saved."""
    path = Target(record.resource.source, record.resource.name, record.key).path
    return visit.page("form/cell.html", status, form=form, one=form.inputs[0], path=path, back=back)


def conditions(visit: Visit) -> Response:
    """POST …/~unseen: which fields of a form are not there, by what stands in it now; nothing is written."""
    target = target_of(visit)
    schema = visit.kernel.sources.get(target.source).schema
    resource = schema.resource(target.resource or "")
    decision = decision_of(visit, target.source, "row.update" if target.key else "row.create", resource.name)
    posted, row = read_form(resource, visit.form, visit.locale.zone), None
    if not target.key:
        _creating(visit, target)
    elif decision.allowed and deciding(schema, resource) <= posted.texts.keys():
        row = {}  # all that decides stands in the form
    else:
        row = visit.perform("row.edit", target).row
    return JSONResponse({"unseen": sorted(unseen_in(visit, resource, decision, posted.texts, row))})


def _without(values: dict[str, Any], gone: frozenset[str]) -> dict[str, Any]:
    """What is not there is not written, whatever a page without scripts has sent."""
    return {name: value for name, value in values.items() if name not in gone}


def _back(visit: Visit) -> str:
    """Return where the form came from and goes back to, "" for the row's own page."""
    back = visit.form.get("entry.back", "")
    return local_path(back) if back else ""


def _creating(visit: Visit, target: Target) -> tuple[Resource, Decision]:
    source = visit.kernel.sources.get(target.source)
    resource = source.schema.resource(target.resource or "")
    decision = decision_of(visit, target.source, "row.create", resource.name)
    if not decision.allowed or source.read_only or not resource.writable:
        visit.perform("row.create", target, {"values": {}})  # writes the refusal down, and raises it
    return resource, decision


def _new_form(
    visit: Visit,
    target: Target,
    resource: Resource,
    decision: Decision,
    texts: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
) -> Response:
    form = form_page(
        resource,
        decision,
        visit.kernel.kind,
        visit.locale,
        texts=texts,
        labels=row_titles(visit, resource, texts, {}),
        errors=errors,
        unseen=unseen_in(visit, resource, decision, texts),
    )
    title = f"New {resource.singular.lower()}"
    made = visit.query.get("made", "")
    status, needs = 422 if errors else 200, lacking(resource, decision, secret=False)
    return _page(
        visit,
        target,
        resource,
        form,
        title,
        status,
        crumb=None,
        made=made,
        lacking=needs,
        sealed=lacking(resource, decision, secret=True),
    )


def _form_of(
    visit: Visit,
    record: Record,
    texts: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    only: str = "",
) -> Any:
    return form_page(
        record.resource,
        record.decision,
        visit.kernel.kind,
        visit.locale,
        record.row,
        texts=texts,
        labels=row_titles(visit, record.resource, texts or {}, record.labels),
        errors=errors,
        only=only if only in record.resource.by_name else "",
        unseen=unseen_in(visit, record.resource, record.decision, texts or {}, record.row) if not only else (),
    )


def _edit_form(
    visit: Visit,
    target: Target,
    record: Record,
    texts: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    only: str = "",
) -> Response:
    form = _form_of(visit, record, texts, errors, only)
    title = f"Edit {record.resource.singular.lower()} {record.title}"
    return _page(visit, target, record.resource, form, title, 422 if errors else 200, crumb=record.title, only=only)


def _page(
    visit: Visit, target: Target, resource: Resource, form: Any, title: str, status: int, **more: Any
) -> Response:
    context = {"only": "", "made": "", "lacking": (), "sealed": (), "back": _back(visit), **more}
    return visit.page(
        "form.html",
        status,
        form=form,
        resource=resource,
        title=title,
        target=target,
        path=target.path,
        list_url=list_url(visit, target),
        row_url=f"{visit.locale.base}{row_path(visit, target)}",
        came_from=came_from(visit),
        source_url=f"{visit.locale.base}{Target(target.source).path}",
        draft=f"{target}/{'' if target.key else 'new/'}{visit.actor.id}",
        **context,
    )


def _compare(visit: Visit, target: Target, record: Record, posted: Posted, error: Conflict) -> Response:
    """Show what it was, theirs and yours, for each field that both changed; the rest goes along."""
    rest = {name: posted.texts[name] for name in posted.values if name not in error.fields}
    return visit.page(
        "conflict.html",
        error.status,
        record=record,
        target=target,
        list_url=list_url(visit, target),
        row_url=f"{visit.locale.base}{row_path(visit, target)}",
        came_from=came_from(visit),
        source_url=f"{visit.locale.base}{Target(target.source).path}",
        clashes=clashes(
            record.resource, error.fields, posted.texts, visit.kernel.kind, visit.locale, _history(visit, target)
        ),
        rest=[(name, text, posted.seen(record.row).get(name)) for name, text in rest.items()],
    )


def _history(visit: Visit, target: Target) -> History | None:
    """Return what lately happened to the row; None where that is not for whoever asks."""
    if not decision_of(visit, target.source, "row.history", target.resource or "").allowed:
        return None
    try:
        found: History = visit.perform("row.history", target, {"limit": 50})
    except NotFound:  # its rows are narrower than those that may be edited
        return None
    return found


DOORS = (
    Door("/s/{source}/{resource}/new", new, "row.create"),
    Door("/s/{source}/{resource}/new", create, "row.create", ("POST",)),
    Door("/s/{source}/{resource}/~unseen", conditions, "row.create", ("POST",)),
    Door(f"{ROW}/~unseen", conditions, "row.update", ("POST",)),
    Door(f"{ROW}/edit", edit, "row.update"),
    Door(f"{ROW}/edit", update, "row.update", ("POST",)),
    Door(f"{ROW}/~field", field, "row.update"),
)
