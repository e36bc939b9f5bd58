"""Dashboards: listed, opened, generated, saved and deleted. Their widgets ask by actions of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import cast

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from nexus_admin.access import Access
from nexus_admin.actions.dispatcher import Dispatcher
from nexus_admin.actions.hints import told_to
from nexus_admin.actions.house.boards import Board, Boards, may_open, saved
from nexus_admin.actions.rows.query import write_query
from nexus_admin.actions.sources.known import Sources
from nexus_admin.actions.unit import Unit
from nexus_admin.domain.action import Action, Call, Nothing
from nexus_admin.domain.audit import Change
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import Conflict, Invalid, NotFound, Refused
from nexus_admin.domain.ids import new_ulid
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.domain.query import Query, Result
from nexus_admin.domain.target import Target
from nexus_admin.domain.widget import Dashboard
from nexus_admin.state.engine import State
from nexus_admin.state.tables.dashboards import dashboard as stored

PROBED = 600.0
"""Seconds for which the span of a table's dates, and its greatest key, are taken to hold."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """All dashboards that somebody may open.

    Args:
        boards: Saved ones, files and those of extensions.
        sources: Names of the sources that one can be generated for.
        problems: A sentence for each file that cannot be used; for those who may save dashboards.
    """

    boards: tuple[Board, ...]
    sources: tuple[str, ...]
    problems: tuple[str, ...]


class Named(BaseModel):
    """Which dashboard."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=100)


class GenerateInput(BaseModel):
    """What the dashboard shall be about."""

    model_config = ConfigDict(extra="forbid")

    source: str
    resource: str | None = Field(None, description="A table; none: the whole source.")


class SaveInput(BaseModel):
    """A dashboard, and the version that the editor saw."""

    model_config = ConfigDict(extra="forbid")

    dashboard: Dashboard
    version: int | None = Field(None, description="0 for one that must be new; None to write whatever is there.")


def list_dashboards(unit: Unit, _data: Nothing) -> Shelf:
    """Return what there is to open."""
    access, sources = unit.service(Access), unit.service(Sources)
    declared, problems = unit.service(Boards).declared()
    kept = unit.service(State).read(lambda connection: list(saved(connection)))
    boards = [*(one for one in kept if one.dashboard.name not in declared), *declared.values()]
    told = access.decide(unit.actor, "dashboard.save", "nexus", None).allowed
    return Shelf(
        tuple(one for one in boards if may_open(access, sources, unit.actor, one)),
        tuple(_generated_for(access, sources, unit)),
        tuple(problems) if told else (),
    )


def _generated_for(access: Access, sources: Sources, unit: Unit) -> Iterator[str]:
    for source in sources:
        tables = source.schema.resources.values()
        if any(access.decide(unit.actor, "row.list", source.name, one).allowed for one in tables):
            yield source.name


def view(unit: Unit, data: Named) -> Board:
    """Return one dashboard; its widgets ask later, each on its own.

    Raises:
        NotFound: there is none of that name, or nothing of it is for this actor.
    """
    found = unit.service(Boards).declared()[0].get(data.name)
    if found is None:
        found = unit.service(State).read(lambda connection: next(saved(connection, data.name), None))
    if found is None or not may_open(unit.service(Access), unit.service(Sources), unit.actor, found):
        known = [one.dashboard.name for one in list_dashboards(unit, Nothing()).boards]
        raise NotFound(f"There is no dashboard called {data.name!r}.{did_you_mean(data.name, known)}")
    return found


def generate(unit: Unit, data: GenerateInput) -> Board:
    """Make up a dashboard of a whole source, or of one table.

    Raises:
        UnknownSource, UnknownResource: there is none of that name, or it is not for this actor.
    """
    access, source = unit.service(Access), unit.service(Sources).get(data.source)

    def probe(asked: Query) -> Result:
        told = write_query(asked) | {"max_age": PROBED}
        target, call = Target(asked.source, asked.resource), unit.call
        call = Call("query.run", target, told, unit.actor, "nested", call.request, zone=call.zone)
        return cast("Result", unit.service(Dispatcher).perform(call))

    def decide(name: str) -> Decision:
        return access.decide(unit.actor, "query.run", source.name, source.schema.resource(name))

    return Board(unit.service(Boards).generate(source.schema, data.resource, probe, decide), "generated")


