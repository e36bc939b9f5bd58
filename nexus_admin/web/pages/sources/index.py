"""/sources: the databases that Nexus is connected to; connecting one, and what is known of each."""

from __future__ import annotations

from typing import Any

from pydantic import SecretStr
from starlette.responses import Response

from nexus_admin.actions.sources.changes import Removed
from nexus_admin.actions.sources.facts import typed_again
from nexus_admin.domain.address import segment, text_of
from nexus_admin.domain.errors import NexusError
from nexus_admin.domain.target import Target
from nexus_admin.screens.formats import plural
from nexus_admin.screens.sources import page as source_page
from nexus_admin.web.visit import Door, Visit

HOUSE = Target("nexus")
WHERE = "/sources/{name}"
VERBS = ("allow_writes", "refresh", "accept", "remove", "test", "change", "rename")


def index(visit: Visit) -> Response:
    """GET /sources: all of them."""
    reports = visit.perform("source.view", HOUSE)
    return visit.page(
        "sources/index.html", reports=reports, screen=source_page, path_of=_path, here="/sources",
        may_connect=_may(visit, "source.connect"),
    )  # fmt: skip


def show_new(visit: Visit) -> Response:
    """GET /sources/new: the form; with ?source= what is being found, and then what was."""
    name = visit.query.get("source", "")
    report = visit.perform("source.view", Target("nexus", "sources", segment(name))) if name else None
    return _new(visit, report=report)


def connect(visit: Visit) -> Response:
    """POST /sources/new: try the address, keep it, and begin to read."""
    form = visit.form
    url = form.get("url", "").strip()
    # A secret is wrapped before anything can write it down.
    where = {"url": SecretStr(url), "password": SecretStr(form.get("password", ""))}
    name = form.get("name", "").strip() or source_page.name_for(url)
    try:
        visit.perform("source.test", HOUSE, where)
        target = Target("nexus", "sources", segment(name))
        visit.perform("source.connect", target, {**where, "name": name, "sample": form.get("sample") == "1"})
    except NexusError as error:
        return _new(
            visit, error.status, problem=error, name=form.get("name", ""), **_again(url, form.get("password", ""))
        )
    return visit.go(f"/sources/new?source={segment(name)}")


def show(visit: Visit) -> Response:
    """GET /sources/{name}: all that is known of one."""
    report = visit.perform("source.view", _target(visit))
    may = {verb: _may(visit, f"source.{verb}") for verb in VERBS}
    may |= {f"outbox_{verb}": _may(visit, f"outbox.{verb}") for verb in ("install", "remove")}
    may |= {f"feed_{verb}": _may(visit, f"feed.{verb}") for verb in ("install", "poll", "remove")}
    return visit.page(
        "sources/view.html", report=report, screen=source_page, here="/sources", may=may, path=_path(report.name),
        tables=Target(report.name).path,
        may_copies=_may(visit, "copies.list"), may_answer=_may(visit, "resource.save"),
        timeout=visit.kernel.settings["sources.timeout_seconds"],
    )  # fmt: skip


def refresh(visit: Visit) -> Response:
    """POST …/refresh: read the structure again."""
    visit.perform("source.refresh", _target(visit))
    return visit.go(_path(text_of(visit.path["name"])), said="The structure is being read again.")


def accept(visit: Visit) -> Response:
    """POST …/accept: use the structure that was found last."""
    visit.perform("source.accept", _target(visit))
    return visit.go(_path(text_of(visit.path["name"])), said="The pages follow the database again.")


def writes(visit: Visit) -> Response:
    """POST …/writes: allow them, or stop them."""
    allow = visit.form.get("allow") == "1"
    visit.perform("source.allow_writes", _target(visit), {"allow": allow})
    name = text_of(visit.path["name"])
    return visit.go(_path(name), said=f"{name} takes writes now." if allow else f"{name} is read-only now.")


def answer(visit: Visit) -> Response:
    """POST …/answers: keep what people said about the guesses."""
    answers = {key.removeprefix("q:"): value for key, value in visit.posted if key.startswith("q:")}
    count = visit.perform("source.answer", _target(visit), {"answers": answers})
    name = text_of(visit.path["name"])
    onward = f"/s/{segment(name)}" if visit.form.get("first") else _path(name)
    return visit.go(onward, said=f"Kept {count} answer{'s' if count != 1 else ''}.")


def install_outbox(visit: Visit) -> Response:
    """POST …/outbox: make the table that takes the events of each change."""
    visit.perform("outbox.install", _target(visit))
    name = text_of(visit.path["name"])
    return visit.go(_path(name), said=f"Changes of {name} leave their events in its own database from now on.")


def remove_outbox(visit: Visit) -> Response:
    """POST …/outbox/remove: tell what waits, and drop that table."""
    told = visit.perform("outbox.remove", _target(visit), {"abandon": visit.form.get("abandon") == "1"})
    said = f"The outbox is gone. Told on the way: {plural(told, 'event')}."
    return visit.go(_path(text_of(visit.path["name"])), said=said)


def remove(visit: Visit) -> Response:
    """POST …/remove: forget it; the database is left alone."""
    removed: Removed = visit.perform("source.remove", _target(visit))
    return visit.go("/sources", f"{removed.name} is no longer connected.", removed.entry)


def _new(visit: Visit, status: int = 200, **context: Any) -> Response:
    given = {
        "report": None,
        "problem": None,
        "url": "",
        "left_out": False,
        "name": "",
        "path": "",
        "tables": "",
        **context,
    }
    if given["report"] is not None:
        given |= {"path": _path(given["report"].name), "tables": Target(given["report"].name).path}
    return visit.page("sources/new.html", status, screen=source_page, here="/sources", **given)


def _again(url: str, password: str) -> dict[str, Any]:
    kept = typed_again(url)
    return {"url": kept, "left_out": bool(password) or kept != url}


def _target(visit: Visit) -> Target:
    return Target("nexus", "sources", visit.path["name"])


def _path(name: str) -> str:
    return f"/sources/{segment(name)}"


def _may(visit: Visit, action: str) -> bool:
    return visit.kernel.access.decide(visit.actor, action, "nexus", None).allowed


DOORS = (
    Door("/sources", index, "source.view"),
    Door("/sources/new", show_new, "source.connect"),
    Door("/sources/new", connect, "source.connect", ("POST",)),
    Door(WHERE, show, "source.view"),
    Door(f"{WHERE}/refresh", refresh, "source.refresh", ("POST",)),
    Door(f"{WHERE}/accept", accept, "source.accept", ("POST",)),
    Door(f"{WHERE}/writes", writes, "source.allow_writes", ("POST",)),
    Door(f"{WHERE}/answers", answer, "resource.save", ("POST",)),
    Door(f"{WHERE}/outbox", install_outbox, "outbox.install", ("POST",)),
    Door(f"{WHERE}/outbox/remove", remove_outbox, "outbox.remove", ("POST",)),
    Door(f"{WHERE}/remove", remove, "source.remove", ("POST",)),
)
