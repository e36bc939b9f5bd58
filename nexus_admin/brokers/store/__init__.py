"""Shared state that may be lost: values by key, with a lifetime, counters, and handles that know a model."""

from nexus_admin.brokers.store.durable import DurableStore
from nexus_admin.brokers.store.map import Map
from nexus_admin.brokers.store.memory import MemoryStore
from nexus_admin.brokers.store.protocol import Entry, Store, StoreFigures

__all__ = ["DurableStore", "Entry", "Map", "MemoryStore", "Store", "StoreFigures"]
