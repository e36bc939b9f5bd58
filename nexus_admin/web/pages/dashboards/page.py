"""Dashboards: the index, one of them, one of its widgets, and those that are made up for a source or a table."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from starlette.responses import JSONResponse, Response

from nexus_admin.actions.house.boards import Board
from nexus_admin.actions.plain import to_json as plain_json
from nexus_admin.actions.rows.query import write_query
from nexus_admin.dashboards.draw import GRAIN
from nexus_admin.dashboards.drawn import DrawnDashboard, DrawnWidget
from nexus_admin.dashboards.filters import PREFIX
from nexus_admin.dashboards.places import PLACES
from nexus_admin.dashboards.together import Together
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadRequest, NotFound
from nexus_admin.domain.kinds import GRAINS
from nexus_admin.domain.query import Asked, Entry, FunctionCall, Query
from nexus_admin.domain.target import Target
from nexus_admin.language.json_form import to_json
from nexus_admin.screens.formats import plural
from nexus_admin.sdk.figures import bucket, figure
from nexus_admin.web.extension_files import address_of
from nexus_admin.web.pages.lists.page import target_of
from nexus_admin.web.painting import Painting
from nexus_admin.web.visit import Door, Visit

HOUSE = Target("nexus")
WIDGET = re.compile(r"w\d{1,4}")
BUDGET = 0.4
"""Seconds that a page waits for its widgets where a script can fetch the others later."""

FROM, UNTIL = "from.", "until."
"""Before a period's field: its first and last day, as a form sends them."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a dashboard stands: its own address, or that of what it was made up for."""

    board: Board
    path: str
    source: str = ""
    resource: str = ""
    title: str = ""


def index(visit: Visit) -> Response:
    """GET /dashboards: every dashboard that there is to open."""
    shelf = visit.perform("dashboard.list", HOUSE)
    titles = {"saved": "", "project": "File", "extension": "Extension"}
    boards = [
        {
            "title": one.dashboard.title,
            "description": one.dashboard.description,
            "source": one.dashboard.source,
            "url": f"{visit.locale.base}/dashboards/{one.dashboard.name}",
            "widgets": plural(len(one.dashboard.widgets), "widget"),
            "origin": titles[one.origin],
        }
        for one in shelf.boards
    ]
    generated = [
        {"title": f"Overview of {name}", "source": name, "url": f"{visit.locale.base}{Target(name).path}/~dashboard"}
        for name in shelf.sources
    ]
    return visit.page(
        "dashboards/index.html", dashboards=boards, generated=generated, errors=shelf.problems, here="/dashboards",
        may_save=_may(visit, "dashboard.save"),
    )  # fmt: skip


def show(visit: Visit) -> Response:
    """GET a dashboard: what is quick is drawn, what is slow comes later; without scripts all of it is there."""
    given = _given(visit)
    if any(name.startswith((FROM, UNTIL)) for name in visit.query):
        return visit.go(_address(visit.here.partition("?")[0], given))
    place = place_of(visit)
    query = urlencode(_flat(given))
    tail = f"?{query}" if query else ""
    painting = Painting(visit, _remembering(visit), f"{place.path}{tail}")
    budget = BUDGET if visit.reader.zone_name and "whole" not in visit.query else None
    together = visit.kernel.services.get(Together)
    drawn = together.draw(painting.painter, place.board.dashboard, given, budget, _wanted(visit))
    base = visit.locale.base

    def fragment_of(widget: DrawnWidget) -> str:
        return f"{base}{place.path}/~w/{widget.id[1:]}{tail}"

    return visit.page(
        "dashboards/view.html", dashboard=drawn, board=place.board, path=f"{base}{place.path}", tail=tail,
        part=painting.part(place.board.dashboard), fragment_of=fragment_of, grains=GRAINS, place=place,
        may_save=_may(visit, "dashboard.save"), may_delete=_may(visit, "dashboard.delete"),
        here=Target(place.source, place.resource).path if place.resource else "/dashboards",
        assets=_assets(visit, drawn), **_drawing(visit),
    )  # fmt: skip


def widget(visit: Visit) -> Response:
    """GET …/~w/{at}: one widget alone."""
    place, given = place_of(visit), _given(visit)
    query = urlencode(_flat(given))
    path, tail = f"{visit.locale.base}{place.path}", f"?{query}" if query else ""
    painter = Painting(visit, _remembering(visit), f"{place.path}{tail}").painter
    drawn = painter.draw_widget(place.board.dashboard, _at(visit), given)
    return visit.page(
        "dashboards/_widget.html", widget=drawn, fragment=f"{path}/~w/{drawn.id[1:]}{tail}",
        again=f"{path}{tail}#{drawn.id}", **_drawing(visit),
    )  # fmt: skip


def questions(visit: Visit) -> Response:
    """GET …/~query/{at}: what a widget asks, as `POST /api/v1/query` takes it."""
    place = place_of(visit)
    painter = Painting(visit, {}).painter
    asked = painter.asked(place.board.dashboard, _at(visit), _given(visit))
    return JSONResponse({"queries": [_json(one) for one in asked]})


