"""Looking at the audit: entries found, read, counted, placed, exported; and whether all is as it was written.

Whoever may look sees that something was done, by whom and how it ended; the values of rows only as far as
they may read those rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from nexus_admin.actions.house.lens import Lens
from nexus_admin.actions.sources.known import Sources
from nexus_admin.actions.unit import Unit
from nexus_admin.audit import marks
from nexus_admin.audit.chain import Verified
from nexus_admin.audit.ledger import Ledger
from nexus_admin.audit.place import Extent, Place, extent_of, place_of
from nexus_admin.audit.query import AuditQuery, Facets, Within
from nexus_admin.audit.verifier import Verifier
from nexus_admin.domain.action import Action, Nothing
from nexus_admin.domain.audit import AuditEntry
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.state.engine import State

PAGES_READ = 40
"""Pages of the ledger that one search looks through for somebody from whom parts of it are hidden."""
LEAST_READ = 20
"""A page of a search that lacks fewer entries than this is full enough."""

__all__ = ["ACTIONS", "Course", "Entries", "Entry", "Facets", "Mark", "Page", "Place", "Verified", "Wanted"]


def _listed(given: Any) -> Any:
    """Read names from one text, by comma."""
    return tuple(one.strip() for one in given.split(",") if one.strip()) if isinstance(given, str) else given


def _moment(given: Any) -> Any:
    """Read a day, or a moment; without a zone it is UTC."""
    if isinstance(given, str):
        try:
            given = datetime.fromisoformat(given.strip())
        except ValueError:
            return given
    if isinstance(given, date) and not isinstance(given, datetime):
        given = datetime.combine(given, time.min)
    return given.replace(tzinfo=UTC) if isinstance(given, datetime) and given.tzinfo is None else given


PATIENCE = 1.0
"""Seconds that a page waits for a check; what takes longer is shown as it goes on."""

Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]


class Wanted(BaseModel):
    """Which entries. What is empty does not narrow."""

    model_config = ConfigDict(extra="forbid")

    actor: Names = Field((), description="Actors' ids, by comma.")
    action: Names = Field((), description="Actions' names, by comma; `row.*` for all that begin so.")
    source: Names = Field((), description="Data sources, by comma.")
    resource: Names = Field((), description="Tables, by comma.")
    key: str | None = Field(None, max_length=4000, description="One row's key.")
    outcome: Names = Field((), description="`done`, `denied`, `invalid`, `failed`, `open`, `unknown`, by comma.")
    via: Names = Field((), description="Doors, by comma: `page`, `rest`, `cli`, …")
    since: Moment = Field(None, description="From then on.")
    until: Moment = Field(None, description="Before then.")
    text: str = Field("", max_length=200, description="Found in names, sentences, reasons, inputs, titles and keys.")
    parent: str | None = Field(None, max_length=60, description="Only what ran directly within this entry.")
    outermost: bool = Field(False, description="Only what did not run within another.")
    changing: bool = Field(
        False, description="Only what changed rows; with `outermost` also what did so by a call within it."
    )

    def query(self, **more: Any) -> AuditQuery:
        """Return it as the ledger is asked."""
        return AuditQuery(
            self.actor, self.action, self.source, self.resource, self.key, self.outcome, self.via, self.since,
            self.until, self.text, self.parent, self.outermost, self.changing, **more,
        )  # fmt: skip


class Page(Wanted):
    """Which entries, and which page of them."""

    limit: int = Field(50, ge=1, le=500)
    after: str | None = Field(None, max_length=40, description="`next` of the page before.")


class Course(Wanted):
    """Which entries, and how they are counted along the time."""

    grain: Literal["hour", "day"] = "day"
    offset_minutes: int = Field(0, ge=-900, le=900, description="Where days begin, against UTC.")


class Entry(BaseModel):
    """Which entry."""

    model_config = ConfigDict(extra="forbid")

    entry: str = Field(max_length=60)


@dataclass(frozen=True, slots=True)
class Entries:
    """A page of the audit.

    Args:
        entries: Newest first, as far as the asker may see them.
        changes: For each entry's id, how many changes it has; `entries` may hold fewer.
        next: Cursor of the next page, None on the last one.
        within: For the id of each entry that others ran within, what they were; where only outermost ones are listed.
    """

    entries: tuple[AuditEntry, ...]
    changes: dict[str, int]
    next: str | None = None
    within: Mapping[str, Within] = field(default_factory=dict)


class Check(BaseModel):
    """What to check."""

    model_config = ConfigDict(extra="forbid")

    full: bool = Field(False, description="From the first entry on; else onward from where the last check ended.")


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the ledger goes, how far it was verified, and the last check that began at the first entry."""

    extent: Extent
    verified: marks.Mark
    full: marks.Mark

    @property
    def running(self) -> marks.Mark | None:
        """The check that is under way, None for none."""
        return next((one for one in (self.full, self.verified) if one.running), None)

    @property
    def since(self) -> int:
        """How many entries came to the chain after the mark."""
        return max(0, self.extent.seq - self.verified.at.seq)


def list_entries(unit: Unit, data: Page) -> Entries:
    """Return a page of entries."""
    lens, query = Lens(unit), data.query(limit=data.limit, cursor=data.after)
    if data.text.strip() and not lens.everything:
        return _mentioning(unit.service(Ledger), lens, replace(query, text=""), data.text.strip())
    found = unit.service(Ledger).find(query)
    return Entries(lens.entries(found.entries), dict(found.changes), found.next, found.within)


