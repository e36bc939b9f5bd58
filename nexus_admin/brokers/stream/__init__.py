"""What happened, in order, to be read again: positions, groups of readers, lanes."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from nexus_admin.brokers.stream.durable import DurableStream

__all__ = [
    "BEGIN", "Batch", "DurableStream", "Fresh", "GroupFigures", "LaneFigures", "MemoryStream", "Parked", "Position",
    "Shift", "Stream", "StreamEvent", "StreamFigures",
]  # fmt: skip

_IN_TABLES = {"DurableStream": "durable"}


def __getattr__(name: str) -> Any:
    """Import what needs SQLAlchemy on first use: a client of a Nexus elsewhere has none."""
    if name in _IN_TABLES:
        return getattr(import_module(f"{__name__}.{_IN_TABLES[name]}"), name)
    raise AttributeError(f"Package {__name__!r} has no attribute {name!r}.")
