"""How the changes of a source are learned of, and what stands against it: for its page, the terminal and who asks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from nexus_admin.actions.live import feed_records as records
from nexus_admin.actions.live.feed_records import FeedRecord
from nexus_admin.actions.sources.known import SourceStatus
from nexus_admin.actions.unit import Unit
from nexus_admin.data.drivers import triggers
from nexus_admin.data.guesses.rising import rising
from nexus_admin.data.source import DataSource
from nexus_admin.domain.changes import Mode
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import NexusError
from nexus_admin.state.engine import State


@dataclass(frozen=True, slots=True)
class FeedReport:
    """How changes of a source are learned of that others make past Nexus.

    Args:
        source: The source's name.
        mode: `events` for those made through Nexus alone; else what is on besides.
        since, by: When it was switched on, and by whom.
        seconds: Between two looks, where it is polled.
        tables: What is followed: for polling the column by table, for triggers "" by table.
        left_out: Tables that are not.
        could_poll: The columns that would be polled, by table.
        could_trigger: Whether triggers can be made there.
        problem: Why it does not work, as a sentence; "" where it does.
    """

    source: str
    mode: Mode = "events"
    since: datetime | None = None
    by: str = ""
    seconds: float | None = None
    tables: Mapping[str, str] | None = None
    left_out: tuple[str, ...] = ()
    could_poll: Mapping[str, str] | None = None
    could_trigger: bool = False
    problem: str = ""


def report(unit: Unit, known: SourceStatus) -> FeedReport:
    """Return how the feed of a source is; whether its triggers stand is asked in the database."""
    source, record = known.source, unit.service(State).read(records.records).get(known.name)
    if source is None or not known.ready:
        return FeedReport(known.name)
    could = {name: column for name, column in polled(source, {}).items() if column}
    trigger = source.dialect == "postgresql" and not source.read_only
    if record is None:
        return FeedReport(known.name, could_poll=could, could_trigger=trigger)
    tables, problem = followed(source, record)
    left_out = tuple(
        name for name, one in source.schema.resources.items() if name not in tables and one.type == "table"
    )
    return FeedReport(
        known.name, record.mode, record.installed, record.installed_by, record.options.get("seconds"), tables,
        left_out, could, trigger, problem,
    )  # fmt: skip


def followed(source: DataSource, record: FeedRecord) -> tuple[dict[str, str], str]:
    """Return the tables that *record* follows, each with its column where it is polled, and what is wrong."""
    if record.mode == "polling":
        found = polled(source, record.options.get("columns", {}))
        return {name: column for name, column in found.items() if column}, ""
    try:
        there = triggers.bearing(source)
    except NexusError as error:
        return {}, str(error)
    lost = [name for name in record.options.get("tables", ()) if name not in there]
    some = ", ".join(lost[:5]) + (f" and {len(lost) - 5} more" if len(lost) > 5 else "")
    problem = f"The triggers are gone, or switched off, on {some}. Install them again." if lost else ""
    return dict.fromkeys(sorted(there), ""), problem


def polled(source: DataSource, columns: Mapping[str, str]) -> dict[str, str]:
    """Return the column that tells of changes, by table; "" where none does. A column that is gone is none."""
    found: dict[str, str] = {}
    for name, resource in source.schema.resources.items():
        try:
            one = rising(resource, columns.get(name, ""))
        except NexusError:
            one = None
        found[name] = one.column if one is not None else ""
    return found
