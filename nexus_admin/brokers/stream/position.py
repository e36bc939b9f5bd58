"""A place in a stream."""

from __future__ import annotations

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadRequest


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a stream; what was appended later is greater. Spelled `xid.seq` by `str`, and read by `parse`.

    Args:
        xid: PostgreSQL's transaction; 0 elsewhere.
        seq: The number of the event.
    """

    xid: int
    seq: int

    def __str__(self) -> str:
        return f"{self.xid}.{self.seq}"

    @classmethod
    def parse(cls, text: str) -> Position:
        """Read what `str` wrote; a bare number is one of an engine without transactions' numbers.

        Raises:
            BadRequest: it is no position.
        """
        xid, _, seq = text.rpartition(".")
        try:
            found = cls(int(xid or 0), int(seq))
        except ValueError:
            found = None
        if found is None or found.xid < 0 or found.seq < 0:
            raise BadRequest(f"{text[:60]!r} is no position in a stream. One reads like 0.1234.")
        return found


BEGIN = Position(0, 0)
"""Before the first event."""
