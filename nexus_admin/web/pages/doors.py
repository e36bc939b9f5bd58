"""Every door of the house for people, in the order in which addresses are tried: each page's module lists its own."""

from __future__ import annotations

from nexus_admin.web.live import doors as live
from nexus_admin.web.pages import (
    account,
    audit,
    background,
    client,
    gallery,
    health,
    home,
    palette,
    settings,
    signing,
    themes,
)
from nexus_admin.web.pages.access import index as access
from nexus_admin.web.pages.access import roles as access_roles
from nexus_admin.web.pages.access import users as access_users
from nexus_admin.web.pages.brokers import index as brokers
from nexus_admin.web.pages.brokers import jobs as broker_jobs
from nexus_admin.web.pages.brokers import projections as broker_projections
from nexus_admin.web.pages.brokers import retention as broker_retention
from nexus_admin.web.pages.brokers import rows as broker_rows
from nexus_admin.web.pages.brokers import schedules as broker_schedules
from nexus_admin.web.pages.brokers import store as broker_store
from nexus_admin.web.pages.brokers import streams as broker_streams
from nexus_admin.web.pages.brokers import topics as broker_topics
from nexus_admin.web.pages.dashboards import files as dashboard_files
from nexus_admin.web.pages.dashboards import page as dashboards
from nexus_admin.web.pages.extensions import index as extensions
from nexus_admin.web.pages.extensions import pages as extension_pages
from nexus_admin.web.pages.extensions import static as extension_static
from nexus_admin.web.pages.lists import bulk as list_bulk
from nexus_admin.web.pages.lists import columns as list_columns
from nexus_admin.web.pages.lists import exporting
from nexus_admin.web.pages.lists import filter as list_filter
from nexus_admin.web.pages.lists import page as lists
from nexus_admin.web.pages.records import changes, forms
from nexus_admin.web.pages.records import page as records
from nexus_admin.web.pages.sources import copies as source_copies
from nexus_admin.web.pages.sources import edit as source_edit
from nexus_admin.web.pages.sources import feeds as source_feeds
from nexus_admin.web.pages.sources import index as sources
from nexus_admin.web.pages.sources import tables

DOORS = (
    *health.DOORS,
    *live.DOORS,
    *client.DOORS,
    *signing.DOORS,
    *account.DOORS,
    *palette.DOORS,
    *home.DOORS,
    *access.DOORS,
    *access_roles.DOORS,
    *access_users.DOORS,
    *audit.DOORS,
    *background.DOORS,
    *brokers.DOORS,
    *broker_rows.DOORS,
    *broker_jobs.DOORS,
    *broker_projections.DOORS,
    *broker_schedules.DOORS,
    *broker_store.DOORS,
    *broker_retention.DOORS,
    *broker_streams.DOORS,
    *broker_topics.DOORS,
    *dashboard_files.DOORS,
    *dashboards.DOORS,  # before lists: /s/{source}/~dashboard is no table
    *lists.DOORS,
    *exporting.DOORS,
    *list_bulk.DOORS,
    *list_columns.DOORS,
    *list_filter.DOORS,
    *broker_rows.ROWS,
    *changes.DOORS,
    *forms.DOORS,
    *records.DOORS,
    *extensions.DOORS,
    *settings.DOORS,
    *source_feeds.DOORS,
    *sources.DOORS,
    *source_copies.DOORS,
    *source_edit.DOORS,
    *tables.DOORS,
    *gallery.DOORS,
    *themes.DOORS,
    *extension_static.DOORS,
    *extension_pages.DOORS,
)
