"""The kernel: an object that starts in timed steps, runs actions, and stops."""

from __future__ import annotations

import logging
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path

from nexus_admin.access import Access
from nexus_admin.actions import house as house_actions
from nexus_admin.actions.dispatcher import Dispatcher
from nexus_admin.actions.registry import Actions
from nexus_admin.actions.sources import Sources
from nexus_admin.audit.ledger import Ledger
from nexus_admin.audit.settle import settle
from nexus_admin.domain.action import Event
from nexus_admin.domain.audit import Change
from nexus_admin.domain.errors import SourceDown
from nexus_admin.domain.field_kind import FieldKind
from nexus_admin.domain.resource import Resource, Schema
from nexus_admin.domain.row import Row
from nexus_admin.kernel import extensions, house
from nexus_admin.kernel.connecting import Connector
from nexus_admin.kernel.hooks import Hooks
from nexus_admin.kernel.options import Options
from nexus_admin.kernel.rereading import current_row
from nexus_admin.kernel.settings import Settings
from nexus_admin.kernel.steps import Steps
from nexus_admin.screens import field_kinds
from nexus_admin.sdk.declarations import Listener
from nexus_admin.sdk.providers import Services
from nexus_admin.state.engine import State

log = logging.getLogger(__name__)


class Kernel:
    """Holds everything that lives as long as the app does. Not a module global: a test makes its own."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.steps = Steps()
        self.hooks = Hooks()
        self.services = Services()
        self.kinds: dict[str, FieldKind] = {}
        self._listeners: list[Listener] = []

    # ── starting and stopping ────────────────────────────────────────────────────────────────

    def start(self) -> Kernel:
        """Bring everything up, in order; each step is timed."""
        with self.steps.step("settings"):
            self._read_settings()
        with self.steps.step("extensions"):
            self._load_extensions()
        with self.steps.step("state"):
            self._open_state()
        with self.steps.step("sources"):
            self._connect()
        with self.steps.step("actions"):
            self._collect()
        with self.steps.step("settling"):
            if not self.options.shared:
                settle(self.ledger, self._reread, older_than=timedelta(0))
        with self.steps.step("started"):
            for name, _ in self.hooks.collect("nexus_started"):
                self._mark(name, "started")
        return self

    def stop(self) -> None:
        """Let go of everything, in the opposite order."""
        for name, _ in self.hooks.collect("nexus_stopping"):
            self._mark(name, "stopped")
        self.ledger.stop()
        for source in self.sources:
            source.close()
        self.state.close()

    def _read_settings(self) -> None:
        self.settings = Settings(house.nexus_settings(), self.options.environ)
        if self.options.config:
            self.settings.read_file(self.options.config)
        self.settings.read_environment()
        self.settings.lay(self.options.given, "command line")

    def _load_extensions(self) -> None:
        for name, part in (("house", house), ("actions", house_actions), ("field kinds", field_kinds)):
            self.hooks.add_house(name, part)
        off = self.settings["extensions.off"]
        for extension in extensions.discover_all(self.options.project):
            self.hooks.add(extension, off=extension.id in off)

    def _open_state(self) -> None:
        where = self.options.state or self.settings.secret("state.url")
        anchor = self.settings["state.anchor"]
        self.state = self.services.put(State, State.open(where, shared=self.options.shared))
        self.access = self.services.put(Access, Access(self.state, requests=self.settings["api.requests_per_minute"]))
        self.ledger = self.services.put(
            Ledger, Ledger(self.state, secret_fields=self._secret_fields, anchor=Path(anchor) if anchor else None)
        )
        self.sources = self.services.put(Sources, Sources())
        self.access.decisions.schema_of = self.schema_of

    def _connect(self) -> None:
        self.connector = Connector(self.options, self.settings, self.state, self.sources, self._changed)
        if self.options.connect:
            self.connector.connect_all()

    def _collect(self) -> None:
        for _, kinds in self.hooks.collect("nexus_field_kinds"):
            self.kinds |= {kind.name: kind for kind in kinds}
        self.actions = Actions(action for _, batch in self.hooks.collect("nexus_actions") for action in batch)
        self._listeners = [one for _, batch in self.hooks.collect("nexus_listeners") for one in batch]
        policies = [(name, one) for name, batch in self.hooks.collect("nexus_policies") for one in batch]
        self.access.policies.replace(policies)
        self.access.permissions.register([action.needs for action in self.actions], "nexus")
        dispatcher = Dispatcher(self.actions, self.services, self.hooks.manager.hook, self._emit)
        self.perform = self.services.put(Dispatcher, dispatcher).perform

    # ── what others ask of it ────────────────────────────────────────────────────────────────

    def kind(self, name: str) -> FieldKind:
        """Return the field kind called *name*; one that nobody declares is drawn as text."""
        return self.kinds.get(name) or self.kinds["unknown"]

    def schema_of(self, source: str) -> Schema | None:
        """Return the schema of *source*, None where there is no such source."""
        return self.sources.get(source).schema if source in self.sources.names() else None

    def _secret_fields(self, source: str, resource: str) -> list[str]:
        schema = self.schema_of(source)
        table = schema.resources.get(resource) if schema else None
        return [field.name for field in table.fields if field.secret] if table else []

    def _reread(self, change: Change) -> Row | None:
        """Read a row again for an entry that a crash left open."""
        if change.source not in self.sources.names():
            raise SourceDown(f"{change.source} is not connected.")
        return current_row(self.sources.get(change.source), change)

    def _changed(self, resource: Resource) -> Resource:
        for _, changed in self.hooks.collect("nexus_resource", resource=resource):
            resource = changed or resource
        return resource

    def _emit(self, event: Event) -> None:
        for listener in self._listeners:
            if fnmatchcase(event.name, listener.pattern):
                try:
                    listener.hear(event)
                except Exception as error:
                    owner = self.hooks.owner_of(error)
                    log.exception("A listener of %s raised.", event.name)
                    if owner:
                        self.hooks.fault(owner, error)

    def _mark(self, name: str, state: str) -> None:
        if name in self.hooks.statuses:
            self.hooks.statuses[name].state = state  # type: ignore[assignment]
