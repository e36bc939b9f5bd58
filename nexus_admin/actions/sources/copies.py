"""`copies.list` and `copies.purge`: every copy that we keep of a data source's values, and leaving none of it.

What the audit keeps cannot be purged: each link of its chain is made over the very texts of the values, so without them
neither they nor what came after could be proven any more. It is listed with its size, and says so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Literal

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from nexus_admin.actions.answers import Answers
from nexus_admin.actions.exports import records as export_records
from nexus_admin.actions.house.controls import Controls
from nexus_admin.actions.sources import copies_found as found
from nexus_admin.actions.sources import names as source_names
from nexus_admin.actions.sources.changes import known
from nexus_admin.actions.sources.known import Sources, SourceStatus
from nexus_admin.actions.unit import Unit
from nexus_admin.domain.action import Action, Nothing
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import NexusError, Refused
from nexus_admin.state.engine import State

log = logging.getLogger(__name__)

Purgeable = Literal["samples", "receipts", "favourites", "exports", "answers"]
KINDS: tuple[Purgeable, ...] = ("samples", "receipts", "favourites", "exports", "answers")
SAMPLING = "sources.sample"


class PurgeInput(BaseModel):
    """Which kinds of copies go."""

    model_config = ConfigDict(extra="forbid")

    kinds: list[Purgeable] = Field(min_length=1, max_length=len(KINDS))


@dataclass(frozen=True, slots=True)
class Copy:
    """One kind of copy.

    Args:
        kind: `samples`, `receipts`, `favourites`, `exports` or `answers`, which can be purged; `structure`, `ledger`,
            `dashboards`, `roles` or `set_aside`, which cannot.
        count: How many there are.
        size: Bytes of their values; None where they are not counted.
        stays: Why it cannot be purged now; empty where it can.
    """

    kind: str
    count: int
    size: int | None
    stays: str = ""


@dataclass(frozen=True, slots=True)
class Copies:
    """Every copy of one source's values.

    Args:
        source: Its name.
        kept: Each kind.
        state: Where our own database is, a word: `sqlite` or `postgresql`.
    """

    source: str
    kept: tuple[Copy, ...]
    state: str


@dataclass
class Purged:
    """What was purged.

    Args:
        source: Of which source.
        gone: How many of each kind.
        left: Why something may still lie in the files of our own database; empty where nothing does.
    """

    source: str
    gone: Mapping[str, int] = field(default_factory=dict)
    left: str = ""


def view(unit: Unit, _data: Nothing) -> Copies:
    """Return every copy of the target's source."""
    status = known(unit)
    state = unit.service(State)
    named = source_names.named(unit, status.name)
    kept = state.read(lambda connection: _in_state(unit, connection, status))
    kept += (
        Copy("answers", unit.service(Answers).count(status.name), None),
        Copy("dashboards", len(named.dashboards), None, "Delete them under Dashboards."),
        Copy("roles", len(named.roles), None, "Change their rules under Access."),
    )
    if state.dialect == "sqlite":
        kept += (Copy("set_aside", *found.set_aside(state.where), "Delete the files where the state lies."),)
    return Copies(status.name, kept, state.dialect)


def purge(unit: Unit, data: PurgeInput) -> Purged:
    """Delete copies of the target's source, and write our own database anew so that nothing is left in its files.

    Raises:
        Refused: its structure is being read, or values would be found again at once.
    """
    status = known(unit)
    gone: dict[str, int] = {kind: _purge(unit, kind, status) for kind in dict.fromkeys(data.kinds)}
    unit.detail = f"Purged of {status.name}: " + ", ".join(f"{count} {kind}" for kind, count in gone.items()) + "."
    purged = Purged(status.name, gone)
    state = unit.service(State)
    if set(gone) - {"answers"}:
        unit.after_commit(lambda: _rewrite(state, purged))
    return purged


def _purge(unit: Unit, kind: Purgeable, status: SourceStatus) -> int:
    if kind == "answers":
        answers = unit.service(Answers)
        unit.after_commit(lambda: answers.forget(status.name))
        return answers.count(status.name)
    if kind == "samples":
        stays = _sampling(unit, status)
        if stays:
            raise Refused(stays)
        unit.emit("source.purged", source=status.name)
    return _PURGES[kind](unit.connection, status.name)


_PURGES: Mapping[str, Callable[[sa.Connection, str], int]] = {
    "samples": found.purge_samples,
    "receipts": found.purge_receipts,
    "favourites": found.purge_favourites,
    "exports": export_records.purge,
}


def _rewrite(state: State, purged: Purged) -> None:
    """Write the files of our own database anew; what stands in the way is said, for the values are deleted anyhow."""
    try:
        if not state.rewrite():
            purged.left = "A page that was open kept the log of the state. Purge once more in a moment to empty it."
    except NexusError as error:
        log.warning("The state could not be written anew after a purge: %s", error)
        purged.left = f"The values are deleted, and may still lie in unused parts of the state's file. {error}"


def _in_state(unit: Unit, connection: sa.Connection, status: SourceStatus) -> tuple[Copy, ...]:
    name = status.name
    names = (name, *_former(unit, status))
    return (
        Copy("samples", *found.samples(connection, name), _sampling(unit, status)),
        Copy("receipts", *found.receipts(connection, name)),
        Copy("favourites", *found.favourite_titles(connection, name)),
        Copy("exports", *export_records.of_source(connection, name)),
        Copy("structure", *found.structure(connection, name), "Every page of the source is made of it."),
        Copy("ledger", *found.ledger(connection, names), "The audit is a chain over the very values."),
    )


def _former(unit: Unit, status: SourceStatus) -> tuple[str, ...]:
    """Return the names that the source had, as far as no other one has them today."""
    taken = {one.name for one in unit.service(Sources).statuses()}
    return tuple(dict.fromkeys(one.name for one in status.former if one.name not in taken))


def _sampling(unit: Unit, status: SourceStatus) -> str:
    """Return why values of rows that were seen cannot be purged now; empty where they can."""
    if status.progress is not None:
        return f"The structure of {status.name} is being read. Wait until that is done."
    if status.place == "added" or not unit.service(Controls).value(SAMPLING):
        return ""
    return (
        f"{status.name} comes from the {status.place}, and the setting {SAMPLING} is on: the values would be found "
        f"again at the next reading. Set {SAMPLING} = false and start again, then purge."
    )


ACTIONS = (
    Action("copies.list", Nothing, view, "Our copies", on="house", writes=False, transaction=False, icon="layers"),
    Action("copies.purge", PurgeInput, purge, "Purge copies", on="house", danger=True, transaction=False, icon="trash"),
)
