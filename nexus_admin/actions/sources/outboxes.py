"""`outbox.*`: making, looking at and removing the table in a source that takes the events of each change with it."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from nexus_admin.actions.sources import outbox_records as records
from nexus_admin.actions.sources.known import Sources, SourceStatus
from nexus_admin.actions.unit import Unit
from nexus_admin.audit.ledger import Ledger
from nexus_admin.audit.outbox import HOUSE, fresh_of
from nexus_admin.brokers.stream import Fresh, Stream
from nexus_admin.data.drivers import outbox
from nexus_admin.data.drivers.outbox_seals import Seals
from nexus_admin.data.source import Box, DataSource
from nexus_admin.domain.action import Action, Call, Nothing
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.address import segment, text_of
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Forbidden, InvalidId, NotFound, Refused, SourceDown, SourceFailed
from nexus_admin.domain.ids import as_ulid, new_ulid, parse_id
from nexus_admin.domain.target import Target
from nexus_admin.state.engine import State

TRIES, PAUSE = 10, 0.1
"""How often changes which are being finished are looked at before the outbox goes, and the seconds in between."""
log = logging.getLogger(__name__)


class Install(BaseModel):
    """How to install it."""

    model_config = ConfigDict(extra="forbid")

    adopt: bool = Field(False, description="Take over an outbox that is there and that nobody uses any more.")


class Remove(BaseModel):
    """How to remove it."""

    model_config = ConfigDict(extra="forbid")

    abandon: bool = Field(False, description="Also where the database does not answer: what waits there is not told.")


@dataclass(frozen=True, slots=True)
class OutboxReport:
    """How the outbox of a source is.

    Args:
        source: The source's name.
        installed: Since when there is one; None for none.
        by: Who made it.
        possible: Whether one could be made: the dialect has it, and the source takes writes.
        problem: Why it cannot be used, as a sentence; "" where it can.
        waiting: Rows that were not moved yet.
        oldest: Seconds since the first of them was written.
    """

    source: str
    installed: datetime | None = None
    by: str = ""
    possible: bool = False
    problem: str = ""
    waiting: int = 0
    oldest: float | None = None

    @property
    def level(self) -> Literal["B", "C"]:
        """As `DataSource.level`."""
        return "C" if self.installed is None else "B"


def status(unit: Unit, _data: Nothing) -> OutboxReport:
    """Return how the outbox of the target's source is."""
    return report(unit, _known(unit))


def report(unit: Unit, known: SourceStatus) -> OutboxReport:
    """Return how the outbox of a source is; it is looked at, and what is wrong with it is said."""
    source = known.source
    record = unit.service(State).read(records.records).get(known.name)
    possible = source is not None and source.dialect in outbox.DIALECTS and not source.read_only
    if record is None or source is None:
        return OutboxReport(known.name, possible=possible)
    told = OutboxReport(known.name, record.installed, record.installed_by, possible)
    try:
        found = outbox.look(source, Box(record.id))
    except (SourceDown, SourceFailed, Forbidden) as error:
        return replace(told, problem=str(error))
    held = source.read_only and found.rows
    problem = f"{known.name} takes no writes now, so what waits is told once it does." if held else ""
    return replace(told, problem=problem, waiting=found.rows, oldest=found.oldest)


def install(unit: Unit, data: Install) -> OutboxReport:
    """Make the table in the source, and have every change leave its events there from now on.

    Raises:
        Refused: it has one, or its database cannot keep one.
        Forbidden: our login may not make tables there.
        ReadOnly: the source takes no writes.
    """
    source, state = _source(unit), unit.service(State)
    if source.dialect not in outbox.DIALECTS:
        raise Refused(f"{source.name} is neither SQLite nor PostgreSQL nor MariaDB or MySQL, and has no outbox.")
    if state.read(lambda open_: records.box_of(open_, source.name)) is not None:
        raise Refused(f"{source.name} has an outbox already.")
    id = new_ulid()
    outbox.install(source, id, adopt=data.adopt)
    state.write(lambda open_: records.keep(open_, source.name, id, unit.actor.name or unit.actor.id))
    unit.detail = f"Made the table {outbox.TABLE} in {source.name}."
    unit.emit("source.boxed", source=source.name)
    return OutboxReport(source.name, datetime.now().astimezone(), unit.actor.name or unit.actor.id, True)


