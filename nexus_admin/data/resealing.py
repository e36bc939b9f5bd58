"""Bringing the values of a column into the state that is wanted for it, a page of rows at a time.

What is to be done stands in the column itself: values that do not begin as the newest key's do. So it goes on after
any interruption, beside everybody who reads and writes: each value is written only over the one that was read.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nexus_admin.data.scope import Scope
from nexus_admin.data.values.keys import key_of
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.encryption import place_of
from nexus_admin.domain.errors import Invalid
from nexus_admin.language import sealed
from nexus_admin.state.vault import SealBroken

MOST = 2000
"""Rows of a page at most."""


@dataclass(frozen=True, slots=True)
class Resealed:
    """What one page came to.

    Args:
        done: Values that were written.
        lost: Values that do not open: they stay as they are.
        too_long: Values that do not fit into the column when they are encrypted: they stay in the clear.
        after: Key of the last row that was looked at; None where there are no more.
    """

    done: int = 0
    lost: int = 0
    too_long: int = 0
    after: str | None = None


class Resealing:
    """The values of one column: encrypted with the newest key, or in the clear where it is not encrypted any more.

    Nobody's rights are asked, as the rows stay what they are.

    Args:
        scope: With an open connection.
        name: The resource.
        column: The field.
    """

    def __init__(self, scope: Scope, name: str, column: str) -> None:
        self._scope, self._resource = scope, scope.resource(name)
        self._table, self._field = scope.table(name), self._resource.field(column)
        self._sealing = scope.source.sealing

    def left(self, cap: int) -> int:
        """Count the values that are not as they are wanted, up to *cap*."""
        statement = sealed.count(self._table, self._field, self._sealing.newest, cap)
        return int(self._scope.connection.execute(statement).scalar_one())

    def page(self, after: str | None, limit: int) -> Resealed:
        """Write one page of them anew.

        Args:
            after: Where to go on, as the page before said; None to begin.
            limit: Rows to look at.
        """
        resource, connection = self._resource, self._scope.connection
        start = None if after is None else self._scope.key(resource.name, after)
        rows = connection.execute(
            sealed.page(self._table, resource, self._field, self._sealing.newest, start, limit)
        ).all()
        counts = {"done": 0, "lost": 0, "too_long": 0}
        for *key, raw in rows:
            try:
                values = self._wanted(raw)
            except Invalid:
                counts["too_long"] += 1
            except (SealBroken, ValueError):
                counts["lost"] += 1
            else:
                known = dict(zip(resource.key, key, strict=True))
                change = sealed.rewritten(self._table, resource, known, {self._field.name: raw}, values)
                counts["done"] += connection.execute(change).rowcount
        return Resealed(**counts, after=key_of(tuple(rows[-1][:-1])) if len(rows) == limit else None)

    def _wanted(self, raw: Any) -> dict[str, Any]:
        """Return what is written in the place of *raw*, by column.

        Raises:
            Invalid: it does not fit.
            SealBroken, ValueError: it does not open.
        """
        if self._field.encrypted:
            return self._sealing.columns(self._field, self._sealing.opened(self._field, raw))
        as_it_was = replace(self._field, encrypted=place_of(self._resource, self._field))
        return {self._field.name: self._sealing.opened(as_it_was, raw)}
