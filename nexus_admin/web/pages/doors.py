"""Every door of the house for people, in the order in which addresses are tried: each page's module lists its own."""

from __future__ import annotations

from nexus_admin.web.pages import (
    account,
    changes,
    dashboard_files,
    dashboards,
    extension_pages,
    extensions,
    forms,
    health,
    home,
    lists,
    records,
    settings,
    signing,
)

DOORS = (
    *health.DOORS,
    *signing.DOORS,
    *account.DOORS,
    *home.DOORS,
    *dashboard_files.DOORS,
    *dashboards.DOORS,  # before lists: /s/{source}/~dashboard is no table
    *lists.DOORS,
    *changes.DOORS,
    *forms.DOORS,
    *records.DOORS,
    *extensions.DOORS,
    *settings.DOORS,
    *extension_pages.DOORS,
)
