"""Addresses of a source that was renamed: who may know of it is sent on to where its pages are now."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from nexus_admin.actions.rows.describing import knows_source
from nexus_admin.domain.address import segment
from nexus_admin.domain.errors import UnknownSource
from nexus_admin.web.visit import Visit

ROOTS = ("/s/", "/sources/")


def forwarded(visit: Visit, error: Exception) -> Response | None:
    """Return the way to the page under the source's name of today; None where *error* has another reason."""
    if not isinstance(error, UnknownSource):
        return None
    status = visit.kernel.sources.called_now(error.name)
    if status is None or status.source is None or not knows_source(visit.kernel.access, visit.actor, status.source):
        return None
    for root in ROOTS:
        before = f"{root}{segment(error.name)}"
        rest = visit.here.removeprefix(before)
        if visit.here.startswith(before) and (not rest or rest[0] in "/?"):
            return RedirectResponse(f"{visit.locale.base}{root}{segment(status.name)}{rest}", 302)
    return None
