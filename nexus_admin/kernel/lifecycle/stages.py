"""From loaded to started and back, when the app starts and stops, and for one alone that is switched on or off."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import sqlalchemy as sa

from nexus_admin.domain.errors import NexusError, PluginError
from nexus_admin.domain.extension import ExtensionStatus
from nexus_admin.domain.extension import State as Stage
from nexus_admin.kernel.hooks import Hooks
from nexus_admin.state.engine import State
from nexus_admin.state.own_tables import MIGRATIONS, bring_up_to_date, is_current


class Stages:
    """Takes extensions from one stage to the next; one that raises on the way is off, and holds up no other.

    Args:
        hooks: Where they are registered.
        state: Returns our own state, where their tables are.
    """

    def __init__(self, hooks: Hooks, state: Callable[[], State]) -> None:
        self._hooks, self._state = hooks, state

    def migrate(self, *names: str) -> None:
        """Bring the tables of those that are loaded up to date (of all, where none is named).

        Each in a transaction of its own, in which its `nexus_migrated` is called: where that raises, its tables are as
        they were.
        """
        for name, status in self._at("loaded", names):
            with self._hooks.blame(name):
                self._migrate(name, status)
                status.state = "migrated"

    def start(self, *names: str) -> None:
        """Tell those whose tables are up to date that the app is up."""
        list(self._hooks.collect("nexus_started", only=names))
        for _, status in self._at("migrated", names):
            status.state = "started"

    def stop(self, *names: str) -> None:
        """Have those that were started let go of what they took."""
        started = tuple(name for name, _ in self._at("started", names))
        if started or not names:
            list(self._hooks.collect("nexus_stopping", only=names))
        for _, status in self._at("started", started):
            status.state = "stopped"

    def _migrate(self, name: str, status: ExtensionStatus) -> None:
        extension = status.extension
        folder = extension.path / MIGRATIONS
        if extension.kind != "plugins" or extension.manifest.isolated or not folder.is_dir():
            return  # code that is not trusted is not run here either
        if self._state().read(lambda one: is_current(one, extension.name, folder)):
            return

        def work(connection: sa.Connection) -> None:
            try:
                if bring_up_to_date(connection, extension.name, folder):
                    self._hooks.tell(name, "nexus_migrated", connection=connection)
            except NexusError:
                raise
            except Exception as error:  # said as the extension's own: our state itself is well
                why = error.orig if isinstance(error, sa.exc.DBAPIError) else error
                raise PluginError(f"Its tables could not be brought up to date: {why}") from error

        self._state().write(work)

    def _at(self, stage: Stage, names: tuple[str, ...]) -> Iterator[tuple[str, ExtensionStatus]]:
        for name, status in list(self._hooks.statuses.items()):
            if status.state == stage and (not names or name in names):
                yield name, status
