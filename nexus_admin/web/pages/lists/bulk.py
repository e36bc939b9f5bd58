"""Many rows at once: first how many and what, then all of them in one call that one undo takes back."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from nexus_admin.domain.errors import BadRequest, Conflict, Invalid, NexusError
from nexus_admin.domain.resource import Resource
from nexus_admin.domain.target import Target
from nexus_admin.screens.forms.page import form_page, read_form
from nexus_admin.screens.lists.bulk import NAMED, Meant, exported, writable_fields
from nexus_admin.screens.lists.query import ListQuery, read_query, with_query
from nexus_admin.web.pages.background import begin
from nexus_admin.web.pages.lists.page import described, target_of
from nexus_admin.web.visit import Door, Visit

VERBS = ("edit", "delete", "export")

MOST_DIGITS = 15
"""Of a number of rows that a page has shown."""


def bulk(visit: Visit) -> Response:
    """POST …/~bulk: show what is meant; with `confirm`, do it and go back to the list."""
    target = target_of(visit)
    _, resource = described(visit, target)
    query = read_query(target.path, visit.form, visit.kernel.settings["lists.page_size"])
    verb = visit.form.get("do", "")
    if verb not in VERBS:
        raise BadRequest("Nothing was chosen to be done. Press one of the buttons.")
    meant = meant_by(visit, target, query)
    if verb == "export":
        verb = "exports" if meant.everything else "export"  # of all that match nobody has seen how many they are
        return visit.go(with_query(f"{target.path}/~{verb}", exported(resource, query, meant)))
    name = "rows.update" if verb == "edit" else "rows.delete"
    if not visit.kernel.access.decide(visit.actor, name, target.source, resource).allowed:
        visit.perform(name, target, meant.data())  # writes the refusal down, and raises it
    if verb == "delete":
        return _delete(visit, target, resource, query, meant)
    return _edit(visit, target, resource, query, meant)


def meant_by(visit: Visit, target: Target, query: ListQuery) -> Meant:
    """Return which rows the form means.

    Raises:
        BadRequest: none was ticked.
    """
    if visit.form.get("everything"):
        shown = visit.form.get("expected", "")
        count = (
            int(shown)
            if shown.isdecimal() and len(shown) <= MOST_DIGITS
            else visit.perform("row.count", target, {**query.narrowed, "how": "exact"}).value
        )
        return Meant((), True, query.narrowed, count)
    keys = tuple(dict.fromkeys(visit.every("keys")))
    if not keys:
        raise BadRequest("No row was ticked. Go back and tick those that are meant.")
    return Meant(keys, False, {}, len(keys))


def _delete(visit: Visit, target: Target, resource: Resource, query: ListQuery, meant: Meant) -> Response:
    problem: NexusError | None = None
    if visit.form.get("confirm"):
        try:
            if _at_length(visit, meant):
                return begin(visit, "rows.delete", target, meant.data(), query.url())
            done = visit.perform("rows.delete", target, meant.data())
            return visit.go(query.url(), f"{meant.said(resource)} deleted.", done.entry)
        except (Conflict, BadRequest) as error:
            problem = error
        except NexusError as error:
            if error.status != 409:
                raise
            problem = error
    return _page(visit, target, resource, query, meant, verb="delete", problem=problem)


def _edit(visit: Visit, target: Target, resource: Resource, query: ListQuery, meant: Meant) -> Response:
    decision = visit.kernel.access.decide(visit.actor, "row.update", target.source, resource)
    fields = writable_fields(resource, decision)
    name = visit.form.get("field", "")
    chosen = next((one for one in fields if one.name == name), None)
    problem: NexusError | None = None
    errors: dict[str, str] = {}
    if chosen is not None and visit.form.get("confirm"):
        values: dict[str, Any] = {name: None} if visit.form.get("empty") else read_form(
            resource, visit.form, visit.locale.zone
        ).values  # fmt: skip
        try:
            data = {**meant.data(), "values": values or {name: ""}}
            if _at_length(visit, meant):
                return begin(visit, "rows.update", target, data, query.url())
            done = visit.perform("rows.update", target, data)
            return visit.go(query.url(), f"{chosen.title} changed in {meant.said(resource)}.", done.entry)
        except Invalid as error:
            problem, errors = error, error.fields
        except Conflict as error:
            problem = error
    texts = {name: visit.form.get(f"value.{name}", "")} if visit.form.get("confirm") else None
    form = (
        form_page(
            resource, decision, visit.kernel.kind, visit.locale, {name: None}, texts=texts, errors=errors, only=name
        )
        if chosen
        else None
    )
    return _page(
        visit, target, resource, query, meant, verb="edit", problem=problem, fields=fields, chosen=chosen, form=form
    )


def _at_length(visit: Visit, meant: Meant) -> bool:
    """Whether so many are meant that nobody should wait for them."""
    most: int = visit.kernel.settings["jobs.background_rows"]
    return most > 0 and meant.count >= most


def _page(
    visit: Visit, target: Target, resource: Resource, query: ListQuery, meant: Meant, **more: Any
) -> Response:  # fmt: skip
    problem = more.get("problem")
    return visit.page(
        "list/bulk.html",
        problem.status if problem else 200,
        resource=resource,
        query=query,
        meant=meant,
        names=_names(visit, target, meant),
        target=target,
        here=target.path,
        **{"fields": (), "chosen": None, "form": None, **more},
    )


def _names(visit: Visit, target: Target, meant: Meant) -> list[str]:
    """Return what the first of the rows are called."""
    keys = meant.keys
    if meant.everything:
        page = visit.perform("row.list", target, {**meant.narrowed, "limit": NAMED}).page
        keys = tuple(key for key in page.keys if key is not None)
    return [
        visit.perform("row.read", Target(target.source, target.resource, key), {"labels": False}).title
        for key in keys[:NAMED]
    ]


DOORS = (Door("/s/{source}/{resource}/~bulk", bulk, "row.list", ("POST",)),)
