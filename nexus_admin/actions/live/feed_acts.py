"""`feed.*`: switching on and off how changes are learned of that other programs make in a source; and following one."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from nexus_admin.actions.live import feed_records as records
from nexus_admin.actions.live.feed_reports import FeedReport, followed, polled, report
from nexus_admin.actions.sources.known import Sources, SourceStatus
from nexus_admin.actions.unit import Unit
from nexus_admin.data.drivers import triggers
from nexus_admin.data.guesses.rising import rising
from nexus_admin.data.source import DataSource
from nexus_admin.domain.action import Action, Nothing
from nexus_admin.domain.address import text_of
from nexus_admin.domain.changes import Mode
from nexus_admin.domain.errors import NotFound, Refused, SourceDown
from nexus_admin.state.engine import State

LEAST, MOST = 0.2, 3600.0


class Poll(BaseModel):
    """How to poll."""

    model_config = ConfigDict(extra="forbid")

    seconds: float = Field(2.0, ge=LEAST, le=MOST, description="Between two looks at a table that somebody follows.")
    columns: dict[str, str] = Field(
        default_factory=dict, description="By table, the column that rises with every change; guessed for the others."
    )


class Triggers(BaseModel):
    """On which tables to make triggers."""

    model_config = ConfigDict(extra="forbid")

    tables: list[str] = Field(default_factory=list, description="Names of tables; none means all that have a key.")
    made: bool = Field(False, description="Somebody has run the SQL by hand: only look whether they are there.")


class Remove(BaseModel):
    """How to switch it off."""

    model_config = ConfigDict(extra="forbid")

    abandon: bool = Field(False, description="Also where the database does not answer: our triggers stay in it.")


def status(unit: Unit, _data: Nothing) -> FeedReport:
    """Return how changes of the target's source are learned of."""
    return report(unit, _known(unit))


def sql(unit: Unit, data: Triggers) -> list[str]:
    """Return the statements that `feed.install` would run; nothing is done.

    Raises:
        Refused: the database is no PostgreSQL.
    """
    return triggers.statements(triggers.tables_of(_postgresql(unit).schema, data.tables))


def install(unit: Unit, data: Triggers) -> FeedReport:
    """Make triggers that tell of every change of these tables, whoever makes it.

    Raises:
        Refused: the database is no PostgreSQL, there is no table with a key, or they were said to be there and are not.
        Forbidden: our login may not make them.
        ReadOnly: the source takes no writes.
    """
    source = _postgresql(unit)
    tables = triggers.tables_of(source.schema, data.tables)
    if not tables:
        raise Refused(f"{source.name} has no table whose rows have a key, so there is nothing to tell of.")
    if not data.made:
        triggers.install(source, tables)
    elif lacking := sorted({one.name for one in tables} - triggers.bearing(source)):
        raise Refused(f"There are no triggers of ours on {', '.join(lacking[:5])}. Run the SQL first.")
    names = [one.name for one in tables]
    _keep(unit, source, "triggers", {"tables": names}, f"{len(names)} tables of {source.name} tell of their changes.")
    return report(unit, _known(unit))


def poll(unit: Unit, data: Poll) -> FeedReport:
    """Look for changes every few seconds, in the tables that somebody follows and that have a column that rises.

    Raises:
        Refused: no table has one, a column cannot be ordered by, or there are triggers of ours.
        UnknownResource, UnknownField: what is named is not there.
    """
    source = _source(unit)
    for name, column in data.columns.items():
        rising(source.schema.resource(name), column)
    found = {name: column for name, column in polled(source, data.columns).items() if column}
    if not found:
        raise Refused(
            f"No table of {source.name} has a column that says when a row was changed. Name one with columns."
        )
    kept = unit.service(State).read(records.records).get(source.name)
    if kept is not None and kept.mode == "triggers":
        raise Refused(f"{source.name} has triggers of ours, which tell more. Remove them first.")
    options = {"seconds": data.seconds, "columns": data.columns}
    said = f"{len(found)} tables of {source.name} are looked at every {data.seconds:g} s while somebody follows them."
    _keep(unit, source, "polling", options, said)
    return report(unit, _known(unit))


def remove(unit: Unit, data: Remove) -> str:
    """Learn of what is done through Nexus only, from now on; our triggers are dropped. Returns what was on.

    Raises:
        NotFound: nothing is on.
        SourceDown: the database does not answer; with *abandon* its triggers are left there.
    """
    source, state = _source(unit), unit.service(State)
    kept = state.read(records.records).get(source.name)
    if kept is None:
        raise NotFound(f"Of {source.name} only what is done through Nexus is known already.")
    if kept.mode == "triggers":
        try:
            triggers.remove(source)
        except SourceDown:
            if not data.abandon:
                raise
    state.write(lambda open_: records.forget(open_, source.name))
    unit.detail = f"Changes that others make in {source.name} are not learned of any more."
    return kept.mode


def follow(unit: Unit, _data: Nothing) -> tuple[Mode, ...]:
    """Return how changes of the target's table are learned of; `events` is always among it."""
    assert unit.source is not None
    name = unit.target.resource or ""
    unit.source.schema.resource(name)
    kept = unit.service(State).read(records.records).get(unit.source.name)
    if kept is None or name not in followed(unit.source, kept)[0]:
        return ("events",)
    return ("events", kept.mode)


def _keep(unit: Unit, source: DataSource, mode: Mode, options: dict[str, object], said: str) -> None:
    by = unit.actor.name or unit.actor.id
    unit.service(State).write(lambda open_: records.keep(open_, source.name, mode, options, by))
    unit.detail = said


def _known(unit: Unit) -> SourceStatus:
    return unit.service(Sources).status(text_of(unit.target.key or ""))


def _source(unit: Unit) -> DataSource:
    known = _known(unit)
    if known.source is None or not known.ready:
        raise SourceDown(known.reason or f"{known.name} cannot be used.")
    return known.source


def _postgresql(unit: Unit) -> DataSource:
    source = _source(unit)
    if source.dialect != "postgresql":
        raise Refused(f"{source.name} is no PostgreSQL database. Poll it instead: nexus source feed poll {source.name}")
    return source


ACTIONS = (
    Action(
        "feed.status", Nothing, status, "How changes are learned of", "source.view", on="house", writes=False,
        transaction=False,
    ),
    Action(
        "feed.sql", Triggers, sql, "The SQL of the triggers", "source.view", on="house", writes=False, transaction=False
    ),
    Action(
        "feed.install", Triggers, install, "Make triggers", on="house", transaction=False, outside=True, icon="stream"
    ),
    Action("feed.poll", Poll, poll, "Poll for changes", on="house", transaction=False, outside=True, icon="refresh"),
    Action(
        "feed.remove", Remove, remove, "Stop learning of others' changes", on="house", transaction=False, outside=True,
        icon="trash",
    ),
    Action("row.follow", Nothing, follow, "Follow", "row.list", on="resource", writes=False),
)  # fmt: skip
