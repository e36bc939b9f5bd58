"""Telling whoever listens, at most once: topics with wildcards, last values, buffers that say what they lost."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nexus_admin.brokers.pubsub.memory import MemoryPubSub
from nexus_admin.brokers.pubsub.protocol import Gap, Listener, Message, PubSub, PubSubFigures, Subscription

if TYPE_CHECKING:
    from nexus_admin.brokers.pubsub.postgres import PostgresPubSub

__all__ = [
    "Gap", "Listener", "MemoryPubSub", "Message", "PostgresPubSub", "PubSub", "PubSubFigures", "Subscription",
]  # fmt: skip

_IN_TABLES = {"PostgresPubSub": "postgres"}


def __getattr__(name: str) -> Any:
    """Import what needs SQLAlchemy on first use: a client of a Nexus elsewhere has none."""
    if name in _IN_TABLES:
        return getattr(import_module(f"{__name__}.{_IN_TABLES[name]}"), name)
    raise AttributeError(f"Package {__name__!r} has no attribute {name!r}.")
