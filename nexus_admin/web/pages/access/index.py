"""/access: who may do what. What its pages have in common, and those for sessions, tokens, reasons and files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.responses import PlainTextResponse, Response

from nexus_admin.domain.errors import NexusError
from nexus_admin.domain.target import Target
from nexus_admin.web.visit import Door, Visit

ROOT = "/access"


def target(resource: str = "access", key: str | None = None) -> Target:
    """Return a thing of the house."""
    return Target("nexus", resource, key)


def draw(visit: Visit, template: str, at: str, status: int = 200, **context: Any) -> Response:
    """Draw one of the pages, with the list of roles at its side; *at* is what is marked there."""
    overview = visit.perform("access.view", target())
    names = {one.name: one.title or one.name for one in overview.roles}
    given = {"overview": overview, "at": at, "here": ROOT, "now": datetime.now(UTC), "titles": titles_of(names)}
    given["may"] = lambda action: visit.kernel.access.decide(visit.actor, action, "nexus", None).allowed
    return visit.page(f"access/{template}", status, **given, **context)


def titles_of(names: Mapping[str, str]) -> Callable[[Iterable[str]], str]:
    """Return what says roles as people read them; one that is gone is its name."""
    return lambda roles: ", ".join(names.get(one, one) for one in roles)


def show(visit: Visit) -> Response:
    """GET /access: the roles, and how many hold each."""
    return draw(visit, "index.html", "")


def sessions(visit: Visit) -> Response:
    """GET /access/sessions: who is signed in, and where."""
    return draw(visit, "sessions.html", "sessions", sessions=visit.perform("access.sessions", target()))


def tokens(visit: Visit) -> Response:
    """GET /access/tokens: the tokens of everybody."""
    return draw(visit, "tokens.html", "tokens", tokens=visit.perform("access.tokens", target()))


def revoke_token(visit: Visit) -> Response:
    """POST /access/tokens: kill one."""
    visit.perform("access.token.revoke", target("users", visit.form.get("user", "")), {"token": visit.form["token"]})
    return visit.go(f"{ROOT}/tokens", said="The token opens nothing any more.")


ASKED = ("user", "holds", "action", "source", "resource", "key", "field")


def why(visit: Visit) -> Response:
    """GET /access/why: may they do this, there? And which grant decides it."""
    asked = {name: visit.query.get(name, "").strip() for name in ASKED}
    given = {name: text for name, text in asked.items() if text}
    told, problem = None, None
    if asked["action"]:
        try:
            told = visit.perform("access.explain", target(), {"source": "nexus", **given})
        except NexusError as error:
            problem = error
    sources = [(source.name, list(source.schema.resources)) for source in visit.kernel.sources]
    users, known = visit.perform("access.users", target(), {"limit": 500}), list(visit.kernel.access.permissions.known)
    return draw(
        visit, "why.html", "why", asked=asked, told=told, problem=problem, sources=sources, users=users, known=known
    )


def file(visit: Visit) -> Response:
    """GET /access/file: all of it as text."""
    text = visit.perform("access.export", target())
    if visit.query.get("as") == "file":
        headers = {"content-disposition": 'attachment; filename="access.toml"'}
        return PlainTextResponse(text, headers=headers)
    return draw(visit, "file.html", "file", text=text, plan=None, problem=None)


def apply_file(visit: Visit) -> Response:
    """POST /access/file: say what the text would change; with `apply`, change it."""
    text = visit.form.get("text", "").replace("\r\n", "\n")
    plan, problem = None, None
    try:
        if visit.form.get("do") == "apply":
            visit.perform("access.apply", target(), {"text": text})
            return visit.go(f"{ROOT}/file", said="Everything is as the file says.")
        plan = visit.perform("access.plan", target(), {"text": text})
    except NexusError as error:
        problem = error
    return draw(visit, "file.html", "file", problem.status if problem else 200, text=text, plan=plan, problem=problem)


DOORS = (
    Door(ROOT, show, "access.view"),
    Door(f"{ROOT}/sessions", sessions, "access.view"),
    Door(f"{ROOT}/tokens", tokens, "access.view"),
    Door(f"{ROOT}/tokens", revoke_token, "access.token.revoke", ("POST",)),
    Door(f"{ROOT}/why", why, "access.explain"),
    Door(f"{ROOT}/file", file, "access.export"),
    Door(f"{ROOT}/file", apply_file, "access.apply", ("POST",)),
)
