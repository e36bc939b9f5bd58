"""Tables that an extension keeps in our state: Alembic's revisions in its folder `migrations`, one after another.

Each extension has a table of its own that says how far it is, so that one which is gone, or went back to an older
version, holds up neither the house nor another. All its tables begin with its name.
"""

from __future__ import annotations

import re
from pathlib import Path

import sqlalchemy as sa

from nexus_admin.domain.errors import ExtensionError
from nexus_admin.state.schema import MIGRATIONS as HOW
from nexus_admin.state.tables import metadata

MIGRATIONS = "migrations"
"""The folder within an extension's own."""
_REVISION = re.compile(r"""^revision(?:\s*:[^=\n]+)?\s*=\s*["']([^"']+)["']""", re.MULTILINE)


def newest(folder: Path) -> str | None:
    """Return the revision in the last file of *folder* by name, such as `0002_totals.py`; None where there is none."""
    files = sorted(one for one in folder.glob("*.py") if not one.name.startswith("_"))
    found = _REVISION.search(files[-1].read_text("utf-8")) if files else None
    if files and found is None:
        raise ExtensionError(f'{files[-1].name} is no revision. It needs a line revision = "0001".')
    return found[1] if found else None


def is_current(connection: sa.Connection, name: str, folder: Path) -> bool:
    """Whether there is nothing to do for the extension *name*; costs one SELECT, and imports nothing."""
    return newest(folder) in (None, _revision_of(connection, name))


def bring_up_to_date(connection: sa.Connection, name: str, folder: Path) -> bool:
    """Run the revisions that are missing, in the transaction of *connection*; return whether there were any.

    Raises:
        ExtensionError: a table was made or dropped whose name does not begin with the extension's, or that is the
            house's; or a newer version of the extension has used this state.
    """
    if connection.dialect.name == "postgresql":  # several processes start at once
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"nexus tables of {name}"))))
    if is_current(connection, name, folder):
        return False
    before = _tables(connection)
    _upgrade(connection, name, folder)
    for table in sorted(before ^ _tables(connection)):
        if table in metadata.tables:  # of an extension called `stream`, say, or `audit`
            raise ExtensionError(f"{name} may not make or drop the table {table!r}: it belongs to Nexus.")
        if not table.startswith(_prefix(name)):
            raise ExtensionError(
                f"{name} may not make or drop the table {table!r}: its own begin with {_prefix(name)}."
            )
    return True


def _upgrade(connection: sa.Connection, name: str, folder: Path) -> None:
    from alembic import command, config, util  # slow to import, and most starts have nothing to do

    settings = config.Config()
    for key, value in (
        ("script_location", str(HOW)),
        ("version_locations", str(folder)),
        ("path_separator", "newline"),
    ):
        settings.set_main_option(key, value.replace("%", "%%"))
    settings.attributes |= {"connection": connection, "version_table": _versions(name)}
    try:
        command.upgrade(settings, "head")
    except util.CommandError as error:
        raise ExtensionError(
            f"The tables of {name} are at revision {_revision_of(connection, name)}, and its files do not lead on from "
            f"there: {error}. A newer version of it has used this state. Install that one, or restore a backup."
        ) from error


def _prefix(name: str) -> str:
    return f"{name.replace('-', '_')}_"


def _versions(name: str) -> str:
    return f"{_prefix(name)}alembic_version"


def _tables(connection: sa.Connection) -> set[str]:
    return set(sa.inspect(connection).get_table_names())


def _revision_of(connection: sa.Connection, name: str) -> str | None:
    table = sa.table(_versions(name), sa.column("version_num", sa.String))
    if not sa.inspect(connection).has_table(table.name):
        return None
    revision: str | None = connection.execute(sa.select(table.c.version_num)).scalar()
    return revision
