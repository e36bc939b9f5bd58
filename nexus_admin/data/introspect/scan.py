"""One scan: the catalog, a small look at rows, evidence for undeclared relations, then the guesses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import sqlalchemy as sa

from nexus_admin.data.catalog import Catalog
from nexus_admin.data.drivers.outbox import is_outbox
from nexus_admin.data.guesses.schema import schema_of
from nexus_admin.data.guesses.undeclared import candidates
from nexus_admin.data.introspect.capped import Capped
from nexus_admin.data.introspect.distinct import with_choices
from nexus_admin.data.introspect.evidence import measure
from nexus_admin.data.introspect.generic import read_generic
from nexus_admin.data.introspect.mysql import read_mysql
from nexus_admin.data.introspect.postgres import read_postgres
from nexus_admin.data.introspect.samples import sample_tables
from nexus_admin.data.introspect.spellings import with_spellings
from nexus_admin.data.introspect.sqlite import read_sqlite
from nexus_admin.data.introspect.statements import readable_texts
from nexus_admin.domain.errors import SourceDown
from nexus_admin.domain.resource import Schema

_READERS: dict[str, Callable[[sa.Connection], Catalog]] = {
    "sqlite": read_sqlite,
    "postgresql": read_postgres,
    "mysql": read_mysql,
    "mariadb": read_mysql,
}


def introspect(
    engine: sa.Engine,
    source: str,
    *,
    progress: Callable[[str, int, int], None] | None = None,
    sample: bool = True,
) -> Schema:
    """Find out what a database holds and guess how people want to see it. Nothing is written.

    Args:
        engine: An open engine of any dialect.
        source: The data source's name.
        progress: Called with (table, how many are done, how many there are) as tables are looked at.
        sample: Whether to look at up to 200 rows of each table; without, names and types are all there is.

    Returns:
        Every table and view that can be read. What could not be, and what was guessed on thin ground, stands in
        `unsure`; one broken object never ends it.

    Raises:
        SourceDown: the database does not answer.
    """
    try:
        connection = engine.connect()
    except sa.exc.DBAPIError as error:
        raise SourceDown(f"{source} cannot be reached: {error.orig}. Check its address and login.") from error
    with connection, readable_texts(connection):
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        catalog = read_catalog(connection)
        capped = Capped(connection)
        try:
            samples, missed = sample_tables(capped, catalog, progress) if sample else ({}, [])
            samples = with_spellings(capped, catalog, with_choices(capped, catalog, samples))
            found = list(candidates(catalog))
            measured = measure(capped, catalog, found) if sample else {}
        finally:
            capped.close()
    catalog = replace(catalog, unsure=(*catalog.unsure, *_missed(missed)))
    return schema_of(source, catalog, samples, found, measured)


def read_catalog(connection: sa.Connection) -> Catalog:
    """Return the catalog by the dialect's own statements, else by SQLAlchemy's Inspector; our outbox is not in it."""
    found = _catalog(connection)
    tables = [one for one in found.tables if not is_outbox(one.name, [column.name for column in one.columns])]
    return replace(found, tables=tuple(tables))


def _catalog(connection: sa.Connection) -> Catalog:
    reader = _READERS.get(connection.dialect.name)
    if reader is not None:
        try:
            return reader(connection)
        except (sa.exc.DBAPIError, LookupError, TypeError, ValueError):  # what only speaks the same protocol
            connection.rollback()
    return read_generic(connection)


def _missed(tables: list[str]) -> list[str]:
    if not tables:
        return []
    named = ", ".join(tables[:5]) + (f" and {len(tables) - 5} more" if len(tables) > 5 else "")
    return [f"No rows were looked at in {named}: too slow, or not readable. Fields there are guessed by name and type."]
