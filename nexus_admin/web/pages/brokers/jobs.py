"""/brokers/jobs/{id}: a job with its way so far, and what can be done to one, some, or all that a filter finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import SecretStr
from starlette.responses import Response

from nexus_admin.actions.brokers.jobs import DOES, JobSeen, Matched
from nexus_admin.actions.brokers.parts import ACT, VIEW
from nexus_admin.domain.errors import BadRequest, Invalid
from nexus_admin.screens.formats import plural
from nexus_admin.web.pages.brokers.index import HOUSE, ROOT, frame
from nexus_admin.web.visit import Door, Visit

JOBS = f"{ROOT}/jobs"
ONE = f"{JOBS}/{{id}}"
LIST = "/s/brokers/jobs"
NARROWED = ("queue", "states", "text", "filter", "search")
TYPED = 100
"""Above so many, their number is typed before they are forgotten."""
VERBS = {"retry": "Retry", "cancel": "Cancel", "discard": "Discard"}
DONE = {"retry": "tried again", "cancel": "cancelled", "discard": "forgotten"}


def one(visit: Visit) -> Response:
    """GET /brokers/jobs/{id}: what it is about, its way so far, why it failed."""
    return visit.page("brokers/job.html", seen=_read(visit), path=JOBS, **frame(visit, LIST))


def do_one(visit: Visit) -> Response:
    """POST /brokers/jobs/{id}: try it again, cancel it, or forget it."""
    do = _do(visit.form["do"])
    id = visit.path["id"]
    done = visit.perform(f"queue.{do}", HOUSE, {"ids": [id]})
    said = f"The job is {DONE[do]}." if done else "The job had gone on by then, so it was left alone."
    return visit.go(_back(visit, LIST if do == "discard" and done else f"{JOBS}/{id}"), said)


def ask_edit(visit: Visit) -> Response:
    """GET /brokers/jobs/{id}/edit: its payload as a form; secrets stand as dots."""
    return _edit_page(visit)


def edit(visit: Visit) -> Response:
    """POST /brokers/jobs/{id}/edit: try it again with what was written."""
    text = visit.form["payload"].replace("\r\n", "\n")
    try:
        id = visit.perform("queue.edit", HOUSE, {"id": visit.path["id"], "payload": SecretStr(text)})
    except Invalid as error:
        return _edit_page(visit, error.status, " ".join(error.fields.values()), text)
    return visit.go(f"{JOBS}/{id}", "The job is tried again with the changed payload.")


def ask_many(visit: Visit) -> Response:
    """GET /brokers/jobs/~do: how many jobs `?do=` would be done to: those in `?ids=`, or all that the filter finds."""
    return many_page(visit, visit.query, visit.every("ids"))


def do_many(visit: Visit) -> Response:
    """POST /brokers/jobs/~do: to the jobs that were ticked, or to all that the filter found."""
    do = _do(visit.form["do"])
    ids = visit.every("ids")
    if do == "discard" and "sure" not in visit.form:
        return many_page(visit, visit.form, ids)
    data: dict[str, Any] = {"ids": ids} if ids else _filter_posted(visit)
    if not ids and visit.form.get("everything") != "1":
        raise BadRequest("Tick the jobs that are meant, or take all that fit.")
    typed = "".join(filter(str.isdigit, visit.form.get("typed", "")))
    if do == "discard" and int(visit.form.get("expected") or 0) > TYPED and typed != visit.form["expected"]:
        return many_page(visit, visit.form, ids, 422, "Type their number to go on.")
    done = visit.perform(f"queue.{do}", HOUSE, data)
    return visit.go(_back(visit, LIST), f"{plural(done, 'job')} {DONE[do]}.")


def _filter_posted(visit: Visit) -> dict[str, Any]:
    asked = {name: visit.form.get(name, "") for name in (*NARROWED, "upto")}
    return {**asked, "expected": int(visit.form["expected"])} if visit.form.get("expected", "").isdecimal() else asked


def _do(text: str) -> str:
    if text not in DOES:
        raise BadRequest(f"{text[:40]!r} is nothing that can be done to jobs. There are: retry, cancel, discard.")
    return text


def _read(visit: Visit) -> JobSeen:
    found: JobSeen = visit.perform("queue.job", HOUSE, {"id": visit.path["id"]})
    return found


def _edit_page(visit: Visit, status: int = 200, problem: str = "", text: str | None = None) -> Response:
    return visit.page(
        "brokers/job_edit.html", status, seen=_read(visit), problem=problem, text=text, path=JOBS,
        **frame(visit, LIST),
    )  # fmt: skip


def many_page(
    visit: Visit, given: Mapping[str, str], ids: Sequence[str], status: int = 200, problem: str = ""
) -> Response:
    """Say what would be done to how many, and ask.

    Args:
        visit: Of whoever asks.
        given: What is to be done, and which filter finds the jobs where none is named.
        ids: Those that were ticked.
        status: Of the answer.
        problem: What was wrong with what they sent.
    """
    do = _do(given.get("do", ""))
    asked = {name: given.get(name, "") for name in NARROWED}
    matched = Matched(len(ids), "", False) if ids else visit.perform("queue.match", HOUSE, {**asked, "do": do})
    return visit.page(
        "brokers/many.html", status, do=do, verb=VERBS[do], ids=ids, asked=asked, matched=matched, problem=problem,
        typed=do == "discard" and matched.count > TYPED, back=_back(visit, LIST), path=JOBS, **frame(visit, LIST),
    )  # fmt: skip


def _back(visit: Visit, otherwise: str) -> str:
    """Return where one came from, if that is a page of brokers."""
    back = visit.form.get("back", visit.query.get("back", ""))
    return back if back == ROOT or back.startswith((f"{ROOT}/", f"{ROOT}?", LIST)) else otherwise


DOORS = (
    Door(f"{JOBS}/~do", ask_many, ACT),
    Door(f"{JOBS}/~do", do_many, ACT, ("POST",)),
    Door(ONE, one, VIEW),
    Door(ONE, do_one, ACT, ("POST",)),
    Door(f"{ONE}/edit", ask_edit, ACT),
    Door(f"{ONE}/edit", edit, ACT, ("POST",)),
)
