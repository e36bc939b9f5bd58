"""What the state keeps of projections: their generations, and the rows of each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Invalid
from nexus_admin.domain.spelling import json_writer
from nexus_admin.state.engine import State
from nexus_admin.state.tables.projections import projection, projection_row

LONGEST_KEY, LONGEST_ROW = 500, 64 * 1024
"""Letters of a key, and of a row as JSON."""
_p, _r = projection.c, projection_row.c
_spelled = json_writer(allow_nan=False)


@dataclass(frozen=True, slots=True)
class Generations:
    """Which rows of a projection are shown, and which are being made beside them."""

    shown: int
    building: int | None
    version: int
    begun: datetime

    @property
    def newest(self) -> int:
        """The one that events are folded into."""
        return self.shown if self.building is None else self.building


def generations(connection: sa.Connection, name: str) -> Generations | None:
    """Return where the projection called *name* is; None before its first event."""
    asked = sa.select(_p.shown, _p.building, _p.version, _p.begun).where(_p.name == name)
    row = connection.execute(asked).one_or_none()
    return None if row is None else Generations(*row)


def begin(connection: sa.Connection, name: str, version: int) -> None:
    """Begin with the first generation."""
    first = {"name": name, "shown": 1, "building": None, "version": version, "begun": datetime.now(UTC)}
    connection.execute(projection.insert().values(**first))


def begin_anew(connection: sa.Connection, name: str, version: int) -> int:
    """Begin with another generation, beside the one that is shown; return its number."""
    found = generations(connection, name)
    assert found is not None, f"{name} was never begun."
    values = {"building": found.newest + 1, "version": version, "begun": datetime.now(UTC)}
    connection.execute(projection.update().where(_p.name == name).values(**values))
    return found.newest + 1


def show(connection: sa.Connection, name: str, generation: int) -> bool:
    """Show the generation that was made, and forget those before it; return whether it was still the newest."""
    mine = (_p.name == name) & (_p.building == generation)
    if connection.execute(projection.update().where(mine).values(shown=generation, building=None)).rowcount == 0:
        return False
    connection.execute(projection_row.delete().where(_r.projection == name, _r.generation < generation))
    return True


def write(connection: sa.Connection, name: str, generation: int, rows: Mapping[str, str | None]) -> None:
    """Keep rows by their keys, as `row_text` spells them; None deletes one."""
    if not rows:
        return
    gone = sa.bindparam("gone", type_=sa.LargeBinary)
    drop = projection_row.delete().where(_r.projection == name, _r.generation == generation, _r.key == gone)
    connection.execute(drop, [{"gone": key.encode()} for key in rows])
    kept = [
        {"projection": name, "generation": generation, "key": key.encode(), "data": text}
        for key, text in rows.items()
        if text is not None
    ]
    if kept:
        connection.execute(projection_row.insert(), kept)


def row_text(key: str, row: Mapping[str, Any]) -> str:
    """Return a row as it is kept.

    Raises:
        Invalid: the key or the row is too long, or no JSON.
    """
    if not 1 <= len(key) <= LONGEST_KEY:
        raise Invalid({"key": f"A key has 1 to {LONGEST_KEY} letters."})
    try:
        text = _spelled(row)
    except (TypeError, ValueError, RecursionError) as error:
        raise Invalid({"row": f"The row {key!r} cannot be kept: {error}."}) from error
    if len(text) > LONGEST_ROW:
        raise Invalid({"row": f"The row {key!r} is too long: JSON of up to {LONGEST_ROW:,} letters is kept."})
    return text


class ShownRows:
    """The rows of one generation of a projection (a `Projected`); none where there is no generation yet."""

    def __init__(self, state: State, name: str, generation: int | None = None) -> None:
        self._state, self._name, self._generation = state, name, generation

    def get(self, key: str) -> dict[str, Any] | None:
        """As `Projected.get`."""
        text = self.text(key)
        return None if text is None else json.loads(text)

    def text(self, key: str) -> str | None:
        """Return a row as it is kept."""
        asked = self._of(sa.select(_r.data)).where(_r.key == key.encode())
        found: str | None = self._state.read(lambda connection: connection.execute(asked).scalar())
        return found

    def rows(self, after: str = "", begins: str = "", limit: int = 1000) -> Iterator[tuple[str, dict[str, Any]]]:
        """As `Projected.rows`."""
        asked = self._of(sa.select(_r.key, _r.data)).where(_r.key > after.encode())
        if begins:
            asked = asked.where(_r.key >= begins.encode(), _r.key < begins.encode() + b"\xff")
        found = self._state.read(lambda connection: connection.execute(asked.order_by(_r.key).limit(limit)).all())
        yield from ((bytes(key).decode(), json.loads(data)) for key, data in found)

    def _of(self, asked: sa.Select[Any]) -> sa.Select[Any]:
        generation: Any = self._generation
        if generation is None:
            generation = sa.select(_p.shown).where(_p.name == self._name).scalar_subquery()
        return asked.where(_r.projection == self._name, _r.generation == generation)
