"""Connecting data sources: opened lazily, read from the cache where there is one, else looked at."""

from __future__ import annotations

import dataclasses
import hashlib
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from nexus_admin.actions.sources import Sources
from nexus_admin.data.guesses.schema import version_of
from nexus_admin.data.introspect import introspect
from nexus_admin.data.schema_json import schema_from_json, schema_to_json
from nexus_admin.data.source import DataSource
from nexus_admin.domain.resource import Resource, Schema
from nexus_admin.kernel import overlay
from nexus_admin.kernel.options import Options
from nexus_admin.kernel.settings import Settings
from nexus_admin.state.engine import State
from nexus_admin.state.tables.settings import setting as stored

log = logging.getLogger(__name__)

Change = Callable[[Resource], Resource]


class Connector:
    """Opens the sources that the command line and the settings name.

    Args:
        options: What the kernel was started with.
        settings: All five layers.
        state: Where schemas are cached.
        sources: Where the opened ones go.
        change: What extensions make of a resource.
    """

    def __init__(self, options: Options, settings: Settings, state: State, sources: Sources, change: Change) -> None:
        self._options, self._settings, self._state = options, settings, state
        self._sources, self._change = sources, change

    def connect_all(self) -> None:
        """Open every source that is named; one that does not answer takes no other down."""
        for name, url, writes in self._named():
            self._sources.put(self.open(name, url, writes=writes))

    def open(self, name: str, url: str, *, writes: bool) -> DataSource:
        """Open one source and give it its schema."""
        own = Path(self._state.where)
        source = DataSource(
            name,
            url,
            read_only=not writes,
            statement_timeout=self._settings["sources.timeout_seconds"],
            pool_size=self._settings["sources.pool_size"],
            forbidden=(own,) if own.is_file() else (),
        )
        source.use(self._overlaid(self._cached(source) or self.look(source)))
        return source

    def look(self, source: DataSource) -> Schema:
        """Introspect *source* and keep what was found."""
        schema = introspect(source.reader, source.name, sample=self._settings["sources.sample"])
        key, value = self._cache_key(source), schema_to_json(schema)

        def keep(connection: sa.Connection) -> None:
            connection.execute(stored.delete().where(stored.c.key == key))
            connection.execute(
                stored.insert().values(key=key, value=value, set_by="system:introspection", at=datetime.now(UTC))
            )

        self._state.write(keep)
        return schema

    def _cached(self, source: DataSource) -> Schema | None:
        key = self._cache_key(source)
        query = sa.select(stored.c.value).where(stored.c.key == key)
        found = self._state.read(lambda connection: connection.execute(query).scalar())
        try:
            return schema_from_json(found) if found else None
        except ValueError:
            return None

    def _cache_key(self, source: DataSource) -> str:
        stamp = hashlib.blake2s(source.address.masked.encode(), digest_size=8).hexdigest()
        return f"schema.{source.name}.{stamp}"

    def _named(self) -> Iterator[tuple[str, str, bool]]:
        for name, url in self._options.urls:
            yield name, url, self._options.allow_writes
        for name, given in self._settings.sources().items():
            if given.get("url"):
                yield name, given["url"], bool(given.get("allow_writes")) or self._options.allow_writes

    def _overlaid(self, schema: Schema) -> Schema:
        resources = {name: self._change(resource) for name, resource in schema.resources.items()}
        for source, name, path in overlay.overlays(self._options.project):
            if source == schema.source and name in resources:
                resources[name] = overlay.apply(resources[name], path)
        changed = dataclasses.replace(schema, resources=resources)
        return dataclasses.replace(changed, version=version_of(changed))
