"""Shared state that may be lost: values by key, with a lifetime, counters, and handles that know a model."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nexus_admin.brokers.store.map import Map
from nexus_admin.brokers.store.members import Members
from nexus_admin.brokers.store.memory import MemoryStore
from nexus_admin.brokers.store.protocol import Entry, Store, StoreFigures

if TYPE_CHECKING:
    from nexus_admin.brokers.store.durable import DurableStore

__all__ = ["DurableStore", "Entry", "Map", "Members", "MemoryStore", "Store", "StoreFigures"]

_IN_TABLES = {"DurableStore": "durable"}


def __getattr__(name: str) -> Any:
    """Import what needs SQLAlchemy on first use: a client of a Nexus elsewhere has none."""
    if name in _IN_TABLES:
        return getattr(import_module(f"{__name__}.{_IN_TABLES[name]}"), name)
    raise AttributeError(f"Package {__name__!r} has no attribute {name!r}.")
