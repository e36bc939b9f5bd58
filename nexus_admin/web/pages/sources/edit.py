"""/sources/{name}/edit: another address, login or name for a source; and its connection tested again."""

from __future__ import annotations

from typing import Any

from pydantic import SecretStr
from starlette.responses import Response

from nexus_admin.actions.sources.edit import Renamed
from nexus_admin.domain.address import segment, text_of
from nexus_admin.domain.errors import NexusError
from nexus_admin.domain.target import Target
from nexus_admin.screens.formats import plural
from nexus_admin.screens.sources.page import found_at
from nexus_admin.web.visit import Door, Visit

WHERE = "/sources/{name}"


def show(visit: Visit) -> Response:
    """GET …/edit: what can be changed."""
    return _form(visit)


def change(visit: Visit) -> Response:
    """POST …/edit: try the address; unless only that was asked, keep it."""
    target = _target(visit)
    url = visit.form.get("url", "").strip()
    # A secret is wrapped before anything can write it down.
    where = {"url": SecretStr(url), "password": SecretStr(visit.form.get("password", ""))}
    try:
        tested, address = visit.perform("source.test", target, where)
        told = found_at(tested, address)
        if visit.form.get("do") == "test":
            return _form(visit, url=url, tested=told)
        entry = visit.perform("source.change", target, {**where, "sample": visit.form.get("sample") == "1"})
    except NexusError as error:
        return _form(visit, error.status, url=url, problem=error)
    return visit.go(_path(target), f"{told} Its structure is being compared.", entry)


def rename(visit: Visit) -> Response:
    """POST …/rename: another name; what names the source follows."""
    target, name = _target(visit), visit.form.get("name", "").strip()
    try:
        done: Renamed = visit.perform("source.rename", target, {"name": name})
    except NexusError as error:
        return _form(visit, error.status, name=name, misnamed=error)
    followed = len(done.followed.dashboards) + len(done.followed.roles)
    along = f" {plural(followed, 'dashboard or role', 'dashboards and roles')} followed." if followed else ""
    said = f"{text_of(target.key or '')} is called {done.name} now.{along}"
    return visit.go(f"/sources/{segment(done.name)}", said, done.entry)


def test(visit: Visit) -> Response:
    """POST …/test: connect once with what is kept, and say what was found."""
    target = _target(visit)
    found: tuple[Any, str] = visit.perform("source.again", target)
    return visit.go(_path(target), said=found_at(*found))


def _form(visit: Visit, status: int = 200, **context: Any) -> Response:
    target = _target(visit)
    decide = visit.kernel.access.decide
    may = {verb: decide(visit.actor, f"source.{verb}", "nexus", None).allowed for verb in ("change", "rename")}
    one = visit.perform("source.editable" if may["change"] else "source.named", target)
    named = visit.perform("source.named", target) if may["rename"] else None
    name = text_of(visit.path["name"])
    given = {"url": one.url if may["change"] else "", "name": name, "tested": "", "problem": None, "misnamed": None}
    return visit.page(
        "sources/change.html", status, source=name, one=one, named=named, may=may, path=_path(target),
        here="/sources", **{**given, **context},
    )  # fmt: skip


def _target(visit: Visit) -> Target:
    return Target("nexus", "sources", visit.path["name"])


def _path(target: Target) -> str:
    return f"/sources/{target.key}"


DOORS = (
    Door(f"{WHERE}/edit", show, "source.view"),
    Door(f"{WHERE}/edit", change, "source.change", ("POST",)),
    Door(f"{WHERE}/rename", rename, "source.rename", ("POST",)),
    Door(f"{WHERE}/test", test, "source.test", ("POST",)),
)
