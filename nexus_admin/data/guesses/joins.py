"""Join tables that carry nothing but two keys, and tables that belong to machinery: tucked away, never dropped."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nexus_admin.data.catalog import FoundColumn, FoundTable
from nexus_admin.data.guesses.links import Link
from nexus_admin.data.guesses.names import At
from nexus_admin.data.guesses.roles import role_of
from nexus_admin.data.guesses.types import typed
from nexus_admin.data.guesses.words import snake

_MIGRATIONS = re.compile(
    r"(?:.*_)?(?:schema_)?migrations?(?:_lock|_history|_info)?|ar_internal_metadata|alembic_version\w*"
    r"|flyway_schema_history|schema_version|schema_info|schema_history|sequelize_?meta|ef_?migrations_?history"
    r"|databasechangelog(?:lock)?|database_change_log(?:_lock)?|goose_db_version|phinxlog|doctrine_migration_versions"
    r"|play_evolutions|atlas_schema_revisions|typeorm_metadata|spatial_ref_sys|geometry_columns"
)


def join_tables(
    tables: Iterable[FoundTable], links: Iterable[Link], common: frozenset[At] = frozenset()
) -> dict[At, tuple[Link, Link]]:
    """Return tables that only tie two others together, with the two links; ties to *common* ones do not count."""
    by_table: dict[At, list[Link]] = {}
    for link in links:
        by_table.setdefault(link.near, []).append(link)
    leading = {link.far for link in links}
    found: dict[At, tuple[Link, Link]] = {}
    for table in tables:
        own = by_table.get(table.at, [])
        aside = [link for link in own if link.far in common] if len(own) > 2 else []
        own = [link for link in own if link not in aside]
        if (
            len(own) == 2
            and table.type == "table"
            and table.at not in leading
            and _only_joins(table, own[0], own[1], aside)
        ):
            found[table.at] = (own[0], own[1])
    return found


def _only_joins(table: FoundTable, one: Link, other: Link, aside: list[Link]) -> bool:
    linked = {*one.columns, *other.columns}
    if set(one.columns) & set(other.columns) or table.at in (one.far, other.far):
        return False
    if set(table.primary_key) & linked and not linked <= set(table.primary_key):
        return False  # something else is part of what makes a row
    if any(set(group) in (set(one.columns), set(other.columns)) for group in (table.primary_key, *table.uniques)):
        return False  # one to one
    linked |= {name for link in aside for name in link.columns}
    return all(column.name in linked or _says_nothing(column, table) for column in table.columns)


def _says_nothing(column: FoundColumn, table: FoundTable) -> bool:
    """Whether it is a key of its own, or only says when the row was written."""
    if table.primary_key == (column.name,) or column.generated:
        return True
    return role_of(column.name, typed(column.base).kind) in ("created", "updated")


def machinery_because(table: FoundTable, tied: bool = False) -> str | None:
    """Return why a table belongs to machinery, as a sentence; None for one that people use. A *tied* one is theirs."""
    if table.internal:
        return table.internal
    if table.partition_of is not None:
        return f"It is a partition of {table.partition_of[1]}."
    if not tied and _MIGRATIONS.fullmatch(snake(table.name)):
        return "It keeps track of schema migrations."
    return None
