"""Where requests arrive: who comes, through which door, and what they are answered. Runs in threads."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from nexus_admin.access.rates import Allowance
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import Forbidden, MethodNotAllowed, NexusError, NotFound, SignInNeeded
from nexus_admin.domain.field_kind import Locale
from nexus_admin.domain.ids import new_ulid
from nexus_admin.domain.target import Target
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.web import rates
from nexus_admin.web.api import desk
from nexus_admin.web.api.call import ApiDoor
from nexus_admin.web.api.problems import problem
from nexus_admin.web.cookies import COOKIE, with_session
from nexus_admin.web.failures import failed
from nexus_admin.web.forwarding import forwarded
from nexus_admin.web.live.doors import SocketDoor
from nexus_admin.web.reader import reader_of
from nexus_admin.web.templating import Pages
from nexus_admin.web.visit import PUBLIC, SIGNED_IN, Door, Form, Visit

Posted = tuple[tuple[str, str], ...]
HOUSE = "nexus"
API = "/api/"
"""Addresses of programs begin so: they are answered with JSON, whatever happens."""


class Reception:
    """Answers requests whose bodies have been read.

    Args:
        kernel: What answers; started before the first request.
        pages: What draws.
    """

    def __init__(self, kernel: Kernel, pages: Pages) -> None:
        self.kernel, self.pages = kernel, pages

    def page(self, door: Door, request: Request, posted: Posted) -> Response:
        """Answer a person's browser."""
        visit = self.visit(request, posted)
        renewed = self._renewed(visit, request)
        answer = self._through(door, visit, request)
        return with_session(visit, answer, visit.cookie) if renewed else answer

    def _renewed(self, visit: Visit, request: Request) -> bool:
        """Give a session whose rights have changed a new id, with the next whole page: its forms must fit it."""
        if request.method != "GET" or not visit.actor.signed_in or not _whole(request):
            return False
        session = self.kernel.access.sessions.find(visit.cookie)
        fresh = self.kernel.access.sessions.renew(visit.cookie) if session is not None and session.renew else None
        visit.cookie = fresh[0] if fresh else visit.cookie
        return fresh is not None

    def _through(self, door: Door, visit: Visit, request: Request) -> Response:
        left: list[Allowance] = []
        try:
            asker = rates.asker_of(visit.actor, visit.facts["address"])
            left = self.kernel.access.rates.of_route(asker, door.needs, f"{request.method} {door.path}")
            if door.needs != PUBLIC and not visit.actor.signed_in:
                raise SignInNeeded("Sign in to go on.")
            if request.method == "POST":
                _check_origin(request, visit, door)
            _check_house(visit, door)
            answer = door.handle(visit)
        except Exception as error:
            onward = forwarded(visit, error) if request.method == "GET" else None
            answer = onward or failed(visit, error, as_json=wants_json(request), again=request.method == "GET")
        answer.headers.update(rates.fields(left))
        return answer

    def caller(self, door: SocketDoor, websocket: WebSocket) -> Actor | None:
        """Return who opens a WebSocket; None for whom that door is not."""
        cookie = websocket.cookies.get(COOKIE, "")
        actor = self.kernel.access.actor_of_session(cookie) if cookie else None
        if actor is None or door.needs == SIGNED_IN:
            return actor
        return actor if self.kernel.access.decide(actor, door.needs, HOUSE).allowed else None

    def program(self, door: ApiDoor, request: Request, body: bytes) -> Response:
        """Answer a program."""
        return desk.answer(self.kernel, door, request, body, facts_of(request))

    def options(self, request: Request, methods: list[str]) -> Response:
        """Say what may be done at an address of the API."""
        return desk.options(self.kernel, request, methods)

    def refuse(self, request: Request, error: NexusError) -> Response:
        """Answer a request that came through no door, or whose body could not be read."""
        if here_of(request).startswith(API):
            facts = facts_of(request)
            return desk.dressed(self.kernel, request, problem(error, facts["id"]), {"X-Request-Id": facts["id"]})
        return failed(self.visit(request), error, as_json=wants_json(request), again=request.method == "GET")

    def nowhere(self, request: Request, allowed: str) -> Response:
        """Answer what no door answers, or none by this method; *allowed* lists those that there are."""
        path = here_of(request).partition("?")[0]
        if not allowed:
            return self.refuse(request, NotFound(f"There is no page at {path[:200]}."))
        said = f"{path[:200]} cannot be asked for by {request.method}."
        if request.method == "GET":
            said += " It takes what a form sends: go back to the page before, and press its button."
        answer = self.refuse(request, MethodNotAllowed(said))
        answer.headers["Allow"] = allowed
        return answer

    def visit(self, request: Request, posted: Posted = ()) -> Visit:
        """Return the request as pages see it."""
        cookie = request.cookies.get(COOKIE, "")
        actor = self.kernel.access.actor_of_session(cookie) if cookie else None
        base = request.scope.get("root_path", "")
        reader = reader_of(request.cookies)
        return Visit(
            self.kernel, self.pages, actor or Actor.anonymous(), cookie, request.path_params,
            request.query_params, Form(posted), facts_of(request),
            Locale(reader.zone, base=base, sprite=self.pages.asset("icons.svg", base)), reader, posted,
            here_of(request), request.headers.get("x-nexus-fragment", "")[:200],
            f"{request.url.scheme}://{request.url.netloc}", request.headers.get("x-nexus-window", "")[:40],
        )  # fmt: skip


