"""Answering a program: who asks, how often they may, whether they asked this before, and what went wrong."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from nexus_admin.access.tokens import OPENS_NOTHING
from nexus_admin.actions.hints import told_to
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.address import text_of
from nexus_admin.domain.errors import BadRequest, Forbidden, NexusError, NotAcceptable, SignInNeeded
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.web import rates
from nexus_admin.web.api.answers import given_again, kept
from nexus_admin.web.api.call import ApiCall, ApiDoor
from nexus_admin.web.api.problems import problem
from nexus_admin.web.cookies import COOKIE
from nexus_admin.web.visit import PUBLIC

log = logging.getLogger(__name__)
SAFE = ("GET", "HEAD", "OPTIONS")
EXPOSED = (
    "ETag, Link, Location, Nexus-Entry, RateLimit, RateLimit-Policy, RateLimit-Limit, RateLimit-Remaining, "
    "RateLimit-Reset, Retry-After"
)


def answer(kernel: Kernel, door: ApiDoor, request: Request, body: bytes, facts: Mapping[str, str]) -> Response:
    """Answer one request at *door*; runs in a thread. Every error comes back as a problem."""
    headers: dict[str, str] = {}
    actor = Actor.anonymous()
    try:
        actor = _actor(kernel, request)
        routes = (door.needs, f"{door.method} {door.path}")
        asker, limit = rates.asker_of(actor, facts["address"]), kernel.settings["api.requests_per_minute"]
        headers = rates.fields(kernel.access.rates.of_program(asker, limit, *routes))
        if door.needs != PUBLIC and not actor.signed_in:
            raise SignInNeeded("Send `Authorization: Bearer` with an API token, or sign in.")
        _check_accept(request.headers.get("accept", ""), door)
        _check_query([name for name, _ in request.query_params.multi_items()], door)
        found = _once(_call(kernel, actor, request, body, facts), door)
    except NexusError as error:
        found = problem(told_to(actor, error, kernel.access, kernel.sources), facts["id"])
        headers = headers or rates.refused(error)
    except Exception:
        log.exception("Request %s could not be answered.", facts["id"])
        found = problem(
            NexusError("This is our mistake, and it was written down. Try again, or tell us the request."), facts["id"]
        )
    return dressed(kernel, request, found, {**headers, "X-Request-Id": facts["id"]})


def dressed(kernel: Kernel, request: Request, found: Response, headers: Mapping[str, str]) -> Response:
    """Return *found* with the headers of all answers of the API; pages of other sites read it only if they are set."""
    for name, text in headers.items():
        found.headers[name] = text
    found.headers.append("Vary", "Authorization, Cookie, Origin, Accept")
    origin = request.headers.get("origin", "")
    if origin and origin in kernel.settings["server.cors_origins"]:
        found.headers["Access-Control-Allow-Origin"] = origin
        found.headers["Access-Control-Expose-Headers"] = EXPOSED
    return found


def options(kernel: Kernel, request: Request, methods: list[str]) -> Response:
    """Say what may be done at an address; also to a browser that asks on behalf of another site's page."""
    allowed = ", ".join(methods)
    found = Response(status_code=204, headers={"Allow": allowed})
    if request.headers.get("origin", "") in kernel.settings["server.cors_origins"]:
        found.headers["Access-Control-Allow-Methods"] = allowed
        found.headers["Access-Control-Allow-Headers"] = (
            "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match"
        )
        found.headers["Access-Control-Max-Age"] = "600"
    return dressed(kernel, request, found, {})


def _call(kernel: Kernel, actor: Actor, request: Request, body: bytes, facts: Mapping[str, str]) -> ApiCall:
    base = request.scope.get("root_path", "")
    return ApiCall(
        kernel, actor, request.method, request.path_params, request.query_params, request.headers, body, facts,
        base, request.scope["path"].removeprefix(base),
    )  # fmt: skip


def _actor(kernel: Kernel, request: Request) -> Actor:
    """Return who asks: by a token, or by the session of a browser, whose writes must come from our own pages.

    Raises:
        SignInNeeded: there is a token, and it opens nothing.
        Forbidden: another site's page has sent this.
    """
    given = request.headers.get("authorization", "")
    if given:
        scheme, _, token = given.partition(" ")
        actor = kernel.access.actor_of_token(token.strip()) if scheme.lower() == "bearer" else None
        if actor is None:
            raise SignInNeeded(OPENS_NOTHING)
        return actor
    cookie = request.cookies.get(COOKIE, "")
    actor = kernel.access.actor_of_session(cookie) if cookie else None
    if actor is None:
        return Actor.anonymous()
    if request.method not in SAFE:
        origin = request.headers.get("origin")
        foreign = bool(origin) and origin != "null" and urlsplit(str(origin)).netloc != request.headers.get("host")
        if foreign or not kernel.access.sessions.csrf_fits(cookie, request.headers.get("x-csrf-token", "")):
            raise Forbidden("With a session, a change needs its token in `X-CSRF-Token`. Or use an API token.")
    return actor


def _check_accept(header: str, door: ApiDoor) -> None:
    """Refuse where the asker takes nothing that this door gives; problems are sent in any case."""
    if not header:
        return
    taken = {part.partition(";")[0].strip().lower() for part in header.split(",")}
    for kind in door.types:
        if taken & {kind, f"{kind.partition('/')[0]}/*", "*/*"}:
            return
    raise NotAcceptable(f"This answers with {' or '.join(door.types)}, which `Accept` does not name.")


def _check_query(names: list[str], door: ApiDoor) -> None:
    """Refuse what the door does not know, or is told twice: a filter that is spelled wrong must not give more rows."""
    known = [one.name for one in door.parameters if one.place == "query"]
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known, f"There are: {', '.join(known)}." if known else "It takes none.")
            raise BadRequest(f"There is no parameter called {name[:40]!r} here.{hint}")
        if names.count(name) > 1:
            raise BadRequest(f"`{name}` is given more than once. Say it once.")


def _once(call: ApiCall, door: ApiDoor) -> Response:
    """Do what is asked; with an `Idempotency-Key` at most once, and answer alike when asked again."""
    key = call.headers.get("idempotency-key")
    if key is None or call.method in SAFE:
        return door.handle(call)
    if not (1 <= len(key) <= 255 and key.isprintable()):
        raise BadRequest("An Idempotency-Key has 1 to 255 letters.")
    repeats, source = call.kernel.repeats, call.path.get("source")
    rights = f"{call.kernel.access.version}.{call.actor.version}"
    earlier = repeats.begin(call.actor.id, key, _fingerprint(call), source and text_of(source))
    if earlier is not None:
        return given_again(earlier, whole=earlier.get("rights") == rights)
    try:
        found = door.handle(call)
    except NexusError as error:
        # Up to here a refusal means that nothing was done; what may have been done is not tried again.
        if error.status < 500:
            repeats.forget(call.actor.id, key)
        raise
    repeats.end(call.actor.id, key, {**kept(found), "rights": rights})
    return found


def _fingerprint(call: ApiCall) -> str:
    address = f"{call.method} {call.here}?{call.query}\n".encode("utf-8", "surrogatepass")
    return hashlib.sha256(address + call.body).hexdigest()
