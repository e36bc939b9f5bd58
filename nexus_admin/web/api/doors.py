"""Every door of the house for programs, in the order in which addresses are tried: each module lists its own."""

from __future__ import annotations

from nexus_admin.web.api import queries, rows, sources
from nexus_admin.web.api.call import ApiDoor

DOORS: tuple[ApiDoor, ...] = (
    *sources.DOORS[:1],
    *queries.DOORS,
    *sources.DOORS[1:],
    *rows.DOORS,
)
