"""The cookie of a session: its name, and how a browser is given it."""

from __future__ import annotations

from starlette.responses import Response

from nexus_admin.web.visit import Visit

COOKIE = "nx_session"


def with_session(visit: Visit, answer: Response, cookie: str) -> Response:
    """Give the browser a session's cookie."""
    secure = visit.kernel.settings["server.base_url"].startswith("https://")
    longest = int(visit.kernel.access.sessions.lifetime.longest.total_seconds())
    path = visit.locale.base or "/"
    answer.set_cookie(COOKIE, cookie, path=path, httponly=True, samesite="lax", secure=secure, max_age=longest)
    return answer
