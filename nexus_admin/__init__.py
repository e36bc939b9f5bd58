"""Nexus Admin: admin screens, dashboards, permissions and an audit trail with undo, for any database.

`from nexus_admin import Nexus` is all that an application needs; `nexus_admin.sdk` is all that an extension needs.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nexus_admin.web.app import Nexus

__version__ = "0.1.0"
__all__ = ["Nexus", "__version__"]


def __getattr__(name: str) -> Any:
    """Import `Nexus` on first use: `nexus --help` and the extensions' SDK must not pay for the web."""
    if name == "Nexus":
        from importlib import import_module

        return import_module("nexus_admin.web.app").Nexus
    raise AttributeError(f"Package 'nexus_admin' has no attribute '{name}'.")
