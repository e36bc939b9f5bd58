"""Many rows at once: `rows.update` and `rows.delete`. One call, one transaction, one entry, one undo."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from nexus_admin.actions.rows.listing import ListInput, list_request
from nexus_admin.actions.unit import Unit
from nexus_admin.domain.action import Action, Event
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadRequest, Refused
from nexus_admin.domain.row import ListRequest
from nexus_admin.domain.target import Target

MOST = 10_000
"""Rows that one call may change."""


class Chosen(ListInput):
    """Which rows: those with these keys, or all that a filter and a search find."""

    keys: list[str] = Field(default_factory=list, max_length=MOST, description="Key segments.")
    everything: bool = Field(False, description="All that `filter` and `search` find, instead of `keys`.")
    expected: int | None = Field(None, ge=0, description="How many rows the asker was shown; None to trust.")


class EditMany(Chosen):
    """Which rows, and what to write into each."""

    values: dict[str, Any] = Field(min_length=1, description="New values by field, as JSON or as texts of a form.")


@dataclass(frozen=True, slots=True)
class ManyDone:
    """How many rows were changed, and the ledger entry by which they can be taken back as one."""

    rows: int
    entry: str


def update_rows(unit: Unit, data: EditMany) -> ManyDone:
    """Write the same values into many rows; one that refuses stops them all.

    Raises:
        Refused: there are too many, or more or fewer than the asker was shown.
    """
    resource = unit.target.resource or ""
    changed = 0
    keys = chosen(unit, data)
    for at, key in enumerate(keys):
        unit.progress(at, len(keys))
        change = unit.all_rows.update(resource, key, data.values)
        if change.fields():
            unit.record(change)
            announce(unit, "row.updated", key, fields=change.fields())
            changed += 1
    unit.detail = f"{changed:,} rows"
    unit.emit("rows.updated", rows=changed)
    return ManyDone(changed, unit.entry)


def delete_rows(unit: Unit, data: Chosen) -> ManyDone:
    """Delete many rows and what the database deletes along with them; one that others hold stops them all.

    Raises:
        Refused: there are too many, or more or fewer than the asker was shown, or others hold one.
    """
    resource = unit.target.resource or ""
    gone: set[str] = set()
    asked = chosen(unit, data)
    for at, key in enumerate(asked):
        unit.progress(at, len(asked))
        if key in gone:
            continue  # it went along with a row before it
        changes = unit.all_rows.delete(resource, key)
        unit.record(*changes)
        gone |= {change.key for change in changes if change.resource == resource and change.after is None}
        announce(unit, "row.deleted", key, rows=len(changes))
    unit.detail = f"{len(asked):,} rows"
    unit.emit("rows.deleted", rows=len(gone))
    return ManyDone(len(asked), unit.entry)


def chosen(unit: Unit, data: Chosen) -> list[str]:
    """Return the keys of the rows that are meant, each once.

    Raises:
        BadRequest: none is named, or the table's rows cannot be told apart.
        Refused: there are too many, or more or fewer than the asker was shown.
    """
    keys = list(dict.fromkeys(data.keys)) if not data.everything else list(_found(unit, data))
    if not keys and not data.everything:
        raise BadRequest("No row was chosen. Tick the rows first.")
    if len(keys) > MOST:
        raise Refused(f"More than {MOST:,} rows are meant. Narrow the filter and do it in parts.")
    if data.expected is not None and data.everything and len(keys) != data.expected:
        raise Refused(f"{data.expected:,} rows were shown, but {len(keys):,} match now. Look again before you go on.")
    return keys


def _found(unit: Unit, data: Chosen) -> Iterator[str]:
    """Yield the keys that the filter finds, one more than allowed at most."""
    assert unit.source is not None
    resource = unit.source.schema.resource(unit.target.resource or "")
    asked = list_request(unit, resource.name, data)
    after: str | None = None
    for _ in range(MOST // 1000 + 1):
        page = unit.all_rows.list(resource.name, ListRequest(asked.where, asked.search, (), resource.key, 1000, after))
        for key in page.keys:
            if key is None:
                raise BadRequest(f"The rows of {resource.title} have no key, so they cannot be changed from here.")
            yield key
        after = page.next
        if after is None:
            return


def announce(unit: Unit, name: str, key: str, **data: Any) -> None:
    """Note an event about one of the rows, for listeners that hear at once; the stream has one for all of them."""
    target = Target(unit.target.source, unit.target.resource, key)
    unit.events.append(Event(name, target, {"key": key, **data}, unit.actor.id, unit.actor.name))


ACTIONS = (
    Action("rows.update", EditMany, update_rows, "Edit many", on="resource", background=True),
    Action("rows.delete", Chosen, delete_rows, "Delete many", on="resource", background=True),
)
