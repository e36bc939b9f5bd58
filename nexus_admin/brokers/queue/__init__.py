"""Work that waits until somebody has done it: at least once, with retries, priorities, delays and leases."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nexus_admin.brokers.queue.memory import MemoryQueue
from nexus_admin.brokers.queue.protocol import Job, JobState, Queue, QueueFigures

if TYPE_CHECKING:
    from nexus_admin.brokers.queue.durable import DurableQueue

__all__ = ["DurableQueue", "Job", "JobState", "MemoryQueue", "Queue", "QueueFigures"]

_IN_TABLES = {"DurableQueue": "durable"}


def __getattr__(name: str) -> Any:
    """Import what needs SQLAlchemy on first use: a client of a Nexus elsewhere has none."""
    if name in _IN_TABLES:
        return getattr(import_module(f"{__name__}.{_IN_TABLES[name]}"), name)
    raise AttributeError(f"Package {__name__!r} has no attribute {name!r}.")
