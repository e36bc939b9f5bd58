"""Signing in and out, the second factor on the way in, and the first owner's set-up."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import Invalid, NexusError, SignInNeeded
from nexus_admin.domain.target import Target
from nexus_admin.web.cookies import COOKIE, with_session
from nexus_admin.web.visit import PUBLIC, Door, Visit

HOUSE = Target("nexus")
REMEMBERED = {"theme": "nx_theme", "density": "nx_density", "zone": "nx_own_zone", "keys": "nx_keys"}
"""The cookies by which every page knows what somebody chose, by the name of the preference."""
YEAR = 365 * 86_400


def show(visit: Visit) -> Response:
    """GET /sign-in: the form."""
    onward = local_path(visit.query.get("next", "/"))
    if visit.actor.signed_in:
        return visit.go(onward)
    email = visit.reader.said.email if visit.reader.said else ""
    return visit.page("sign_in.html", next=onward, email=email, error=None, over="over" in visit.query)


def sign_in(visit: Visit) -> Response:
    """POST /sign-in: begin a session; a wrong password and an unknown address answer alike."""
    email, onward = visit.form.get("email", "")[:300], local_path(visit.form.get("next", "/"))
    data = {"email": email, "password": visit.form.get("password", ""), "cookie": visit.cookie}
    try:
        begun = _ask(visit, "session.begin", data)
    except NexusError as error:
        return visit.page("sign_in.html", error.status, next=onward, email=email, error=error, over=False)
    return _begun(visit, begun, onward)


def show_code(visit: Visit) -> Response:
    """GET /sign-in/code: six digits, or a recovery code."""
    return _code_page(visit, local_path(visit.query.get("next", "/")))


def pass_code(visit: Visit) -> Response:
    """POST /sign-in/code: take the second factor."""
    onward = local_path(visit.form.get("next", "/"))
    typed = visit.form.get("recovery", "") or visit.form.get("code", "")
    try:
        begun = _ask(visit, "session.pass", {"cookie": visit.cookie, "code": typed[:100]})
    except SignInNeeded:
        return visit.go(f"/sign-in?next={quote(onward)}&over=1")
    except NexusError as error:
        return _code_page(visit, onward, error)
    return _begun(visit, begun, onward)


def show_enrolment(visit: Visit) -> Response:
    """GET /sign-in/set-up: a role asks for a second factor that is not there yet."""
    if _stage(visit) != "enrol":
        return visit.go("/")
    return visit.page("enrol.html", next=local_path(visit.query.get("next", "/")), drawn=None, error=None)


def enrol(visit: Visit) -> Response:
    """POST /sign-in/set-up: show the QR code, or take the first code of the new authenticator."""
    onward, code = local_path(visit.form.get("next", "/")), visit.form.get("code", "")
    if _stage(visit) != "enrol":
        return visit.go("/")
    if "code" not in visit.form:
        drawn = _ask(visit, "account.begin_factor", {"cookie": visit.cookie})
        return visit.page("enrol.html", next=onward, drawn=drawn, error=None)
    try:
        begun = _ask(visit, "account.confirm_factor", {"cookie": visit.cookie, "code": code[:100]})
    except NexusError as error:
        return visit.page("enrol.html", error.status, next=onward, drawn=None, error=sentence(error))
    answer = visit.page("recovery_codes.html", codes=begun.recovery_codes, onward=onward)
    return with_session(visit, answer, begun.cookie)


def sign_out(visit: Visit) -> Response:
    """POST /sign-out: the session ends on the server too."""
    if visit.cookie:
        _ask(visit, "session.end", {"cookie": visit.cookie}, visit.actor)
    answer = visit.go("/sign-in")
    for name in (COOKIE, *REMEMBERED.values()):
        answer.delete_cookie(name, path=visit.locale.base or "/")
    return answer


def show_setup(visit: Visit) -> Response:
    """GET /set-up/{token}: the form for the first owner, as long as there is none."""
    if not visit.kernel.access.setup.open:
        return visit.go("/sign-in")
    return visit.page("set_up.html", token=visit.path["token"], email="", name="", error=None)


def set_up(visit: Visit) -> Response:
    """POST /set-up/{token}: make the first owner; the token works once."""
    given = {name: visit.form.get(name, "") for name in ("email", "name", "password")}
    try:
        begun = _ask(visit, "setup.claim", {**given, "token": visit.path["token"]})
    except NexusError as error:
        known = {"token": visit.path["token"], "email": given["email"], "name": given["name"]}
        return visit.page("set_up.html", error.status, error=sentence(error), **known)
    return _begun(visit, begun, "/")


def local_path(text: str) -> str:
    """Return *text* if it is an address of ours, else the front page: no open redirects."""
    plain = text.startswith("/") and not text.startswith("//") and "\\" not in text and text.isprintable()
    return text if plain else "/"


def sentence(error: NexusError) -> str:
    """Return what a form says of an error: the sentences of its fields, without their names."""
    return " ".join(error.fields.values()) if isinstance(error, Invalid) else str(error)


def remember(visit: Visit, answer: Response, chosen: dict[str, Any]) -> Response:
    """Give the browser what somebody chose, so that the next page is drawn with it at once."""
    path = visit.locale.base or "/"
    for name, cookie in REMEMBERED.items():
        if name not in chosen:
            continue
        if chosen[name]:
            answer.set_cookie(cookie, str(chosen[name]), path=path, samesite="lax", max_age=YEAR)
        else:
            answer.delete_cookie(cookie, path=path)
    return answer


def _ask(visit: Visit, action: str, data: dict[str, Any], actor: Actor | None = None) -> Any:
    """Run an action for somebody who is not signed in yet, or not fully."""
    who = actor if actor is not None and actor.signed_in else Actor.system("sign-in")
    return visit.kernel.perform(Call(action, HOUSE, data, who, "page", visit.facts))


def _stage(visit: Visit) -> str:
    session = visit.kernel.access.sessions.find(visit.cookie) if visit.cookie else None
    return session.stage if session else ""


def _begun(visit: Visit, begun: Any, onward: str) -> Response:
    """Go on with a new session: in, or to what is still missing."""
    step = {"second_factor": "/sign-in/code", "enrol": "/sign-in/set-up"}.get(begun.session.stage)
    answer = visit.go(f"{step}?next={quote(onward)}" if step else onward)
    if step is None:
        person = visit.kernel.access.actor_of_user(begun.session.user_id)
        if person is not None:
            chosen = visit.kernel.perform(Call("preference.list", HOUSE, {}, person, "page", visit.facts))
            remember(visit, answer, chosen)
    return with_session(visit, answer, begun.cookie)


def _code_page(visit: Visit, onward: str, error: NexusError | None = None) -> Response:
    session = visit.kernel.access.sessions.find(visit.cookie) if visit.cookie else None
    if session is None or session.stage != "second_factor":
        return visit.go(onward if visit.actor.signed_in else "/sign-in")
    email = visit.kernel.access.users.get(session.user_id).email
    wrong = sentence(error) if error else None
    return visit.page("code.html", error.status if error else 200, next=onward, email=email, error=wrong)


DOORS = (
    Door("/sign-in", show, PUBLIC),
    Door("/sign-in", sign_in, PUBLIC, ("POST",)),
    Door("/sign-in/code", show_code, PUBLIC),
    Door("/sign-in/code", pass_code, PUBLIC, ("POST",)),
    Door("/sign-in/set-up", show_enrolment, PUBLIC),
    Door("/sign-in/set-up", enrol, PUBLIC, ("POST",)),
    Door("/sign-out", sign_out, PUBLIC, ("POST",)),
    Door("/set-up/{token}", show_setup, PUBLIC),
    Door("/set-up/{token}", set_up, PUBLIC, ("POST",)),
)
