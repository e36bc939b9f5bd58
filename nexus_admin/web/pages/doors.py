"""Every door of the house for people, in the order in which addresses are tried: each page's module lists its own."""

from __future__ import annotations

from nexus_admin.web.pages import extension_pages, extensions, health, home, lists, records, settings, signing

DOORS = (
    *health.DOORS,
    *signing.DOORS,
    *home.DOORS,
    *lists.DOORS,
    *records.DOORS,
    *extensions.DOORS,
    *settings.DOORS,
    *extension_pages.DOORS,
)