def _mentioning(ledger: Ledger, lens: Lens, query: AuditQuery, text: str) -> Entries:
    """Return the entries that mention *text* where the asker sees it.

    The ledger is not asked for the words: which entries it found, and where its pages end, would tell what is hidden.
    Where nothing is found in many pages, the answer is empty and says where to go on.
    """
    shown: list[AuditEntry] = []
    changes: dict[str, int] = {}
    within: dict[str, Within] = {}
    most, following = query.limit, query.cursor
    for _ in range(PAGES_READ):
        found = ledger.find(replace(query, limit=most - len(shown), cursor=following))
        fitting = [one for one in lens.entries(found.entries) if _mentions(one, text)]
        shown += fitting
        changes |= {one.id: found.changes[one.id] for one in fitting if one.id in found.changes}
        within |= {one.id: found.within[one.id] for one in fitting if one.id in found.within}
        following = found.next
        if following is None or most - len(shown) < min(most, LEAST_READ):
            break
    return Entries(tuple(shown), changes, following, within)


def read_entry(unit: Unit, data: Entry) -> tuple[AuditEntry, ...]:
    """Return an entry with all its changes, and after it all that ran within it.

    Raises:
        NotFound: there is none.
    """
    return Lens(unit).entries(unit.service(Ledger).group(data.entry))


def count_facets(unit: Unit, data: Wanted) -> Facets:
    """Return, for each thing that can be filtered by, its values with their counts."""
    return unit.service(Ledger).facets(_countable(unit, data))


def count_course(unit: Unit, data: Course) -> list[tuple[datetime, int]]:
    """Return (start, count) for each hour or day that has entries, oldest first."""
    return unit.service(Ledger).timeline(_countable(unit, data), data.grain, data.offset_minutes)


def verify(unit: Unit, _data: Nothing) -> Verified:
    """Check the whole chain at once."""
    return unit.service(Verifier).now()


def check(unit: Unit, data: Check) -> Mark:
    """Check the chain in the background, in slices; waits a moment, within which a small one is done."""
    unit.service(Verifier).ask(full=data.full, patience=PATIENCE)
    return read_mark(unit, Nothing())


def read_mark(unit: Unit, _data: Nothing) -> Mark:
    """Return how far the ledger goes, how far it was verified, and how far a check is that is under way."""
    state = unit.service(State)
    return Mark(extent_of(state), marks.read_mark(state, "verified"), marks.read_mark(state, "full"))


def read_place(unit: Unit, data: Entry) -> Place:
    """Return where an entry stands in the chain, and whether its own link holds.

    Raises:
        NotFound: there is none.
    """
    return place_of(unit.service(State), data.entry)


def export(unit: Unit, data: Wanted) -> Iterator[AuditEntry]:
    """Return every entry that is wanted, newest first, a page at a time."""
    ledger, lens = unit.service(Ledger), Lens(unit)
    hide = bool(data.text.strip()) and not lens.everything
    query = data.query().all_of_it()
    query = replace(query, text="") if hide else query

    def pages() -> Iterator[AuditEntry]:
        page = query
        while True:
            found = ledger.find(page)
            yield from (one for one in lens.entries(found.entries) if not hide or _mentions(one, data.text.strip()))
            if found.next is None:
                return
            page = page.after(found.next)

    return pages()


def belongs(unit: Unit, data: Entry) -> bool:
    """Whether an entry is about the target's source, so that it can be taken back there.

    Raises:
        NotFound: there is no such entry.
    """
    entry = unit.service(Ledger).get(data.entry)
    return unit.service(Sources).called_then(entry.source, entry.at) == unit.target.source


def _countable(unit: Unit, data: Wanted) -> AuditQuery:
    """Return what may be counted: by words only for those from whom nothing is hidden."""
    query = data.query()
    return query if not query.text.strip() or Lens(unit).everything else replace(query, text="")


def _mentions(entry: AuditEntry, text: str) -> bool:
    told = [
        entry.detail,
        entry.actor_name,
        entry.action,
        entry.resource,
        entry.key,
        entry.reason,
        str(dict(entry.data)),
    ]
    told += [word for change in entry.changes for word in (change.title, change.key)]
    return any(text.casefold() in word.casefold() for word in told if word)


_VIEW = "audit.view"


def _look(name: str, takes: type[BaseModel], run: Any, title: str, **more: Any) -> Action:
    given = {"permission": _VIEW, "on": "house", "writes": False, "transaction": False, "icon": "history", **more}
    return Action(name, takes, run, title, **given)


ACTIONS = (
    _look("audit.list", Page, list_entries, "Audit"),
    _look("audit.read", Entry, read_entry, "Entry"),
    _look("audit.facets", Wanted, count_facets, "Audit by kind"),
    _look("audit.timeline", Course, count_course, "Audit over time"),
    _look("audit.mark", Nothing, read_mark, "How far the audit goes"),
    _look("audit.place", Entry, read_place, "An entry's place in the chain"),
    _look("audit.verify", Nothing, verify, "Verify the audit"),
    _look("audit.check", Check, check, "Verify the audit in the background"),
    _look("audit.export", Wanted, export, "Export the audit", kept=True),
    _look("change.place", Entry, belongs, "Whether it was here", permission="change.undo", on="source"),
)
