"""Every door of the house for people, in the order in which addresses are tried: each page's module lists its own."""

from __future__ import annotations

from nexus_admin.web.pages import health, home, lists, records, signing

DOORS = (
    *health.DOORS,
    *signing.DOORS,
    *home.DOORS,
    *lists.DOORS,
    *records.DOORS,
)
