"""Signing in and out, and the first owner's set-up."""

from __future__ import annotations

from starlette.responses import Response

from nexus_admin.access import Device
from nexus_admin.domain.errors import NexusError
from nexus_admin.web.visit import PUBLIC, SIGNED_IN, Door, Visit

COOKIE = "nx_session"


def show(visit: Visit) -> Response:
    """GET /sign-in: the form."""
    return visit.page("sign_in.html", next=local_path(visit.query.get("next", "/")), email="", error=None)


def sign_in(visit: Visit) -> Response:
    """POST /sign-in: begin a session; a wrong password and an unknown address answer alike."""
    email, onward = visit.form.get("email", ""), local_path(visit.form.get("next", "/"))
    device = Device(visit.facts["agent"], visit.facts["address"])
    try:
        begun = visit.kernel.access.sign_in(
            email, visit.form.get("password", ""), device, previous=visit.cookie or None
        )
    except NexusError as error:
        return visit.page("sign_in.html", error.status, next=onward, email=email, error=error)
    return _with_cookie(visit, visit.go(onward), begun.cookie)


def sign_out(visit: Visit) -> Response:
    """POST /sign-out: the session ends on the server too."""
    visit.kernel.access.sign_out(visit.cookie)
    answer = visit.go("/sign-in")
    answer.delete_cookie(COOKIE, path=visit.locale.base or "/")
    return answer


def show_setup(visit: Visit) -> Response:
    """GET /set-up/{token}: the form for the first owner, as long as there is none."""
    if not visit.kernel.access.setup.open:
        return visit.go("/sign-in")
    return visit.page("set_up.html", token=visit.path["token"], email="", name="", error=None)


def set_up(visit: Visit) -> Response:
    """POST /set-up/{token}: make the first owner; the token works once."""
    form = visit.form
    email, password = form.get("email", ""), form.get("password", "")
    access = visit.kernel.access
    try:
        access.setup.claim(
            visit.path["token"], email, password, name=form.get("name", ""), address=visit.facts["address"]
        )
    except NexusError as error:
        return visit.page(
            "set_up.html", error.status, token=visit.path["token"], email=email, name=form.get("name", ""), error=error
        )
    begun = access.sign_in(email, password, Device(visit.facts["agent"], visit.facts["address"]))
    return _with_cookie(visit, visit.go("/"), begun.cookie)


def local_path(text: str) -> str:
    """Return *text* if it is an address of ours, else the front page: no open redirects."""
    plain = text.startswith("/") and not text.startswith("//") and "\\" not in text and text.isprintable()
    return text if plain else "/"


def _with_cookie(visit: Visit, answer: Response, cookie: str) -> Response:
    secure = visit.kernel.settings["server.base_url"].startswith("https://")
    answer.set_cookie(
        COOKIE, cookie, path=visit.locale.base or "/", httponly=True, samesite="lax", secure=secure, max_age=30 * 86_400
    )
    return answer


DOORS = (
    Door("/sign-in", show, PUBLIC),
    Door("/sign-in", sign_in, PUBLIC, ("POST",)),
    Door("/sign-out", sign_out, SIGNED_IN, ("POST",)),
    Door("/set-up/{token}", show_setup, PUBLIC),
    Door("/set-up/{token}", set_up, PUBLIC, ("POST",)),
)
