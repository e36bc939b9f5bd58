"""The tables of our own database, one file a room; importing this package makes `metadata` complete."""

from __future__ import annotations

import importlib
import pkgutil

from nexus_admin.state.tables.base import metadata

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["metadata"]