def _check_house(visit: Visit, door: Door) -> None:
    """Refuse whoever may not do what a page of the house declares; the refusal is written down.

    What is about rows is decided by the actions themselves, on the very table and row.
    """
    if door.needs in (PUBLIC, SIGNED_IN) or "{source}" in door.path:
        return
    needing = [one for one in visit.kernel.actions if one.needs == door.needs]
    if any(one.on != "house" for one in needing):
        return
    house = Target(HOUSE)
    decision = visit.kernel.access.decide(visit.actor, door.needs, HOUSE)
    if not decision.allowed and needing:
        visit.perform(needing[0].name, house)
    if not decision.allowed:
        why = f"{visit.actor.name or visit.actor.id} may not open this: {decision.reason}"
        raise Forbidden(why, "You may not open this page. Ask an administrator.")


def _whole(request: Request) -> bool:
    """Whether a whole page is asked for: neither by a script, nor a stream of events for a page that is there."""
    return "x-nexus-request" not in request.headers and request.headers.get("accept") != "text/event-stream"


def facts_of(request: HTTPConnection) -> Mapping[str, str]:
    """Return what the audit keeps of a request."""
    return {
        "id": new_ulid(),
        "address": request.client.host if request.client else "",
        "agent": request.headers.get("user-agent", "")[:200],
    }


def here_of(request: Request) -> str:
    """Return the address that was asked for, with its query, from our root."""
    path = request.url.path.removeprefix(request.scope.get("root_path", "")) or "/"
    return f"{path}?{request.url.query}" if request.url.query else path


def wants_json(request: Request) -> bool:
    """Whether a program asked: it would rather have JSON than a page."""
    accepted = request.headers.get("accept", "")
    return "json" in accepted and "text/html" not in accepted


def sent_elsewhere(request: Request) -> bool:
    """Whether a page of another site sent this, as far as the browser tells."""
    origin = request.headers.get("origin")
    foreign = bool(origin) and origin != "null" and urlsplit(str(origin)).netloc != request.headers.get("host")
    # A page without an origin of its own (a sandboxed frame) says "null"; the browser knows better where it is from.
    return foreign or request.headers.get("sec-fetch-site") in ("cross-site", "same-site")


def _check_origin(request: Request, visit: Visit, door: Door) -> None:
    """Refuse a post that another site made: by its origin, and by the session's token."""
    if sent_elsewhere(request):
        raise Forbidden("This form was sent from another site.")
    fits = visit.kernel.access.sessions.csrf_fits
    token = visit.form.get("_csrf", "") or request.headers.get("x-csrf-token", "")
    if visit.cookie and door.needs != PUBLIC and not fits(visit.cookie, token):
        raise Forbidden("This form is too old. Go back, load the page again, and send it once more.")
