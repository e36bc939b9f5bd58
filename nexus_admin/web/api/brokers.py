"""Brokers over HTTP: each action on them at `/api/v1/brokers/{its name}`; jobs and events are listed as rows are."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from nexus_admin.actions.brokers import bundled as brokers
from nexus_admin.actions.brokers.plain import plain
from nexus_admin.actions.jobs import acts as job_acts
from nexus_admin.actions.jobs import background as job_background
from nexus_admin.actions.jobs import projections, schedules
from nexus_admin.domain.action import Action
from nexus_admin.domain.errors import BadRequest
from nexus_admin.domain.target import Target
from nexus_admin.web.api.answers import Json
from nexus_admin.web.api.call import ApiCall, ApiDoor, Parameter
from nexus_admin.web.api.parameters import IDEMPOTENCY

HOUSE = Target("nexus")
ROOT = "/api/v1/brokers"


def _handler(name: str) -> Callable[[ApiCall], Response]:
    def look(call: ApiCall) -> Response:
        return Json({"result": plain(call.perform(name, HOUSE, call.query))})

    return look


def _doer(name: str) -> Callable[[ApiCall], Response]:
    def do(call: ApiCall) -> Response:
        given = call.json()
        if not isinstance(given, dict):
            raise BadRequest('Send an object: {"name": value, …}.')
        return Json({"result": plain(call.perform(name, HOUSE, given))})

    return do


def _door(action: Action) -> ApiDoor:
    """Return the operation of one action: what looks takes its input from the query string, all else from the body."""
    noun, _, verb = action.name.partition(".")
    named = f"{noun}{verb.title()}"
    if action.writes:
        return ApiDoor(
            f"{ROOT}/{action.name}", _doer(action.name), action.needs, "POST", f"{action.title}.", named, action.input,
            "BrokerResult", parameters=(IDEMPOTENCY,), group="Brokers",
        )  # fmt: skip
    shapes = action.input.model_json_schema().get("properties", {})
    asked = tuple(
        Parameter(name, shape.get("description", ""), {"type": "string", **_kept(shape)})
        for name, shape in shapes.items()
    )
    return ApiDoor(
        f"{ROOT}/{action.name}", _handler(action.name), action.needs, "GET", f"{action.title}.", named, None,
        "BrokerResult", parameters=asked, group="Brokers",
    )  # fmt: skip


def _kept(shape: dict[str, object]) -> dict[str, object]:
    """Return of a field's shape what holds for its text in a query string, too."""
    names = ("type", "enum", "default", "minimum", "maximum", "minLength", "maxLength")
    return {} if shape.get("type") == "array" else {name: shape[name] for name in names if name in shape}


_FOLLOWED = tuple(one for one in job_background.ACTIONS if one.name in ("job.follow", "job.withdraw"))
DOORS = tuple(
    _door(one) for one in (*brokers.ACTIONS, *job_acts.ACTIONS, *_FOLLOWED, *schedules.ACTIONS, *projections.ACTIONS)
)
