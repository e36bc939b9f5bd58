"""Dashboards as text: exported, written anew, edited, deleted. The text is the one that a file of the project holds."""

from __future__ import annotations

from starlette.responses import PlainTextResponse, Response

from nexus_admin.actions.house.boards import Board
from nexus_admin.dashboards.files import read, write
from nexus_admin.domain.errors import Conflict, Invalid, NexusError, Refused, SettingError
from nexus_admin.domain.widget import Dashboard
from nexus_admin.web.pages.dashboards.page import HOUSE, OF_SOURCE, OF_TABLE, ONE, place_of
from nexus_admin.web.visit import Door, Visit

_NEW = """\
name = "my-dashboard"
title = "My dashboard"
source = "{source}"

[[widgets]]
widget = "markdown"
title = "What is here"
width = 12

[widgets.options]
text = "Write **widgets** below this one."
"""


def export(visit: Visit) -> Response:
    """GET …/~toml: the dashboard as a file for the project."""
    dashboard = place_of(visit).board.dashboard.model_copy(update={"generated": False})
    headers = {"content-disposition": f'attachment; filename="{dashboard.name}.toml"'}
    return PlainTextResponse(write(dashboard), media_type="application/toml; charset=utf-8", headers=headers)


def new(visit: Visit) -> Response:
    """GET /dashboards/~new: an empty one to begin with; `?from=` one of those that there are."""
    if origin := visit.query.get("from"):
        return _form(visit, _copied(visit.perform("dashboard.view", HOUSE, {"name": origin}).dashboard), None)
    source = next(iter(visit.kernel.sources.names()), "shop")
    return _form(visit, _NEW.format(source=source), None)


def create(visit: Visit) -> Response:
    """POST /dashboards/~new."""
    return _save(visit, None)


def edit(visit: Visit) -> Response:
    """GET …/~edit: the text of a saved one."""
    board = _saved(visit)
    return _form(visit, write(board.dashboard), board)


def update(visit: Visit) -> Response:
    """POST …/~edit."""
    return _save(visit, _saved(visit))


def delete(visit: Visit) -> Response:
    """POST …/~delete: forget a saved one; the audit keeps it."""
    board = place_of(visit).board
    entry = visit.perform("dashboard.delete", HOUSE, {"name": board.dashboard.name})
    return visit.go("/dashboards", f"Deleted {board.dashboard.title}.", entry)


def _copied(dashboard: Dashboard) -> str:
    """Return the text of one like it, under a name of its own."""
    own = {"name": f"{dashboard.name[:95]}-copy", "title": f"{dashboard.title}, copy", "generated": False}
    return write(dashboard.model_copy(update=own))


def _saved(visit: Visit) -> Board:
    board = place_of(visit).board
    if board.origin != "saved":
        raise Refused(f"{board.dashboard.title} is kept in {board.place}. Change it there.")
    return board


def _save(visit: Visit, board: Board | None) -> Response:
    text, version = visit.form.get("toml", ""), visit.form.get("version", "")
    try:
        name = board.dashboard.name if board else ""
        dashboard = read(text, "The text", name, visit.kernel.declared.widgets)
        if board and dashboard.name != name:
            raise SettingError(f"name: this is {name!r}; under another name it would be a second dashboard.")
        told = {"dashboard": dashboard, "version": int(version) if version.isdecimal() else None}
        visit.perform("dashboard.save", HOUSE, told)
    except (SettingError, Invalid, Refused, Conflict) as error:
        return _form(visit, text, board, error=error)
    return visit.go(f"/dashboards/{dashboard.name}", said=f"Saved {dashboard.title}.")


def _form(visit: Visit, text: str, board: Board | None, version: int = 0, error: NexusError | None = None) -> Response:
    back = f"{visit.locale.base}/dashboards" + (f"/{board.dashboard.name}" if board else "")
    return visit.page(
        "dashboards/edit.html", 200 if error is None else 422, toml=text, problem=error, back=back,
        action=f"{back}/~edit" if board else f"{back}/~new", version=board.version if board else version,
        title=f"Edit {board.dashboard.title}" if board else "New dashboard", here="/dashboards",
        widgets=sorted(visit.kernel.declared.widgets),
    )  # fmt: skip


DOORS = (
    Door("/dashboards/~new", new, "dashboard.save"),
    Door("/dashboards/~new", create, "dashboard.save", ("POST",)),
    Door(f"{ONE}/~edit", edit, "dashboard.save"),
    Door(f"{ONE}/~edit", update, "dashboard.save", ("POST",)),
    Door(f"{ONE}/~delete", delete, "dashboard.delete", ("POST",)),
    *(Door(f"{path}/~toml", export, "dashboard.view") for path in (ONE, OF_SOURCE, OF_TABLE)),
)
