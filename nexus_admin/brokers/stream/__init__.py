"""What happened, in order, to be read again: positions, groups of readers, lanes."""

from nexus_admin.brokers.stream.durable import DurableStream
from nexus_admin.brokers.stream.memory import MemoryStream
from nexus_admin.brokers.stream.protocol import (
    BEGIN,
    Batch,
    Fresh,
    GroupFigures,
    LaneFigures,
    Parked,
    Position,
    Shift,
    Stream,
    StreamEvent,
    StreamFigures,
)

__all__ = [
    "BEGIN", "Batch", "DurableStream", "Fresh", "GroupFigures", "LaneFigures", "MemoryStream", "Parked", "Position",
    "Shift", "Stream", "StreamEvent", "StreamFigures",
]  # fmt: skip
