"""The kernel: an object that starts in timed steps, runs actions, and stops."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from nexus_admin.access import Access
from nexus_admin.access.rates import read_routes
from nexus_admin.access.sessions import Lifetime
from nexus_admin.actions import bundled as house_actions
from nexus_admin.actions.brokers import bundled as broker_actions
from nexus_admin.actions.dispatcher import Dispatcher
from nexus_admin.actions.exports.formats import Exporters
from nexus_admin.actions.house.controls import Controls
from nexus_admin.actions.jobs.book import Jobs
from nexus_admin.actions.live import files as live_files
from nexus_admin.actions.live import rows as live_rows
from nexus_admin.actions.registry import Actions
from nexus_admin.actions.repeats import Repeats
from nexus_admin.actions.sources.known import Sources
from nexus_admin.actions.telling import Telling
from nexus_admin.audit.ledger import Ledger
from nexus_admin.audit.outbox import Outbox
from nexus_admin.audit.verifier import Verifier
from nexus_admin.brokers.queue import Queue
from nexus_admin.brokers.stream import Stream
from nexus_admin.dashboards.together import Together
from nexus_admin.domain.action import Event
from nexus_admin.domain.audit import Change
from nexus_admin.domain.errors import ExtensionError, NexusError, SourceDown
from nexus_admin.domain.extension import Extension
from nexus_admin.domain.field_kind import FieldKind
from nexus_admin.domain.page import Slot, SlotContext
from nexus_admin.domain.resource import Resource, Schema
from nexus_admin.domain.row import Row
from nexus_admin.kernel import boards, extensions, house, stored_settings
from nexus_admin.kernel.brokers import Brokers, HouseEngines, able, engines_of, retention_of
from nexus_admin.kernel.declared import Declared, collect, without
from nexus_admin.kernel.hooks import Hooks
from nexus_admin.kernel.lifecycle import Reloader, Stages, Switching
from nexus_admin.kernel.options import Options
from nexus_admin.kernel.settings import Settings
from nexus_admin.kernel.sources.connecting import Connector
from nexus_admin.kernel.sources.drivers import drivers_of
from nexus_admin.kernel.sources.following import Follower, follow_sources
from nexus_admin.kernel.sources.rereading import current_row, left_nothing
from nexus_admin.kernel.steps import Steps
from nexus_admin.kernel.themes import Theme, themes_of
from nexus_admin.kernel.working.crew import Crew, check_parts
from nexus_admin.kernel.working.hearing import Hearing
from nexus_admin.kernel.working.settling import Settler
from nexus_admin.monitoring.budget import limits_of
from nexus_admin.screens import field_kinds
from nexus_admin.sdk.providers import Services
from nexus_admin.state.engine import State

log = logging.getLogger(__name__)


class Kernel:
    """Holds everything that lives as long as the app does. Not a module global: a test makes its own."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.steps = Steps()
        self.hooks = Hooks(self._let_go)
        self.stages = Stages(self.hooks, lambda: self.state)
        self.switching = Switching(self.hooks, self.stages, lambda: self.settings, self.recollect)
        self.services = Services()
        self.declared = Declared()
        self.actions = Actions()
        self.jobs = Jobs()
        self.reloader: Reloader | None = None
        self.settler: Settler | None = None
        self.follower: Follower | None = None
        self._house = threading.RLock()
        self.themes: dict[str, Theme] = {}

    # ── starting and stopping ────────────────────────────────────────────────────────────────

    def start(self) -> Kernel:
        """Bring everything up, in order; each step is timed."""
        with self.steps.step("settings"):
            self._read_settings()
        with self.steps.step("state"):
            self._open_state()
        with self.steps.step("extensions"):
            self._load_extensions()
            self.stages.migrate()
        with self.steps.step("sources"):
            self._connect()
        with self.steps.step("actions"):
            self._collect()
        with self.steps.step("settling"):
            if not self.options.shared:
                self.settler = Settler(self.ledger, self._reread, self._harmless, self.crew.is_at, self.sources)
                self.settler.start()
                self.follower = self._follower()
                self.follower.start()
                self.verifier.start()
                self.brokers.start()
        with self.steps.step("started"):
            self.stages.start()
            if not self.options.shared:
                self.crew.start()
                self.relay.start()
        if self.settings["server.development"] and self.options.project:
            tell = live_files.provide(self.services)
            self.reloader = Reloader(self.options.project, self.hooks, self.stages, self.recollect, tell)
            self.reloader.start()
        return self

    def stop(self) -> None:
        """Let go of everything, in the opposite order."""
        for watcher in (self.reloader, self.follower, self.settler, self.verifier):
            if watcher:
                watcher.stop()
        self.relay.stop()
        self.crew.stop()
        self.stages.stop()
        self.services.get(Together).close()
        self.brokers.stop()
        self.ledger.stop()
        self.connector.stop()
        for source in self.sources:
            source.close()
        self.state.close()

    def _read_settings(self) -> None:
        self.settings = Settings(house.nexus_settings(), self.options.environ)
        if self.options.config:
            self.settings.read_file(self.options.config)
        self.settings.read_environment()
        self.settings.lay(self.options.given, "command line")
        self.hooks.budget.limits = partial(limits_of, self.settings.__getitem__)

    def _load_extensions(self) -> None:
        for name, part in (("house", house), ("actions", house_actions), ("field kinds", field_kinds)):
            self.hooks.add_house(name, part)
        self.hooks.add_house("engines", HouseEngines(self.state, self.settings))
        for extension in extensions.discover_all(self.options.project, self.hooks.registered):
            self.hooks.add(extension, off=self.switching.is_off(extension))
        for name, batch in self.hooks.collect("nexus_settings"):
            if name in self.hooks.statuses:
                with self.hooks.blame(name):
                    self.settings.declare(batch)
        stored_settings.lay(self.settings, self.state)  # now also those of extensions
        for sentence in self.settings.waiting():
            log.warning(sentence)

    def _open_state(self) -> None:
        where = self.options.state or self.settings.secret("state.url")
        anchor = self.settings["state.anchor"]
        self.state = self.services.put(State, State.open(where, shared=self.options.shared))
        check_parts(self.state, self.options.parts)
        stored_settings.lay(self.settings, self.state)
        lifetime = Lifetime(
            timedelta(hours=self.settings["sessions.idle_hours"]), timedelta(days=self.settings["sessions.days"])
        )
        access = Access(self.state, lifetime=lifetime, routes=read_routes(self.settings["api.route_limits"]))
        self.access = self.services.put(Access, access)
        self.ledger = self.services.put(
            Ledger, Ledger(self.state, secret_fields=self._secret_fields, anchor=Path(anchor) if anchor else None)
        )
        self.verifier = self.services.put(Verifier, Verifier(self.state, Path(anchor) if anchor else None))
        self.repeats = self.services.put(Repeats, Repeats(self.state))
        self.sources = self.services.put(Sources, Sources())
        self.access.decisions.schema_of = self.schema_of

    def _connect(self) -> None:
        self.connector = Connector(self.options, self.settings, self.state, self.sources, self._changed)
        self.connector.drivers = drivers_of(self.hooks)
        if self.options.connect:
            self.connector.connect_all()

    def _collect(self) -> None:
        self.services.put(Controls, Controls(self.settings.listed, self.settings.typed, self.hooks.statuses.values))
        self.services.put(Actions, self.actions)
        self.services.put(Exporters, Exporters(lambda: self.declared.exporters))
        boards.provide(
            self.services, self.options.project, lambda: self.declared.widgets, lambda: self.declared.dashboards
        )
        kept = retention_of(self.settings, self.state, self.options.project)
        self.brokers = Brokers(self.services, engines_of(self.hooks), kept)
        live_rows.provide(self.services)
        self.ledger.recorder.secret_inputs = self.actions.secrets_of
        self.ledger.outbox = Outbox(self.services.get(Stream), partial(self.services.get, Queue))  # type: ignore[type-abstract]
        self.hearing = Hearing(self.services, self.hooks, lambda: self.declared)
        self.relay = self.hearing.relay
        broker_actions.provide(self.services)
        self.crew = Crew(self.services, self.jobs, self.settings, self.options.parts, self._extension, self.hooks.fault)
        dispatcher = Dispatcher(self.actions, self.services, self.hooks.manager.hook, self._emit, self.blame)
        self.perform = self.services.put(Dispatcher, dispatcher).perform
        self.recollect()

    def recollect(self) -> None:
        """Ask everybody anew what they declare: at start-up, and when an extension comes or goes."""
        self.declared = able(collect(self.hooks), self.hooks, self.services, self.options.parts)
        self.themes = themes_of(self.hooks.statuses.values())
        self.actions.replace(self.declared.actions)
        self.access.policies.replace(self.declared.policies)
        for one in self.declared.actions:
            self.access.permissions.register([one.needs], one.owner)
        for page in self.declared.pages.values():
            self.access.permissions.register([page.permission], page.owner)
        self.access.permissions.register([one.needs for one in self.declared.jobs.values() if one.needs])
        self.crew.declared(self.declared.jobs, self.declared.projections)
        self.hearing.declared()

    # ── what others ask of it ────────────────────────────────────────────────────────────────

    def kind(self, name: str) -> FieldKind:
        """Return the field kind called *name*; one that nobody declares is drawn as text."""
        return self.declared.kinds.get(name) or self.declared.kinds["unknown"]

    @property
    def theme(self) -> Theme | None:
        """The theme that is laid over the house's own looks, None for none."""
        return self.themes.get(self.settings["appearance.theme"])

    def slot(self, name: str, context: SlotContext) -> list[tuple[str, Slot]]:
        """Return what extensions put into the named place of a page, each with its owner."""
        return [(owner, piece) for owner, piece in self.hooks.ask("nexus_slot", name=name, context=context) if piece]

    def schema_of(self, source: str) -> Schema | None:
        """Return the schema of *source*, None where there is no such source."""
        found = self.sources.find(source)
        return found.schema if found else None

    def _secret_fields(self, source: str, resource: str) -> list[str]:
        tables = schema.resources if (schema := self.schema_of(source)) else {}
        return (
            [one.name for one in tables[resource].fields if one.secret or one.encrypted] if resource in tables else []
        )

    def _reread(self, change: Change) -> Row | None:
        """Read a row again for an entry that a crash left open."""
        if change.source not in self.sources.names():
            raise SourceDown(f"{change.source} is not connected.")
        return current_row(self.sources.get(change.source), change)

    def _harmless(self, row: Mapping[str, Any]) -> bool:
        """Whether an open entry that noted no change can have left nothing behind."""
        return left_nothing(self.actions, self.sources, row)

    def _changed(self, resource: Resource) -> Resource:
        for _, changed in self.hooks.collect("nexus_resource", resource=resource):
            resource = changed or resource
        return resource

    def _emit(self, event: Event) -> None:
        if event.name == "settings.changed":
            self._use_stored_settings()
        if event.name.startswith("source."):
            with self._house:  # not while another process is being followed
                self.connector.hear(event)
        self.crew.outboxes.hear(event)
        self.services.get(Telling).happened(event)
        self.hearing.at_once(event)

    def _use_stored_settings(self) -> None:
        """Take the stored settings as they are now, and let extensions come and go accordingly."""
        with self._house:
            stored_settings.lay(self.settings, self.state)
        self.switching.follow()

    def _follower(self) -> Follower:
        """Return what watches for changes that other processes on this state make."""

        def sources() -> None:
            with self._house:
                follow_sources(self.connector, self.sources, self.state)

        return Follower(self.state, {"settings": self._use_stored_settings, "source": sources})

    def blame(self, error: Exception) -> NexusError | None:
        """Return what people are told of an error that arose in an extension's code, None where it did not."""
        owner = self.hooks.owner_of(error)
        if owner is None:
            return None
        self.hooks.fault(owner, error)
        return ExtensionError(f"{owner} could not finish: it raised {type(error).__name__}. Nothing was changed.")

    def _let_go(self, name: str) -> None:
        """Forget what an extension declared that was switched off while the app runs."""
        self.actions.remove_of(name)
        self.jobs.remove_of(name)
        self.declared = without(self.declared, {name})

    def _extension(self, id: str) -> Extension | None:
        """Return the extension of that id, None for the house."""
        status = self.hooks.statuses.get(id)
        return status.extension if status else None