def remove(unit: Unit, data: Remove) -> int:
    """Tell what waits, drop the table, and return how many events were told on the way.

    Raises:
        NotFound: there is none.
        Refused: what a crash left open there is not settled yet.
        SourceDown: the database does not answer; with *abandon* it is forgotten all the same.
    """
    source, state = _source(unit), unit.service(State)
    box = state.read(lambda open_: records.box_of(open_, source.name))
    if box is None:
        raise NotFound(f"{source.name} has no outbox.")
    told, lost = 0, ""
    try:
        with outbox.emptied(source, box) as lines:
            ours, forged = sorted_out(Seals(state.vault, box.id), lines)
            report_forged(unit.service(Ledger), source.name, forged)
            told = _tell(unit, source.name, ours)
            state.write(lambda open_: records.forget(open_, source.name))
    except (SourceDown, SourceFailed, Forbidden) as error:
        if isinstance(error, SourceDown) and not data.abandon:
            raise  # it may answer again, and what waits there can be told then
        lost = f" What waited there is not told: {error}"
        state.write(lambda open_: records.forget(open_, source.name))
    unit.detail = f"Removed the outbox of {source.name}; {told:,} events were told on the way.{lost}"
    unit.emit("source.boxed", source=source.name)
    return told


def _tell(unit: Unit, name: str, lines: list[outbox.Line]) -> int:
    """Append what waits, if all of it is settled; return how many events those were."""
    still_open = _unsettled(unit.service(Ledger), {line.entry for line in lines})
    if still_open:
        raise Refused(
            f"{still_open:,} changes of {name} are being finished, or a crash left them open. Try again in a "
            "moment; what a crash left is settled within six minutes."
        )
    found = (fresh_in(name, line) for line in lines if line.event is not None)
    fresh = [one for one in found if one is not None]
    stream = unit.service(Stream)  # type: ignore[type-abstract]
    for start in range(0, len(fresh), outbox.AT_ONCE):
        stream.append(HOUSE, *fresh[start : start + outbox.AT_ONCE])
    return len(fresh)


def sorted_out(seals: Seals, lines: Sequence[outbox.Line]) -> tuple[list[outbox.Line], list[outbox.Line]]:
    """Return the rows that we have written, without their seals, and those that somebody else has, or has changed."""
    ours, forged = [], []
    for line in lines:
        bare = seals.taken_off(line)
        if bare is None:
            forged.append(line)
        else:
            ours.append(bare)
    return ours, forged


def report_forged(ledger: Ledger, source: str, lines: Sequence[outbox.Line]) -> None:
    """Write down that rows were refused, in the ledger and in the log."""
    if not lines:
        return
    which = ", ".join(str(line.seq) for line in lines[:20]) + (" and more" if len(lines) > 20 else "")
    said = (
        f"{len(lines):,} rows in the outbox of {source} were not written by this Nexus, or were changed since, and are "
        f"refused: {which}. Look who may write to {outbox.TABLE} there."
    )
    log.error("%s", said)
    target = Target("nexus", "sources", segment(source))
    ledger.note(Call("outbox.refuse", target, {}, Actor.system("outbox"), "job"), said, "denied")


def fresh_in(source: str, line: outbox.Line) -> Fresh | None:
    """Return the event in a row, None where somebody else has written it: one such row holds nothing up."""
    try:
        fresh = fresh_of(as_ulid(parse_id(line.entry)), line.event or "")
        if fresh.id == as_ulid(parse_id(line.id)) and all(isinstance(one, str | bool) for one in fresh.note.values()):
            return fresh
    except (AttributeError, InvalidId, LookupError, RecursionError, TypeError, ValueError):
        pass  # it is nothing that we write
    log.error("The row %s in the outbox of %s is not of Nexus. It is passed over.", line.seq, source)
    return None


def _unsettled(ledger: Ledger, entries: set[str]) -> int:
    """Return how many of *entries* stay open, once those that were just committed had the time to be closed."""
    for _ in range(TRIES):
        ledger.state.flush()
        if not (still_open := ledger.open_among(entries)):
            return 0
        time.sleep(PAUSE)
    return len(still_open)


def _known(unit: Unit) -> SourceStatus:
    return unit.service(Sources).status(text_of(unit.target.key or ""))


def _source(unit: Unit) -> DataSource:
    known = _known(unit)
    if known.source is None:
        raise SourceDown(known.reason or f"{known.name} cannot be used.")
    return known.source


ACTIONS = (
    Action(
        "outbox.status", Nothing, status, "How the outbox is", "source.view", on="house", writes=False,
        transaction=False,
    ),
    Action(
        "outbox.install", Install, install, "Install an outbox", on="house", transaction=False, outside=True,
        icon="stream",
    ),
    Action(
        "outbox.remove", Remove, remove, "Remove the outbox", on="house", danger=True, transaction=False, outside=True,
        icon="trash",
    ),
)  # fmt: skip
