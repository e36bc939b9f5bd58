"""Every door of the house for people, in the order in which addresses are tried: each page's module lists its own."""

from __future__ import annotations

from nexus_admin.web.pages import (
    access,
    access_roles,
    access_users,
    account,
    changes,
    dashboard_files,
    dashboards,
    exporting,
    extension_pages,
    extensions,
    forms,
    health,
    home,
    list_bulk,
    list_columns,
    list_filter,
    lists,
    palette,
    records,
    settings,
    signing,
    themes,
)

DOORS = (
    *health.DOORS,
    *signing.DOORS,
    *account.DOORS,
    *palette.DOORS,
    *home.DOORS,
    *access.DOORS,
    *access_roles.DOORS,
    *access_users.DOORS,
    *dashboard_files.DOORS,
    *dashboards.DOORS,  # before lists: /s/{source}/~dashboard is no table
    *lists.DOORS,
    *exporting.DOORS,
    *list_bulk.DOORS,
    *list_columns.DOORS,
    *list_filter.DOORS,
    *changes.DOORS,
    *forms.DOORS,
    *records.DOORS,
    *extensions.DOORS,
    *settings.DOORS,
    *themes.DOORS,
    *extension_pages.DOORS,
)