def save(unit: Unit, data: SaveInput) -> Board:
    """Keep a dashboard in our own state.

    Raises:
        Invalid: it is about things that are not there; the sentences name them.
        Refused: a file holds the name.
        Conflict: somebody else has saved it meanwhile.
    """
    board = data.dashboard.model_copy(update={"generated": False})
    name = board.name
    held = unit.service(Boards).declared()[0].get(name)
    if held is not None:
        raise Refused(f"{held.place} holds a dashboard called {name!r} already. Change the file, or take another name.")
    access, sources = unit.service(Access), unit.service(Sources)
    wrong = unit.service(Boards).problems(board, lambda error: told_to(unit.actor, error, access, sources))
    if wrong:
        raise Invalid({"": " ".join(wrong)})
    connection: sa.Connection = unit.connection
    before = next(saved(connection, name), None)
    _same_version(before, data.version, name)
    return keep(unit, board, before)


def keep(unit: Unit, board: Dashboard, before: Board | None) -> Board:
    """Keep a dashboard that was checked in the place of *before*, None for a new one."""
    connection, name = unit.connection, board.name
    spec = json.loads(board.model_dump_json())
    row = {"title": board.title, "spec": spec, "at": datetime.now(UTC)}
    version = before.version + 1 if before else 1
    if before is None:
        made = {"id": new_ulid(), "name": name, "owner": unit.actor.id, "version": version}
        connection.execute(stored.insert().values(row | made))
    else:
        connection.execute(stored.update().where(stored.c.name == name).values(row | {"version": version}))
    unit.record(Change("nexus", "dashboards", name, spec_of(before), spec, board.title))
    unit.emit("dashboard.saved", dashboard=name)
    return Board(board, "saved", version=version)


def delete(unit: Unit, data: Named) -> str:
    """Forget a saved dashboard; the audit keeps what it was. Returns the entry by which it comes back.

    Raises:
        NotFound: none is saved under that name.
    """
    connection: sa.Connection = unit.connection
    before = next(saved(connection, data.name), None)
    if before is None:
        raise NotFound(f"No dashboard is saved under the name {data.name!r}.")
    forget(unit, before)
    return unit.entry


def forget(unit: Unit, before: Board) -> None:
    """Forget a saved dashboard."""
    name = before.dashboard.name
    unit.connection.execute(stored.delete().where(stored.c.name == name))
    unit.record(Change("nexus", "dashboards", name, spec_of(before), None, before.dashboard.title))
    unit.emit("dashboard.deleted", dashboard=name)


def _same_version(before: Board | None, seen: int | None, name: str) -> None:
    if seen is None or seen == (before.version if before else 0):
        return
    if before and seen == 0:
        raise Refused(f"There is a dashboard called {name!r} already. Take another name.")
    raise Conflict(f"Somebody else has saved {name!r} meanwhile. Open it again and make your change once more.")


def spec_of(board: Board | None) -> dict[str, object] | None:
    """Return a dashboard as the ledger keeps it, None for none."""
    return None if board is None else json.loads(board.dashboard.model_dump_json())


def _house(name: str, given: type[BaseModel], run: object, title: str, writes: bool) -> Action:
    permission = "" if writes else "dashboard.view"
    return Action(name, given, run, title, permission, on="house", writes=writes, transaction=False)  # type: ignore[arg-type]


ACTIONS = (
    _house("dashboard.list", Nothing, list_dashboards, "Dashboards", False),
    _house("dashboard.view", Named, view, "Dashboard", False),
    _house("dashboard.generate", GenerateInput, generate, "Dashboard", False),
    _house("dashboard.save", SaveInput, save, "Save", True),
    _house("dashboard.delete", Named, delete, "Delete", True),
)
