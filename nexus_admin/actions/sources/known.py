"""The data sources that Nexus knows, by name: those that can be used, and how the others are."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from datetime import datetime
from typing import Any, Literal

from nexus_admin.actions.sources.fences import Fences
from nexus_admin.data.source import DataSource
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Refused, SourceDown, UnknownSource
from nexus_admin.domain.resource import Schema

SQLITE_AT_ONCE = 2
"""Requests that read in one SQLite file at a time."""
SQLITE_WRITERS = 24
"""Requests that write, or wait for their turn to: three quarters of `server.threads`, so that others come through."""

Place = Literal["command line", "settings", "added"]


@dataclass
class Progress:
    """How far a reading of a structure is.

    Args:
        table: The one that is looked at; empty while the list of tables is read.
        done: How many were looked at.
        total: How many there are; 0 while that is not known.
        began: `time.monotonic()` at the start.
        names: Those that were looked at, newest last.
    """

    table: str = ""
    done: int = 0
    total: int = 0
    began: float = field(default_factory=time.monotonic)
    names: list[str] = field(default_factory=list)

    def step(self, table: str, done: int, total: int) -> None:
        """Note that *table* is looked at."""
        self.names.append(table)
        self.table, self.done, self.total = table, done, total

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self.began


@dataclass(frozen=True, slots=True)
class Former:
    """A name that a source had, and from when until when."""

    name: str
    since: datetime
    until: datetime


@dataclass
class SourceStatus:
    """What Nexus knows of one source now.

    Args:
        name: Its name in addresses.
        place: Where it was named; only one that was added in the browser is changed there.
        address: Where it is, without its password.
        source: None where its address cannot be used.
        base: Its structure as introspection found it; None before the first reading.
        base_at: When that was.
        found: A later structure that differs and was not accepted yet.
        drift: What differs, in sentences.
        reason: Why it cannot be reached or read; empty where it can.
        progress: Of the reading that is under way, None for none.
        read_at: When it was last read to the end.
        created_by: Who added it.
        sample: Whether a few rows of each table are looked at.
        overrides: What clicks laid over its tables, as it is in use.
        stamp: Differs where the state keeps something else of one that was added; empty for the others.
        former: Names that it had before, each with when.
    """

    name: str
    place: Place
    address: str
    source: DataSource | None = None
    base: Schema | None = None
    base_at: datetime | None = None
    found: Schema | None = None
    drift: tuple[str, ...] = ()
    reason: str = ""
    progress: Progress | None = None
    read_at: datetime | None = None
    created_by: str = ""
    sample: bool = True
    overrides: Mapping[str, Any] = field(default_factory=dict)
    stamp: str = ""
    former: tuple[Former, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether its pages can be shown."""
        return self.source is not None and self.base is not None

    @property
    def state(self) -> Literal["looking", "ready", "down"]:
        """In a word."""
        if self.reason:
            return "down"
        return "ready" if self.ready else "looking"


class Sources:
    """The data sources by name. Whoever goes through them meets those that can be used.

    Attributes:
        fences: Gives what may be connected from the browser; the kernel sets it.
    """

    def __init__(self) -> None:
        self._by_name: dict[str, SourceStatus] = {}
        self._lent: dict[str, DataSource] = {}
        self.fences: Callable[[], Fences] = lambda: Fences((), ())

    def get(self, name: str) -> DataSource:
        """Return the source called *name*.

        Raises:
            UnknownSource: names the nearest neighbour.
            SourceDown: its structure was never read; says how far that is, or why it cannot be.
        """
        if name in self._lent and name not in self._by_name:
            return self._lent[name]
        status = self.status(name)
        if status.source is not None and status.base is not None:
            return status.source
        if status.reason:
            raise SourceDown(status.reason)
        progress = status.progress or Progress()
        far = f" {progress.done} of {progress.total} tables are done." if progress.total else ""
        raise SourceDown(f"The structure of {name} is being read.{far} Its pages appear when that is ready.")

    def status(self, name: str) -> SourceStatus:
        """Return what is known of the source called *name*.

        Raises:
            UnknownSource: names the nearest neighbour.
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise UnknownSource(name, self._by_name) from None

    def find(self, name: str) -> DataSource | None:
        """Return the source called *name*; None where there is none, or where it cannot be used."""
        status = self._by_name.get(name)
        if status is None:
            return self._lent.get(name)
        return status.source if status.ready else None

    def lend(self, source: DataSource) -> None:
        """Let *source*, which is the house's own, be reached by its name; it is in no list of sources.

        Raises:
            Refused: a data source has that name.
        """
        if source.name in self._by_name:
            raise _taken(source.name)
        self._lent[source.name] = source

    @property
    def lent(self) -> list[DataSource]:
        """The house's own rows, as sources."""
        return list(self._lent.values())

    def statuses(self) -> list[SourceStatus]:
        """Return what is known of every source, in the order in which they were named."""
        return list(self._by_name.values())

    def put(self, status: SourceStatus) -> None:
        """Know *status* from now on; the source that had its name before is closed.

        Raises:
            Refused: the house's own rows have that name.
        """
        if status.name in self._lent:
            raise _taken(status.name)
        earlier = self._by_name.get(status.name)
        self._by_name[status.name] = status
        if earlier is not None and earlier.source is not None and earlier.source is not status.source:
            earlier.source.close()

    def remove(self, name: str) -> None:
        """Close and forget the source called *name*, if it is known still."""
        status = self._by_name.pop(name, None)
        if status is not None and status.source is not None:
            status.source.close()

    def names(self) -> list[str]:
        """Return the names of those that can be used."""
        return [name for name, status in self._by_name.items() if status.ready]

    def called_now(self, name: str) -> SourceStatus | None:
        """Return the source that was called *name* once; None where there is none, or one has the name today."""
        if name in self._by_name:
            return None
        return next((one for one in self.statuses() if any(was.name == name for was in one.former)), None)

    def called_then(self, name: str, at: datetime) -> str | None:
        """Return the name of today of the source that was called *name* at that moment; None where it is gone."""
        for one in self.statuses():
            if any(was.name == name and was.since <= at < was.until for was in one.former):
                return one.name
        return name if name in self._by_name else None

    def limit(self, name: str, *, writing: bool = False) -> int | None:
        """Return how many requests may work in a source at once; None where there is none of that name.

        A SQLite file is quicker for two at a time than for many that wait for each other; those who write have one
        turn anyway, and the more of them there are the fewer commits they wait for.
        """
        status = self._by_name.get(name)
        if status is None or status.source is None:
            return None
        if status.source.dialect == "sqlite":
            return SQLITE_WRITERS if writing else SQLITE_AT_ONCE
        return status.source.stats().size

    def __iter__(self) -> Iterator[DataSource]:
        return iter([one.source for one in self.statuses() if one.source is not None and one.base is not None])


def _taken(name: str) -> Refused:
    return Refused(f"{name!r} is the name of the house's own rows. Give your data source another name.")
