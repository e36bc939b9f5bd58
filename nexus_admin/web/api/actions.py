"""Actions of extensions over HTTP: on a row as its buttons do them, and on the house by themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic_core import to_jsonable_python
from starlette.responses import Response

from nexus_admin.actions.rows.describing import described_action, pressable
from nexus_admin.domain.action import Action
from nexus_admin.domain.errors import BadRequest, UnknownAction
from nexus_admin.domain.target import Target
from nexus_admin.web.api import parameters
from nexus_admin.web.api.answers import Json
from nexus_admin.web.api.call import ApiCall, ApiDoor
from nexus_admin.web.visit import SIGNED_IN

HOUSE = Target("nexus")


def show(call: ApiCall) -> Response:
    """GET /api/v1/actions: the extensions' actions that belong to no row, as far as the asker may do them."""
    return Json({"actions": [described_action(one) for one in of_house(call)]})


def do_by_itself(call: ApiCall) -> Response:
    """POST /api/v1/actions/{action}: do one of them."""
    return _done(call, of_house(call), HOUSE)


def do_on_row(call: ApiCall) -> Response:
    """POST …/{key}/actions/{action}: do to a row what its page has a button for."""
    record = call.perform("row.read", call.target, {"labels": False})
    offered = pressable(call.kernel.access, call.kernel.actions, call.actor, record.resource)
    return _done(call, offered, call.target)


def of_house(call: ApiCall) -> list[Action]:
    """Return the actions of extensions that belong to no row and that the asker may do."""
    decide = call.kernel.access.decide
    own = (one for one in call.kernel.actions if one.on == "house" and one.owner != "nexus")
    return [one for one in own if decide(call.actor, one.needs, HOUSE.source).allowed]


def _done(call: ApiCall, offered: Iterable[Action], target: Target) -> Response:
    known = {one.name: one for one in offered}
    name = call.path["action"]
    if name not in known:
        raise UnknownAction(name, known)
    given: Any = call.json() if call.body.strip() else {}
    if not isinstance(given, dict):
        raise BadRequest('Send what the action needs as an object: {"name": value, …}.')
    result = call.perform(name, target, given)
    return Json({"result": to_jsonable_python(result, fallback=str, bytes_mode="base64")})


DOORS = (
    ApiDoor(
        "/api/v1/actions", show, SIGNED_IN, "GET", "Actions of extensions that belong to no row.", "listActions", None,
        "Actions", group="Actions",
    ),
    ApiDoor(
        "/api/v1/actions/{action}", do_by_itself, SIGNED_IN, "POST", "Do an action of an extension.", "doAction",
        "ActionInput", "ActionResult", parameters=(parameters.IDEMPOTENCY,), group="Actions",
    ),
)  # fmt: skip
ROW_DOORS = (
    ApiDoor(
        "/api/v1/{source}/{resource}/{key}/actions/{action}", do_on_row, SIGNED_IN, "POST",
        "Do an action of an extension to a row.", "doRowAction", "ActionInput", "ActionResult",
        parameters=(parameters.IDEMPOTENCY,), group="Actions",
    ),
)  # fmt: skip
