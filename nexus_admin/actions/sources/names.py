"""What names a source: dashboards, roles and favourites. All of it follows when the source gets another name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from nexus_admin.access.records import raise_version
from nexus_admin.actions.access.within import record_role, room
from nexus_admin.actions.house.boards import Boards, saved
from nexus_admin.actions.house.dashboards import keep
from nexus_admin.actions.unit import Unit
from nexus_admin.domain.address import segment
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.role import Role
from nexus_admin.domain.widget import Dashboard
from nexus_admin.state.engine import State
from nexus_admin.state.tables.preferences import preference


@dataclass(frozen=True, slots=True)
class Named:
    """What names a source.

    Args:
        dashboards: Titles of the saved ones.
        roles: Titles of roles with a grant for it by name; patterns mean other sources too and stay.
        favourites: How many pages of it people keep.
        files: Files and extensions with a dashboard of it. Nexus does not write them.
    """

    dashboards: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    favourites: int = 0
    files: tuple[str, ...] = ()


def named(unit: Unit, name: str) -> Named:
    """Return what names the source called *name*."""

    def look(connection: sa.Connection) -> Named:
        boards = [one.dashboard.title for one in saved(connection) if _about(one.dashboard, name)]
        roles = [one.title or one.name for one in room(unit).roles.all() if _grants(one, name)]
        declared = unit.service(Boards).declared()[0].values()
        files = [one.place for one in declared if _about(one.dashboard, name)]
        return Named(tuple(boards), tuple(roles), len(favourites(connection, name)), tuple(files))

    return look(unit.connection) if unit.connection is not None else unit.service(State).read(look)


def follow(unit: Unit, old: str, new: str) -> Named:
    """Let everything that names the source *old* name it *new*, in the transaction of *unit*."""
    found = named(unit, old)
    for board in list(saved(unit.connection)):
        if _about(board.dashboard, old):
            keep(unit, _board(board.dashboard, old, new), board)
    access = room(unit)
    for role in access.roles.all():
        if _grants(role, old):
            raise_version(unit.connection)
            after = _role(role, old, new)
            access.roles.save_within(unit.connection, after, unit.actor)
            record_role(unit, role.name, role, after)
    for person, pages in favourites(unit.connection, old):
        mine = (preference.c.user_id == person, preference.c.key == "favourites")
        moved = [{**one, "path": _path(one["path"], old, new)} for one in pages]
        values = {"value": moved, "at": datetime.now(UTC)}
        unit.connection.execute(preference.update().where(*mine).values(values))
    return found


def _about(board: Dashboard, name: str) -> bool:
    return board.source == name or any(_says(one.options, name) for one in board.widgets)


def _says(options: Any, name: str) -> bool:
    if isinstance(options, Mapping):
        return any((key == "source" and one == name) or _says(one, name) for key, one in options.items())
    return isinstance(options, list | tuple) and any(_says(one, name) for one in options)


def _board(board: Dashboard, old: str, new: str) -> Dashboard:
    widgets = tuple(one.model_copy(update={"options": _said(one.options, old, new)}) for one in board.widgets)
    return board.model_copy(update={"source": new if board.source == old else board.source, "widgets": widgets})


def _said(options: Any, old: str, new: str) -> Any:
    """Return a widget's options with each `source` that is *old* made *new*."""
    if isinstance(options, Mapping):
        return {key: new if key == "source" and one == old else _said(one, old, new) for key, one in options.items()}
    return [_said(one, old, new) for one in options] if isinstance(options, list | tuple) else options


def _grants(role: Role, name: str) -> bool:
    return any(one.source == name for one in role.grants)


def _role(role: Role, old: str, new: str) -> Role:
    grants = tuple(one.model_copy(update={"source": new}) if one.source == old else one for one in role.grants)
    return role.model_copy(update={"grants": grants})


def favourites(connection: sa.Connection, name: str) -> list[tuple[str, list[dict[str, str]]]]:
    """Return the favourites of everybody who keeps a page of the source."""
    statement = sa.select(preference.c.user_id, preference.c.value).where(preference.c.key == "favourites")
    kept = [(person, pages) for person, pages in connection.execute(statement) if isinstance(pages, list)]
    return [kept_by for kept_by in kept if any(of_source(one["path"], name) for one in kept_by[1])]


def of_source(path: str, name: str) -> bool:
    """Whether *path* is the address of a page of the source called *name*."""
    return _path(path, name, "") != path


def _path(path: str, old: str, new: str) -> str:
    """Return a page's address as the source's new name has it; that of another page as it is."""
    for root in ("/s/", "/sources/"):
        before = f"{root}{segment(old)}"
        rest = path.removeprefix(before)
        if path.startswith(before) and (not rest or rest[0] in "/?#"):
            return f"{root}{segment(new)}{rest}"
    return path
