"""`source.view` and `source.test`: how the data sources are, and whether an address leads to a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from nexus_admin.actions.live import feed_reports
from nexus_admin.actions.live.feed_reports import FeedReport
from nexus_admin.actions.sources import outboxes, records
from nexus_admin.actions.sources.known import Progress, Sources, SourceStatus
from nexus_admin.actions.sources.outboxes import OutboxReport
from nexus_admin.actions.sources.where import Where, stored_address, with_password
from nexus_admin.actions.unit import Unit
from nexus_admin.audit.ledger import Ledger
from nexus_admin.data.drivers.address import Address
from nexus_admin.data.drivers.driver import Capabilities
from nexus_admin.data.drivers.opening import Tested, test_connection
from nexus_admin.data.guesses.questions import Question, questions
from nexus_admin.data.source import Health, PoolStats
from nexus_admin.domain.action import Action, Nothing
from nexus_admin.domain.address import text_of
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import SourceDown
from nexus_admin.domain.resource import Schema
from nexus_admin.state.engine import State


@dataclass(frozen=True, slots=True)
class SourceReport:
    """A source as its page shows it.

    Args:
        name: Its name in addresses.
        place: Where it was named.
        address: Without its password.
        dialect: Empty where its address cannot be used.
        product: What people call the database; likewise.
        state: `looking`, `ready` or `down`.
        reason: Why it cannot be reached or read.
        writes: Whether it takes writes.
        schema: As people see it; None before the first reading.
        read_at: When the structure in use was read.
        progress: Of the reading that is under way.
        drift: What differs in the database since, in sentences.
        questions: What the guesses were not sure of, with the answers in force.
        capabilities: Of its driver.
        health: Whether it answers now; None where it was not asked.
        stats: How its connections are used.
        level: What is promised of its changes: `B` with an outbox, `C` without; "" where it cannot be used.
        outbox: How its outbox is; None where it was not looked at.
        feed: How changes that others make are learned of; None likewise.
    """

    name: str
    place: str
    address: str
    dialect: str
    state: str
    reason: str
    writes: bool
    product: str = ""
    schema: Schema | None = None
    read_at: datetime | None = None
    progress: Progress | None = None
    drift: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    capabilities: Capabilities | None = None
    health: Health | None = None
    stats: PoolStats | None = None
    level: str = ""
    outbox: OutboxReport | None = None
    feed: FeedReport | None = None


def view(unit: Unit, _data: Nothing) -> list[SourceReport] | SourceReport:
    """Return every source, or all about the one that the target names."""
    sources = unit.service(Sources)
    if unit.target.key is None:
        return [_report(one) for one in sources.statuses()]
    status = sources.status(text_of(unit.target.key))
    overrides: Mapping[str, Any] = unit.service(State).read(lambda open_: records.overrides_of(open_, status.name))
    asked = tuple(questions(status.base, overrides)) if status.base is not None else ()
    health = status.source.health() if status.source is not None and status.ready else None
    told = _report(status, asked, health)
    return replace(told, outbox=outboxes.report(unit, status), feed=feed_reports.report(unit, status))


def again(unit: Unit, _data: Nothing) -> tuple[Tested, str]:
    """Test a source that is there, with the password that is kept.

    Raises:
        NotFound: no such source was added in the browser.
        SourceDown: nothing answers there, or the login is refused.
    """
    status = unit.service(Sources).status(text_of(unit.target.key or ""))
    address = stored_address(unit, status.name)
    if address is None and status.source is not None:
        address = status.source.address
    if address is None:
        raise SourceDown(status.reason or f"The address of {status.name} cannot be used.")
    return _tried(unit, address)


def test(unit: Unit, data: Where) -> tuple[Tested, str]:
    """Connect once, look, and leave; returns what was found and the address without its password.

    Raises:
        Invalid: the password that is kept would go somewhere else.
        BadRequest: the address is not one, or leads where none may lead.
        SourceDown: nothing answers there, or the login is refused.
    """
    if unit.target.key:  # another address for a source that is there may use the password that is kept
        return _tried(unit, with_password(unit, text_of(unit.target.key), data))
    return _tried(unit, data.address(unit.service(Sources)))


def _tried(unit: Unit, address: Address) -> tuple[Tested, str]:
    fences = unit.service(Sources).fences()
    unit.service(Ledger).note(unit.call, f"Tried {address.masked}.")
    fences.reach(address)
    text = str(address.file) if address.file else address.url.render_as_string(hide_password=False)
    return test_connection(text, forbidden=fences.forbidden, reach=fences.looked_up), address.masked


def _report(status: SourceStatus, asked: tuple[Question, ...] = (), health: Health | None = None) -> SourceReport:
    source = status.source
    return SourceReport(
        name=status.name, place=status.place, address=status.address, dialect=source.dialect if source else "",
        state=status.state, reason=status.reason or (health.detail if health else ""),
        writes=source is not None and not source.read_only, product=source.product if source else "",
        schema=source.schema if source is not None and status.ready else None, read_at=status.base_at,
        progress=status.progress, drift=status.drift, questions=asked,
        capabilities=source.capabilities if source else None, health=health,
        stats=source.stats() if source else None, level=source.level if source else "",
    )  # fmt: skip


ACTIONS = (
    Action("source.view", Nothing, view, "Data sources", on="house", writes=False, transaction=False, icon="database"),
    Action("source.test", Where, test, "Test a connection", on="house", writes=False, transaction=False),
    Action(
        "source.again", Nothing, again, "Test the connection again", "source.test", on="house", writes=False,
        transaction=False,
    ),
)  # fmt: skip
