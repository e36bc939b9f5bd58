"""Every column of our state that the vault seals, and sealing all of them anew after a change of keys."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.state.tables.exports import export, export_part
from nexus_admin.state.tables.identity import second_factor
from nexus_admin.state.tables.sources import source
from nexus_admin.state.vault import SealBroken, Vault


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column with one sealed value a row.

    Args:
        column: The column.
        owner: The column that tells the rows apart.
        kind: With the owner it names the place for which a value is sealed: `source:01J…`.
    """

    column: sa.Column[Any]
    owner: sa.Column[Any]
    kind: str

    def place(self, owner: str) -> str:
        """Return the vault's context for the row of *owner*."""
        return f"{self.kind}:{owner}"


SOURCE_URL = SealedColumn(source.c.url, source.c.id, "source")
SECOND_FACTOR = SealedColumn(second_factor.c.secret, second_factor.c.user_id, "second_factor")
EXPORT = SealedColumn(export.c.asked, export.c.id, "export")
EXPORT_PART = SealedColumn(export_part.c.data, export_part.c.id, "export_part")
SEALED = (SOURCE_URL, SECOND_FACTOR, EXPORT, EXPORT_PART)


@dataclass(frozen=True, slots=True)
class Resealed:
    """What sealing anew came to.

    Args:
        done: How many values bear the newest key now and did not before.
        lost: Places of values that no key opens; they are as they were.
    """

    done: int
    lost: tuple[str, ...] = ()


def reseal(connection: sa.Connection, vault: Vault) -> Resealed:
    """Seal with the newest key whatever another one sealed, within the transaction of *connection*."""
    done, lost = 0, []
    for one in SEALED:
        for owner in connection.execute(sa.select(one.owner)).scalars().all():
            value = connection.execute(sa.select(one.column).where(one.owner == owner)).scalar()  # may be large
            if value is None:  # it was deleted meanwhile
                continue
            if vault.is_newest(value):
                continue
            try:
                anew = vault.seal(vault.unseal(value, one.place(owner)), one.place(owner))
            except SealBroken:
                lost.append(one.place(owner))
                continue
            connection.execute(sa.update(one.column.table).where(one.owner == owner).values({one.column.name: anew}))
            done += 1
    return Resealed(done, tuple(lost))
