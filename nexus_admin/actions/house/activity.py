"""What somebody did last, what changed around them, and whether the sources answer: for home and the palette."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from nexus_admin.access import Access
from nexus_admin.actions.sources.known import Sources
from nexus_admin.actions.unit import Unit
from nexus_admin.audit.ledger import Ledger
from nexus_admin.audit.query import AuditQuery
from nexus_admin.data.source import Health
from nexus_admin.domain.action import Action, Nothing
from nexus_admin.domain.audit import AuditEntry
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.resource import Resource

LOOKED_AT = 200
"""How many entries of the ledger tell what somebody did last."""
SHOWN = 8
PATIENCE = 0.3
"""Seconds that a page waits for the sources to say that they are there."""
DEEDS = {"row.read": "Opened", "row.update": "Edited", "row.create": "Created", "row.delete": "Deleted"}


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that was done to a row.

    Args:
        source, resource, key: The row.
        verb: `Opened`, `Edited`, …
        at: When.
        actor: The id of who did it.
        who: How they were called then.
        entry: The ledger entry.
    """

    source: str
    resource: str
    key: str
    verb: str
    at: datetime
    actor: str
    who: str
    entry: str


@dataclass(frozen=True, slots=True)
class Activity:
    """What somebody did last, and what changed.

    Args:
        mine: The rows that they opened or changed, newest first, each once.
        team: Changes of rows in tables that they may list, by anybody, newest first.
        tables: Pairs (source, resource) that they list most, most often first.
    """

    mine: tuple[Deed, ...]
    team: tuple[Deed, ...]
    tables: tuple[tuple[str, str], ...]


class Keys(BaseModel):
    """Which rows."""

    model_config = ConfigDict(extra="forbid")

    keys: list[str] = Field(max_length=100)


def activity(unit: Unit, _data: Nothing) -> Activity:
    """Return what the actor did last, what changed around them, and the tables that they use most."""
    ledger, me = unit.service(Ledger), (unit.actor.id,)
    done = ledger.find(AuditQuery(actors=me, actions=tuple(DEEDS), outcomes=("done",), limit=LOOKED_AT, changes=1))
    listed = ledger.find(AuditQuery(actors=me, actions=("row.list",), outcomes=("done",), limit=LOOKED_AT, changes=0))
    changed = ledger.find(AuditQuery(actions=tuple(DEEDS), changing=True, outcomes=("done",), limit=50, changes=1))
    counts = Counter((one.source, one.resource) for one in listed.entries if one.resource)
    used = [
        (source, name) for (source, name), _ in counts.most_common(3 * SHOWN) if name and _table(unit, source, name)
    ]
    return Activity(_deeds(unit, done.entries), _deeds(unit, changed.entries), tuple(used[:SHOWN]))


def titles(unit: Unit, data: Keys) -> dict[str, str]:
    """Return how rows are called, by key, as far as they are there and the actor may list them."""
    return unit.all_rows.titles(unit.target.resource or "", data.keys)


def health(unit: Unit, _data: Nothing) -> dict[str, Health | None]:
    """Ask each source whether it is there; None for one that did not answer at once."""
    sources = list(unit.service(Sources))
    if not sources:
        return {}
    pool = ThreadPoolExecutor(min(len(sources), 8))
    asked: dict[str, Future[Health]] = {one.name: pool.submit(one.health) for one in sources}
    wait(asked.values(), timeout=PATIENCE)
    pool.shutdown(wait=False, cancel_futures=True)
    return {name: one.result() if one.done() and not one.cancelled() else None for name, one in asked.items()}


def _deeds(unit: Unit, entries: tuple[AuditEntry, ...]) -> tuple[Deed, ...]:
    """Return the newest deed to each row that the actor may list."""
    found: dict[tuple[str, str, str], Deed] = {}
    for one in entries:
        key = one.changes[0].key if one.changes else one.key
        if one.resource is None or not key or (one.source, one.resource, key) in found:
            continue
        if _table(unit, one.source, one.resource):
            deed = Deed(one.source, one.resource, key, DEEDS[one.action], one.at, one.actor, one.actor_name, one.id)
            found[one.source, one.resource, key] = deed
    return tuple(found.values())[: 2 * SHOWN]


def _table(unit: Unit, source: str, name: str) -> Resource | None:
    """Return the table, None where it is gone or not for the actor."""
    sources = unit.service(Sources)
    resource = sources.get(source).schema.resources.get(name) if source in sources.names() else None
    allowed = resource and unit.service(Access).decide(unit.actor, "row.list", source, resource).allowed
    return resource if allowed else None


ACTIONS = (
    Action("account.activity", Nothing, activity, "Your activity", "account.change", on="house", writes=False,
           transaction=False),
    Action("source.health", Nothing, health, "Health", "account.change", on="house", writes=False, transaction=False),
    Action("row.titles", Keys, titles, "Titles", "row.list", on="resource", writes=False),
)  # fmt: skip
