"""/access/users: accounts, their roles, sessions and tokens; and the links by which people choose a password."""

from __future__ import annotations

import json

from starlette.responses import Response

from nexus_admin.domain.errors import BadRequest, Invalid, NexusError
from nexus_admin.domain.target import Target
from nexus_admin.screens.audit.query import AuditAsked
from nexus_admin.web.pages.access.index import ROOT, draw, target
from nexus_admin.web.reader import Said, say
from nexus_admin.web.visit import PUBLIC, Door, Visit

PAGE = 50


def users(visit: Visit) -> Response:
    """GET /access/users: who may sign in."""
    words = visit.query.get("q", "")[:200]
    data = {"words": words, "after": visit.query.get("after") or None, "limit": PAGE + 1}
    found = visit.perform("access.users", target("users"), data)
    more = found[PAGE - 1].id if len(found) > PAGE else None
    return draw(visit, "users.html", "users", users=found[:PAGE], words=words, more=more)


def invite(visit: Visit) -> Response:
    """POST /access/users: make an account, and show its link once."""
    form = visit.form
    data = {"email": form.get("email", ""), "name": form.get("name", ""), "roles": visit.every("roles")}
    try:
        made = visit.perform("access.user.invite", target("users"), data)
    except NexusError as error:
        found = visit.perform("access.users", target("users"), {"limit": PAGE})
        return draw(
            visit, "users.html", "users", error.status, users=found, words="", more=None, problem=error, asked=data
        )
    return _link(visit, made)


def user(visit: Visit) -> Response:
    """GET /access/users/{user}: one account with all that hangs on it."""
    return _user(visit)


def change(visit: Visit) -> Response:
    """POST /access/users/{user}: what the button says."""
    key, do = visit.path["user"], visit.form.get("do", "")
    where = target("users", key)
    try:
        if do == "link":
            return _link(visit, visit.perform("access.user.link", where))
        said, undo = _changed(visit, where, do)
    except (Invalid, BadRequest) as error:
        return _user(visit, error)
    back = f"{ROOT}/users" if do == "delete" else f"{ROOT}/users/{key}"
    return visit.go(back, said=said, undo=undo)


def _changed(visit: Visit, where: Target, do: str) -> tuple[str, str]:
    """Do it, and return what to say and the entry by which it is taken back."""
    form = visit.form
    if do == "roles":
        done = visit.perform("access.user.set_roles", where, {"roles": visit.every("roles")})
        return f"{done.user.email} is {', '.join(done.titles) or 'nothing'} now.", done.entry
    if do == "profile":
        data = {"name": form.get("name"), "email": form.get("email"), "attributes": _attributes(form.get("attributes"))}
        done = visit.perform("access.user.save", where, data)
        return f"{done.user.email} is saved.", done.entry
    if do in ("enable", "disable"):
        done = visit.perform(f"access.user.{do}", where)
        return f"{done.user.email} {'may come in again' if do == 'enable' else 'is shut out'}.", done.entry
    if do == "delete":
        _check_typed(visit, where)
        return f"{visit.perform('access.user.delete', where).user.email} is deleted.", ""
    if do == "second_factor":
        return f"{visit.perform('access.user.reset_second_factor', where).email} has no second factor now.", ""
    if do == "sessions":
        ended = visit.perform("access.user.end_sessions", where, {"session": form.get("session") or None})
        return f"{ended} session{'s' if ended != 1 else ''} ended.", ""
    raise BadRequest("This form says nothing that can be done here.")


def _check_typed(visit: Visit, where: Target) -> None:
    """What cannot be taken back is asked for in writing."""
    email = visit.perform("access.user", where).user.email
    if visit.form.get("confirm", "").strip().casefold() != email.casefold():
        raise Invalid({"confirm": f"Nothing was deleted. Type {email} to delete the account."})


def _attributes(text: str | None) -> dict[str, object] | None:
    """Read lines `name = value`; a value that is JSON is taken as that."""
    if text is None:
        return None
    found: dict[str, object] = {}
    for line in text.splitlines():
        name, equals, value = (part.strip() for part in line.partition("="))
        if not line.strip():
            continue
        if not equals:
            raise Invalid({"attributes": f"{line.strip()[:60]!r} is not written as name = value."})
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    return found


def _user(visit: Visit, problem: NexusError | None = None) -> Response:
    view = visit.perform("access.user", target("users", visit.path["user"]))
    lines = "\n".join(
        f"{name} = {value if isinstance(value, str) else json.dumps(value)}"
        for name, value in view.user.attributes.items()
    )
    status = 200 if problem is None else problem.status
    done = AuditAsked(f"{visit.locale.base}/audit", actor=(view.user.actor_id,), all=True).url()
    return draw(visit, "user.html", "users", status, view=view, user=view.user, lines=lines, problem=problem, done=done)


def _link(visit: Visit, made: object) -> Response:
    root = visit.kernel.settings["server.base_url"].rstrip("/") or f"{visit.origin}{visit.locale.base}"
    return draw(visit, "invited.html", "users", made=made, root=root)


# ── for whoever opens a link ─────────────────────────────────────────────────────────────────


def welcome(visit: Visit) -> Response:
    """GET /join/{secret}: choose a password."""
    found = visit.kernel.access.invitations.whose(visit.path["secret"], address=visit.facts["address"])
    return visit.page("access/join.html", user=found, name=found.name, secret=visit.path["secret"], error=None)


def join(visit: Visit) -> Response:
    """POST /join/{secret}: set it; the link works once."""
    invitations, secret = visit.kernel.access.invitations, visit.path["secret"]
    password, name = visit.form.get("password", ""), visit.form.get("name", "")[:200]
    try:
        claimed = invitations.claim(secret, password, name=name, address=visit.facts["address"])
    except Invalid as error:
        found = invitations.whose(secret, address=visit.facts["address"])
        return visit.page(
            "access/join.html", error.status, user=found, name=name, secret=secret, error=_sentence(error)
        )
    answer = visit.go("/sign-in")
    say(answer, Said("Your password is set. Sign in.", email=claimed.email), visit.locale.base)
    return answer


def _sentence(error: Invalid) -> str:
    return " ".join(error.fields.values())


DOORS = (
    Door(f"{ROOT}/users", users, "access.view"),
    Door(f"{ROOT}/users", invite, "access.user.invite", ("POST",)),
    Door(f"{ROOT}/users/{{user}}", user, "access.view"),
    Door(f"{ROOT}/users/{{user}}", change, "access.user.save", ("POST",)),
    Door("/join/{secret}", welcome, PUBLIC),
    Door("/join/{secret}", join, PUBLIC, ("POST",)),
)
