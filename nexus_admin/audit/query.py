"""What the ledger can be asked, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime

from nexus_admin.domain.audit import AuditEntry, Change
from nexus_admin.domain.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which entries. What is empty does not narrow.

    Args:
        actors: Actors' ids.
        actions: Names, or patterns with `*`: `row.*`.
        sources: Data sources' names.
        resources: Resources' names.
        key: One row's key; give source and resource too.
        outcomes: See `audit.Outcome`.
        vias: Doors: `page`, `rest`, …
        since: From then on, aware.
        until: Before then, aware.
        text: Found in the sentence, the names, the input, the reason, or a changed row's title or key.
        parent: Only what ran directly within this entry.
        outermost: Only what did not run within another.
        changing: Only what changed rows; with `outermost` also what did so by a call within it.
        limit: Entries a page, 1 to 1,000.
        cursor: Where to go on, as `AuditPage.next` gave it.
        changes: How many changes to bring with each entry.
    """

    actors: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    key: str | None = None
    outcomes: tuple[str, ...] = ()
    vias: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""
    parent: str | None = None
    outermost: bool = False
    changing: bool = False
    limit: int = 50
    cursor: str | None = None
    changes: int = 10

    def after(self, cursor: str) -> AuditQuery:
        """Return the query for the page that *cursor* leads to."""
        return replace(self, cursor=cursor)

    def all_of_it(self) -> AuditQuery:
        """Return the query for large pages with every change."""
        return replace(self, limit=500, changes=1_000_000_000)


@dataclass(frozen=True, slots=True)
class Within:
    """What ran within an entry: how many calls, however deep, and how many rows they changed."""

    calls: int = 0
    rows: int = 0


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of the ledger.

    Args:
        entries: Newest first.
        next: Cursor of the next page, None on the last one.
        changes: For each entry's id, how many changes it has; `entries` may hold fewer.
        within: For the id of each entry that others ran within, what they were. Only where `outermost` was asked for.
    """

    entries: tuple[AuditEntry, ...]
    next: str | None = None
    changes: Mapping[str, int] = field(default_factory=dict)
    within: Mapping[str, Within] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facets:
    """Values and counts by what can be filtered, most frequent first; each leaves its own filter out.

    Args:
        counts: By `actors`, `actions`, `sources`, `resources`, `outcomes`, `vias`.
        names: How the actors are called, by id.
        capped: True if only the newest entries were counted.
    """

    counts: Mapping[str, tuple[tuple[str, int], ...]]
    names: Mapping[str, str]
    capped: bool


@dataclass(frozen=True, slots=True)
class Past:
    """One change in the history of a row.

    Args:
        change: Its before and after.
        entry: The call that made it, without its other changes.
        root: The outermost call that this one ran within; `entry` itself where there is none.
        mark: Its place in the history, for the page that begins after it.
    """

    change: Change
    entry: AuditEntry
    root: AuditEntry
    mark: str = ""
