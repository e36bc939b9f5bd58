"""Health: whether the process answers, and whether it can work."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from nexus_admin.web.visit import PUBLIC, Door, Visit


def healthz(_visit: Visit) -> Response:
    """GET /healthz: the process is up."""
    return JSONResponse({"status": "ok"})


def readyz(visit: Visit) -> Response:
    """GET /readyz: the state answers; how the sources are is not told to strangers."""
    ready = "set-up" if visit.kernel.access.setup.open else "ready"
    return JSONResponse({"status": ready})


DOORS = (
    Door("/healthz", healthz, PUBLIC),
    Door("/readyz", readyz, PUBLIC),
)
