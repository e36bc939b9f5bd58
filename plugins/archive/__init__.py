"""Archive and restore rows of tables that keep a time (`archived_at`) or a flag (`active`) for it."""

from __future__ import annotations

from typing import Any

from nexus_admin.sdk import Action, EventModel, Nothing, Refused, Resource, hookimpl

from .marks import Mark, mark_of


class Archived(EventModel, name="archive.archived"):
    """A row was archived."""

    key: str


class Restored(EventModel, name="archive.restored"):
    """A row that was archived is back."""

    key: str


@hookimpl
def nexus_events() -> list[type[EventModel]]:
    """Declare what both tell of."""
    return [Archived, Restored]


@hookimpl
def nexus_actions() -> list[Action]:
    """Offer both on every table that has such a field."""
    return [
        Action("archive.archive", Nothing, archive, "Archive", suits=has_mark, icon="box"),
        Action("archive.restore", Nothing, restore, "Restore", suits=has_mark, icon="undo"),
    ]


def has_mark(resource: Resource) -> bool:
    """Return whether rows of *resource* can be archived."""
    return mark_of(resource) is not None


def archive(unit: Any, _data: Nothing) -> None:
    """Mark the row as archived.

    Raises:
        Refused: it is archived already, or the table keeps no mark.
    """
    mark, row = _marked(unit)
    if mark.archived(row.get(mark.field)):
        raise Refused("It is archived already.")
    unit.rows().update(**{mark.field: mark.archive()})
    unit.emit(Archived(key=unit.target.key))


def restore(unit: Any, _data: Nothing) -> None:
    """Take the mark away.

    Raises:
        Refused: it is not archived, or the table keeps no mark.
    """
    mark, row = _marked(unit)
    if not mark.archived(row.get(mark.field)):
        raise Refused("It is not archived.")
    unit.rows().update(**{mark.field: mark.restore()})
    unit.emit(Restored(key=unit.target.key))


def _marked(unit: Any) -> tuple[Mark, Any]:
    mark = mark_of(unit.source.schema.resource(unit.target.resource))
    if mark is None:
        raise Refused(f"{unit.target.resource} keeps no mark by which a row could be archived.")
    return mark, unit.rows().one()
