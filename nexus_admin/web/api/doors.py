"""Every door of the house for programs, in the order in which addresses are tried: each module lists its own."""

from __future__ import annotations

from nexus_admin.web.api import audit, export, queries, rows, sources
from nexus_admin.web.api.call import ApiDoor

# Words of ours come before what may be the name of a source.
DOORS: tuple[ApiDoor, ...] = (
    *sources.HOUSE_DOORS,
    *queries.DOORS,
    *audit.DOORS,
    *sources.DOORS,
    *export.DOORS,  # before rows: ~export is no key
    *rows.DOORS,
)
