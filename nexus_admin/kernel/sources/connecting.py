"""Connecting data sources: opened at once, shown from what was read before, read and compared in the background.

A source that does not answer takes nothing down: it says why, and is tried again.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from nexus_admin.actions.sources import outbox_records, records
from nexus_admin.actions.sources.fences import OURS, Fences
from nexus_admin.actions.sources.known import Former, Place, Progress, Sources, SourceStatus
from nexus_admin.actions.sources.moves import former_of
from nexus_admin.data.drift import diff
from nexus_admin.data.drivers.address import masked
from nexus_admin.data.drivers.declared import DeclaredDriver
from nexus_admin.data.guesses.schema import version_of
from nexus_admin.data.introspect import introspect
from nexus_admin.data.overlays import overlay
from nexus_admin.data.overlays.computed import settled
from nexus_admin.data.overlays.secret_keys import without_secret_keys
from nexus_admin.data.sealing import Sealing
from nexus_admin.data.source import DataSource
from nexus_admin.domain.action import Event
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import NexusError, SourceFailed
from nexus_admin.domain.resource import Resource, Schema
from nexus_admin.kernel.options import Options
from nexus_admin.kernel.settings import Settings
from nexus_admin.state.engine import State

log = logging.getLogger(__name__)

Change = Callable[[Resource], Resource]

CALM_SECONDS = 3.0
"""How long after the start a structure that is known is compared: the first pages come first."""
LONGEST_WAIT = 60.0
AT_ONCE = 4
"""Databases that are read at the same time."""


@dataclass(frozen=True, slots=True)
class Named:
    """A source as somebody named it."""

    name: str
    url: str = dataclasses.field(repr=False)
    writes: bool
    place: Place
    sample: bool = True
    created_by: str = ""
    stamp: str = ""
    former: tuple[Former, ...] = ()


class Connector:
    """Opens the sources that the command line, the settings and people name, and keeps what is found there.

    Args:
        options: What the kernel was started with.
        settings: All five layers.
        state: Where structures and added sources are kept.
        sources: Where the opened ones go.
        change: What extensions make of a resource.
    """

    def __init__(self, options: Options, settings: Settings, state: State, sources: Sources, change: Change) -> None:
        self._options, self._settings, self._state = options, settings, state
        self._sources, self._change = sources, change
        self.drivers: Mapping[str, DeclaredDriver] = {}  # those of extensions, by the schemes that they open
        sources.fences = lambda: self.fences
        self._stopping = threading.Event()
        self._reading = threading.Semaphore(AT_ONCE)

    # ── starting and stopping ────────────────────────────────────────────────────────────────

    def connect_all(self) -> None:
        """Open every source that is named. Those never read before are waited for a moment, and no longer."""
        looks = []
        for named in self._named():
            status = self.put(named)
            if status.source is not None and not (self._options.shared and status.ready):
                looks.append((status.ready, self.look(status, after=CALM_SECONDS if status.ready else 0)))
        until = time.monotonic() + self._options.patience
        for known, done in looks:
            if not known:
                done.wait(None if self._options.shared else max(0, until - time.monotonic()))

    def stop(self) -> None:
        """Give up what is under way."""
        self._stopping.set()

    @property
    def fences(self) -> Fences:
        """What people may connect."""
        own = Path(self._state.where)
        folders = [Path(one) for one in self._settings["sources.folders"]] or [self._options.project or Path()]
        return Fences(
            (own,) if own.is_file() else (), folders, self._settings["sources.hosts"], "" if own.is_file() else str(own)
        )

    # ── what happened to a source ────────────────────────────────────────────────────────────

    def hear(self, event: Event) -> None:
        """Follow what an action did to a source and the state has kept."""
        name = event.data["source"]
        match event.name:
            case "source.connected" | "source.switched" | "source.renamed" | "source.changed":
                self._open_again(event)
            case "source.refreshed":
                status = self._sources.status(name)
                if status.source is not None and status.progress is None:
                    self.look(status)
            case "source.accepted":
                status = self._sources.status(name)
                if status.found is not None:
                    self.use(status, status.found, datetime.now(UTC))
                    status.found, status.drift = None, ()
            case "source.answered" | "source.boxed":
                status = self._sources.status(name)
                if status.base is not None:
                    self.use(status, status.base, status.base_at)
            case "source.purged":
                self._read_back(event)
            case "source.removed":
                self._sources.remove(name)

    def _open_again(self, event: Event) -> None:
        """Open a source as the state has it now; at another address look what is different there."""
        name = event.data["source"]
        if "was" in event.data:
            self._sources.remove(event.data["was"])
        status = self.put(next(one for one in self.added() if one.name == name))
        if status.source is not None and (event.name == "source.changed" or not status.ready):
            self.look(status)

    def _read_back(self, event: Event) -> None:
        """Use what the state has of a source now that values of rows were taken out of it."""
        status = self._sources.status(event.data["source"])
        if status.place == "added":
            self._open_again(event)
        elif status.source is not None:
            at = records.stamp(status.source.address)
            reading = self._state.read(lambda connection: records.reading_of(connection, status.name, at))
            if reading.schema is not None:
                status.found = reading.found
                self.use(status, reading.schema, reading.schema_at)

    # ── opening ──────────────────────────────────────────────────────────────────────────────

    def _named(self) -> Iterator[Named]:
        seen = set()
        for name, url in self._options.urls:
            seen.add(name)
            yield Named(name, url, self._options.allow_writes, "command line")
        for name, given in self._settings.sources().items():
            if given.get("url") and name not in seen:
                seen.add(name)
                writes = bool(given.get("allow_writes")) or self._options.allow_writes
                yield Named(name, given["url"], writes, "settings")
        for named in self.added():
            if named.name not in seen:
                yield named

    def added(self) -> Iterator[Named]:
        """Yield the sources that were added in the browser; one whose address does not open is known as down."""
        for one in self._state.read(records.records):
            try:
                url = one.address(self._state.vault)
            except NexusError as error:
                self._sources.put(SourceStatus(one.name, "added", "•••", reason=str(error), stamp=stamp_of(one)))
                continue
            sample = bool(one.options.get("sample", True))
            yield Named(
                one.name, url, not one.read_only, "added", sample, one.created_by, stamp_of(one),
                former_of(one),
            )  # fmt: skip

    def put(self, named: Named) -> SourceStatus:
        """Open a source, lay what was read before over it, and make it known."""
        status = SourceStatus(
            named.name, named.place, masked(named.url), created_by=named.created_by, sample=named.sample,
            stamp=named.stamp, former=named.former,
        )  # fmt: skip
        try:
            status.source = source = self._open(named)
        except NexusError as error:
            if named.place == "command line":  # whoever typed it is there to read it
                raise
            status.reason = str(error)
        else:
            status.address = source.address.masked
            reading = self._state.read(
                lambda connection: records.reading_of(connection, named.name, records.stamp(source.address))
            )
            if reading.schema is not None:
                self.use(status, reading.schema, reading.schema_at)
                if reading.found is not None:
                    status.found = reading.found
                    status.drift = tuple(one.sentence for one in diff(reading.schema, reading.found))
        self._sources.put(status)
        return status

    def _open(self, named: Named) -> DataSource:
        fences, added = self.fences, named.place == "added"
        if added:
            fences.address(named.url)
        return DataSource(
            named.name, named.url, read_only=not named.writes, sealing=Sealing(self._state.vault),
            statement_timeout=self._settings["sources.timeout_seconds"],
            pool_size=self._settings["sources.pool_size"], forbidden=fences.forbidden,
            folders=fences.folders if added else None, reach=fences.looked_up if added else None,
            drivers={} if added else self.drivers,
        )  # fmt: skip

    # ── reading ──────────────────────────────────────────────────────────────────────────────

    def look(self, status: SourceStatus, *, after: float = 0) -> threading.Event:
        """Read the structure of a source in a thread of its own; tries again until it answers.

        Returns:
            What is set after the first attempt.
        """
        status.progress = Progress()
        done = threading.Event()
        name = f"look-{status.name}"
        threading.Thread(target=self._look, args=(status, done, after), name=name, daemon=True).start()
        return done

    def _look(self, status: SourceStatus, done: threading.Event, wait: float) -> None:
        attempt = 0
        while not self._stopping.wait(wait) and self._current(status):
            status.progress = Progress()
            try:
                self._found(status, self._read(status))
                status.reason, status.read_at = "", datetime.now(UTC)
                return
            except NexusError as error:
                status.reason = str(error)
            except Exception as error:
                log.exception("The structure of %s could not be read.", status.name)
                status.reason = f"The structure of {status.name} could not be read ({type(error).__name__})."
            finally:
                status.progress = None
                done.set()
            attempt += 1
            wait = min(LONGEST_WAIT, 2.0**attempt)

    def again(self, status: SourceStatus) -> None:
        """Read the structure of a source now, and use it in this process; nothing of it is kept.

        Raises:
            SourceDown, SourceFailed: the database does not answer, or not so that it can be read.
        """
        self.use(status, self._read(status), datetime.now(UTC))

    def _current(self, status: SourceStatus) -> bool:
        """Whether nobody removed or replaced it meanwhile."""
        return any(one is status for one in self._sources.statuses())

    def _read(self, status: SourceStatus) -> Schema:
        assert status.source is not None
        progress = status.progress or Progress()
        with self._reading:
            sample = status.sample and self._settings["sources.sample"]
            schema = introspect(status.source.reader, status.name, progress=progress.step, sample=sample)
        if {one.table for one in schema.resources.values()} >= OURS:
            raise SourceFailed(f"{status.name} holds the state of a Nexus and cannot be a data source.")
        return schema

    def _found(self, status: SourceStatus, schema: Schema) -> None:
        """Use what was found at first; of a later reading show what differs, until somebody accepts it."""
        if self._stopping.is_set() or not self._current(status) or status.source is None:
            return
        at = records.stamp(status.source.address)
        differences = diff(status.base, schema) if status.base is not None else []
        if differences:
            status.found, status.drift = schema, tuple(one.sentence for one in differences)
            self._keep(lambda connection: records.keep_found(connection, status.name, schema))
            return
        status.found, status.drift = None, ()
        if schema != status.base:
            kept = self._keep(lambda connection: records.keep_schema(connection, status.name, at, schema))
            self.use(status, schema, kept or datetime.now(UTC))
        else:
            self._keep(lambda connection: records.keep_found(connection, status.name, None))

    def _keep(self, work: Callable[[sa.Connection], Any]) -> Any:
        """Write to the state; where that cannot be written, what was found is used all the same."""
        try:
            return self._state.write(work)
        except NexusError as error:
            log.warning("What was found in a source could not be kept: %s", error)
            return None

    # ── how it is seen ───────────────────────────────────────────────────────────────────────

    def use(self, status: SourceStatus, base: Schema, at: datetime | None) -> None:
        """Lay over *base* what extensions, files and clicks say, and show it."""
        assert status.source is not None
        overrides = self._state.read(lambda connection: records.overrides_of(connection, status.name))
        status.source.use(self._overlaid(base, overrides))
        status.base, status.base_at, status.overrides = base, at, overrides
        outbox_records.lay(self._state, status.source)

    def _overlaid(self, schema: Schema, overrides: Mapping[str, Any]) -> Schema:
        resources = {name: self._change(resource) for name, resource in schema.resources.items()}
        for source, name, path in overlay.overlays(self._options.project):
            if source == schema.source and name in resources:
                resources[name] = overlay.apply(resources[name], path)
        over = overrides or any(resources[name] is not one for name, one in schema.resources.items())
        laid = overlay.clicked(dataclasses.replace(schema, resources=resources), overrides) if over else schema
        changed = settled(without_secret_keys(laid))
        return schema if changed is schema else dataclasses.replace(changed, version=version_of(changed))


def stamp_of(record: records.Record) -> str:
    """Return a text that differs where the state keeps something else of a source that was added."""
    kept = (record.id, record.read_only, json.dumps(dict(record.options), sort_keys=True))
    return hashlib.blake2s(repr(kept).encode() + record.url, digest_size=16).hexdigest()