def keep(visit: Visit) -> Response:
    """POST …/~dashboard: save a made-up dashboard as one of ours, to be changed from then on."""
    place = place_of(visit)
    told = place.board.dashboard.model_dump(mode="json") | {"generated": False}
    visit.perform("dashboard.save", HOUSE, {"dashboard": told, "version": 0})
    return visit.go(f"/dashboards/{place.board.dashboard.name}", said=f"Saved {place.board.dashboard.title}.")


def place_of(visit: Visit) -> Place:
    """Return the dashboard that the address names."""
    if "name" in visit.path:
        name = visit.path["name"]
        return Place(visit.perform("dashboard.view", HOUSE, {"name": name}), f"/dashboards/{name}")
    target = target_of(visit)
    told = {"source": target.source, "resource": target.resource}
    board = visit.perform("dashboard.generate", HOUSE, told)
    table = target.resource or ""
    title = visit.kernel.sources.get(target.source).schema.resource(table).title if table else ""
    return Place(board, f"{target.path}/~dashboard", target.source, table, title)


def _given(visit: Visit) -> dict[str, str]:
    """The filters of the address; two days of a form become a period."""
    given = {name: visit.query[name] for name in visit.query if name.startswith((PREFIX, *PLACES)) or name == GRAIN}
    fields = {name.partition(".")[2] for name in visit.query if name.startswith((FROM, UNTIL))}
    for field in fields:
        days = visit.query.get(FROM + field, ""), visit.query.get(UNTIL + field, "")
        if any(days):
            given[PREFIX + field] = "..".join(days)
    return given


def _flat(given: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in given.items() if value or name != GRAIN}


def _address(path: str, given: dict[str, str]) -> str:
    query = urlencode(_flat(given))
    return f"{path}?{query}" if query else path


def _wanted(visit: Visit) -> frozenset[str] | None:
    """Return the ids of the widgets that a script wants, fresh or after it has sent their forms; None for all."""
    names = [name for name in visit.fragment.split() if name != "nx-toasts"]
    if not names or not all(name.startswith("entry-") or WIDGET.fullmatch(name) for name in names):
        return None
    return frozenset(name.removeprefix("entry-") for name in names)


def _remembering(visit: Visit) -> dict[str, Any]:
    """How old answers may be; where the reader wants them fresh, they are asked anew for everybody."""
    age, stale = (float(visit.kernel.settings[f"dashboards.{name}"]) for name in ("max_age_seconds", "stale_seconds"))
    cache = "swr" if stale else "ttl" if age else "none"
    return {"cache": cache, "max_age": age, "stale": stale, "fresh": "fresh" in visit.query}


def _drawing(visit: Visit) -> dict[str, Any]:
    return {"sprite": visit.locale.sprite, "figure": figure, "bucket": bucket, "anew": _anew}


def _assets(visit: Visit, drawn: DrawnDashboard) -> list[str]:
    """Return the addresses of the files that the widgets on the page bring, each once."""
    kernel, found = visit.kernel, []
    files = {(kernel.declared.widgets[one.name].owner, name): None for one in drawn.widgets for name in one.assets}
    for owner, name in files:
        try:
            found.append(visit.locale.base + address_of(kernel, owner, name))
        except NotFound as error:
            kernel.hooks.fault(owner, error)
    return found


def _anew(address: str) -> str:
    """Return the *address* of a page, asked anew; without a place in it, or no part alone would be swapped."""
    path = address.partition("#")[0]
    return f"{path}{'&' if '?' in path else '?'}fresh=1"


def _may(visit: Visit, action: str) -> bool:
    allowed: bool = visit.kernel.access.decide(visit.actor, action, "nexus", None).allowed
    return allowed


def _at(visit: Visit) -> int:
    try:
        return int(visit.path["at"]) - 1
    except ValueError:
        raise BadRequest(f"{visit.path['at'][:40]!r} is no number of a widget.") from None


def _json(asked: Asked) -> dict[str, Any]:
    if isinstance(asked, FunctionCall):
        return {"action": asked.action, "data": plain_json(dict(asked.data))}
    if isinstance(asked, Entry):
        entry: dict[str, Any] = {"source": asked.source, "resource": asked.resource, "action": asked.action}
        return entry | {"key": asked.key, "fields": list(asked.fields), "presets": plain_json(dict(asked.presets))}
    if isinstance(asked, Query):
        return write_query(asked)
    request = asked.request
    where = None if request.where is None else to_json(request.where)
    told = {"source": asked.source, "resource": asked.resource, "filter": where, "fields": list(request.fields)}
    return told | {"sort": list(request.sort), "limit": request.limit}


ONE = "/dashboards/{name}"
OF_TABLE = "/s/{source}/{resource}/~dashboard"
OF_SOURCE = "/s/{source}/~dashboard"
DOORS = (
    Door("/dashboards", index, "dashboard.view"),
    *(
        door
        for path in (ONE, OF_SOURCE, OF_TABLE)
        for door in (
            Door(path, show, "dashboard.view"),
            Door(f"{path}/~w/{{at}}", widget, "dashboard.view"),
            Door(f"{path}/~query/{{at}}", questions, "dashboard.view"),
        )
    ),
    *(Door(path, keep, "dashboard.save", ("POST",)) for path in (OF_SOURCE, OF_TABLE)),
)
