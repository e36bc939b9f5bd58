"""Following what other processes on the same state did to settings and data sources.

Roles have a number of their own, and dashboards are read from the state on every page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nexus_admin.actions.sources import outbox_records, records
from nexus_admin.actions.sources.known import Sources, SourceStatus
from nexus_admin.data.drift import diff
from nexus_admin.kernel.sources.connecting import Connector, stamp_of
from nexus_admin.kernel.working.watcher import Watcher
from nexus_admin.state.engine import State
from nexus_admin.state.versions import versions

EVERY = 1.0
"""Seconds between two looks; a look is one SELECT."""


class Follower(Watcher):
    """Looks each second whether the numbers of the house have risen, and tells whom it concerns.

    Args:
        state: Whose numbers.
        concerns: By a number's name, what is done when it rose. Our own changes come by here too, and find nothing.
    """

    def __init__(self, state: State, concerns: Mapping[str, Callable[[], None]]) -> None:
        self._state, self._concerns = state, concerns
        self._seen = state.read(versions)
        super().__init__("nexus-follow", EVERY, "What other processes changed could not be followed.")

    def look(self) -> None:
        """Look once."""
        found = self._state.read(versions)
        for name, follow in self._concerns.items():
            if found.get(name) != self._seen.get(name):
                follow()
        self._seen = found


def follow_sources(connector: Connector, sources: Sources, state: State) -> None:
    """Let sources come, go and change as the state has them now."""
    kept = {one.name: stamp_of(one) for one in state.read(records.records)}
    for status in sources.statuses():
        if status.place == "added" and status.name not in kept:
            sources.remove(status.name)
    known = {status.name: status for status in sources.statuses()}
    for named in list(connector.added()):
        before = known.get(named.name)
        if before is None or (before.place == "added" and before.stamp != named.stamp):
            fresh = connector.put(named)
            if fresh.source is not None and not fresh.ready:
                connector.look(fresh)
    for status in sources.statuses():
        _catch_up(connector, status, state)


def _catch_up(connector: Connector, status: SourceStatus, state: State) -> None:
    """Show a source with the structure that was accepted elsewhere, and with what was clicked there."""
    source = status.source
    if source is None or not status.ready:
        return
    outbox_records.lay(state, source)
    at = records.stamp(source.address)
    reading = state.read(lambda connection: records.reading_of(connection, status.name, at))
    if reading.schema is None or (reading.schema == status.base and reading.overrides == status.overrides):
        return
    differs = diff(reading.schema, reading.found) if reading.found is not None else []
    status.found, status.drift = reading.found, tuple(one.sentence for one in differs)
    connector.use(status, reading.schema, reading.schema_at)
