"""Polling: asking for the rows that were written last, and comparing with those of the look before.

The newest rows are asked for, not those after a moment: so it does not matter how a column is spelled, that two rows
share a moment, or that a transaction commits later than one that began after it. A row that is gone is not seen.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from nexus_admin.access.masks import mask
from nexus_admin.actions.live.feeds import Missed
from nexus_admin.actions.live.topics import News, topic_of
from nexus_admin.actions.telling import ROWS
from nexus_admin.data.guesses.rising import rising
from nexus_admin.data.rows import Rows
from nexus_admin.data.source import DataSource
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.changes import What
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.row import ListRequest
from nexus_admin.language.variables import Variables

WINDOW = 500
"""Rows that are looked at; where more were written between two looks, that is a gap."""
WHOLE = Decision(True, "A watcher sees all rows; each follower is told of their own.", fingerprint="feeds")
BY = {"action": "", "by": "", "name": "Another program", "entry": ""}
"""Who did it, as far as is known."""


class Poller:
    """Looks at one table.

    Args:
        source: Where it is.
        name: What it is called.
        column: The column that rises, where somebody named it; "" for the one that is guessed.
    """

    def __init__(self, source: DataSource, name: str, column: str = "") -> None:
        self._source, self._name, self._column = source, name, column
        self._seen: dict[str, Any] | None = None

    def look(self) -> list[News | Missed]:
        """Look once, and return what is told; at the first look nothing, since nothing is known before.

        Raises:
            SourceDown, SourceFailed: the database does not answer; the next look goes on from the one before.
        """
        resource = self._source.schema.resources.get(self._name)
        found = rising(resource, self._column) if resource is not None else None
        if found is None:
            self._seen = None
            return []
        names = tuple(filter(None, (found.column, found.made)))
        now = self._newest(ListRequest(sort=(f"-{found.column}",), fields=names, limit=WINDOW))
        before, self._seen = self._seen, {key: row[found.column] for key, row in now.items()}
        if before is None:
            return []
        fresh = [(key, row) for key, row in now.items() if _is_fresh(key, row[found.column], before)]
        if len(fresh) == WINDOW:
            return [Missed(self._source.name, self._name)]
        return [self._news(key, row, found.column, found.made) for key, row in reversed(fresh)]

    def _newest(self, request: ListRequest) -> dict[str, dict[str, Any]]:
        variables = Variables(Actor.system("feeds"), datetime.now(UTC), ZoneInfo("UTC"))
        with self._source.read() as connection:
            rows = Rows(self._source, connection, lambda _action, _resource: WHOLE, variables, mask)
            page = rows.list(self._name, request)
        return {key: row for key, row in zip(page.keys, page.rows, strict=True) if key is not None}

    def _news(self, key: str, row: dict[str, Any], column: str, made: str) -> News:
        """Word one change. Whoever may not read the column is not told of it: nothing else is known to have changed."""
        new = bool(made) and made != column and row.get(made) == row[column]
        what: What = "created" if new else "changed"
        topic = topic_of(ROWS, self._source.name, self._name, key)
        return News(topic, {**BY, "key": key, "what": what, "fields": [column]})


def _is_fresh(key: str, value: Any, before: dict[str, Any]) -> bool:
    """Whether a row was written since the look *before*, and did not slide into the window behind one that went."""
    if key in before:
        return bool(before[key] != value)
    if len(before) < WINDOW:
        return True
    least = before[next(reversed(before))]  # in the order of the list, where rows without a value stand last
    try:
        return value is not None and (least is None or bool(value >= least))
    except TypeError:
        return True
