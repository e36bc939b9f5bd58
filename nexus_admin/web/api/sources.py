"""What there is: the data sources, and what each holds, as far as the asker may know of it."""

from __future__ import annotations

from starlette.responses import Response

from nexus_admin.actions.rows.describing import described, schema_or_none, visible
from nexus_admin.domain.errors import UnknownSource
from nexus_admin.domain.target import Target
from nexus_admin.web.api.answers import Json
from nexus_admin.web.api.call import ApiCall, ApiDoor
from nexus_admin.web.visit import SIGNED_IN


def show_all(call: ApiCall) -> Response:
    """GET /api/v1/sources: the sources in which the asker may see anything."""
    kernel = call.kernel
    told = []
    for source in kernel.sources:
        shown = visible(source, kernel.access, call.actor)
        schema = schema_or_none(source)
        if shown:
            told.append(
                {
                    "name": source.name,
                    "dialect": source.dialect,
                    "version": schema.version if schema else None,
                    "writable": not source.read_only,
                    "level": source.level,
                    "resources": [one.name for one in shown],
                    "links": {"self": call.address(Target(source.name))},
                }
            )
    return Json({"sources": told})


def show_one(call: ApiCall) -> Response:
    """GET /api/v1/{source}: its tables, fields, kinds and relations, and what the asker may do."""
    kernel, name = call.kernel, call.target.source
    if name in kernel.sources.names() and schema_or_none(kernel.sources.get(name)) is None:
        kernel.sources.get(name).schema  # noqa: B018  it is being read, or does not answer: this says why
    known = [one.name for one in kernel.sources if visible(one, kernel.access, call.actor)]
    if name not in known:
        raise UnknownSource(name, known)
    return Json(described(kernel.sources.get(name), kernel.access, kernel.actions, call.actor))


HOUSE_DOORS = (
    ApiDoor(
        "/api/v1/sources", show_all, SIGNED_IN, "GET", "The data sources.", "listSources", None, "Sources",
        group="Sources",
    ),
)  # fmt: skip

DOORS = (
    ApiDoor(
        "/api/v1/{source}", show_one, SIGNED_IN, "GET", "What a source holds, and what you may do there.",
        "readSource", None, "Source", group="Sources",
    ),
)  # fmt: skip
