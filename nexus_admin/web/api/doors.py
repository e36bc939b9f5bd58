"""Every door of the house for programs, in the order in which addresses are tried: each module lists its own."""

from __future__ import annotations

from starlette.responses import Response

from nexus_admin.actions.rows.describing import described_action
from nexus_admin.web.api import actions, audit, brokers, export, queries, rows, sources
from nexus_admin.web.api.answers import Json
from nexus_admin.web.api.call import ApiCall, ApiDoor
from nexus_admin.web.api.openapi import description, told_sources
from nexus_admin.web.visit import PUBLIC


def describe(call: ApiCall) -> Response:
    """GET /api/openapi.json: what can be asked; the tables only for those who may see them."""
    own = [described_action(one) for one in actions.of_house(call)] if call.actor.signed_in else []
    return Json(description(DOORS, call.base, told_sources(call.kernel, call), own))


# Words of ours come before what may be the name of a source.
DOORS: tuple[ApiDoor, ...] = (
    ApiDoor(
        "/api/openapi.json", describe, PUBLIC, "GET", "This description.", "describeApi", types=("application/json",),
        group="About",
    ),
    *sources.HOUSE_DOORS,
    *queries.DOORS,
    *audit.DOORS,
    *brokers.DOORS,
    *actions.DOORS,
    *sources.DOORS,
    *export.DOORS,  # before rows: ~export is no key
    *rows.DOORS,
    *actions.ROW_DOORS,
)  # fmt: skip
