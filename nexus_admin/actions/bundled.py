"""All actions that come with the house; they reach the kernel through the same hook as everybody's."""

from __future__ import annotations

from collections.abc import Sequence

from nexus_admin.actions import remembered
from nexus_admin.actions.access import account, signing
from nexus_admin.actions.access import preview as access_preview
from nexus_admin.actions.access import roles as access_roles
from nexus_admin.actions.access import users as access_users
from nexus_admin.actions.access import view as access_view
from nexus_admin.actions.brokers import bundled as brokers
from nexus_admin.actions.brokers import clients
from nexus_admin.actions.exports import export
from nexus_admin.actions.exports import kept as export_kept
from nexus_admin.actions.exports import later as export_later
from nexus_admin.actions.exports.formats import EXPORTERS
from nexus_admin.actions.house import activity, auditing, dashboards, extensions, keys, preferences, settings
from nexus_admin.actions.house import undo as house_undo
from nexus_admin.actions.house.events import EVENTS
from nexus_admin.actions.jobs import acts as job_acts
from nexus_admin.actions.jobs import background as job_background
from nexus_admin.actions.jobs import projections, schedules
from nexus_admin.actions.jobs import work as job_work
from nexus_admin.actions.live import feed_acts
from nexus_admin.actions.live import rows as live_rows
from nexus_admin.actions.rows import bulk, catalog, encrypting, history, listing, neighbours, query, related, undo
from nexus_admin.actions.rows import row as rows
from nexus_admin.actions.sources import changes as source_changes
from nexus_admin.actions.sources import copies, outboxes, resource_clicks
from nexus_admin.actions.sources import edit as source_edit
from nexus_admin.actions.sources import view as source_view
from nexus_admin.domain.action import Action
from nexus_admin.domain.event import EventModel
from nexus_admin.sdk.declarations import Exporter
from nexus_admin.sdk.markers import hookimpl

ACTIONS = (
    *listing.ACTIONS,
    *live_rows.ACTIONS,
    *bulk.ACTIONS,
    *encrypting.ACTIONS,
    *catalog.ACTIONS,
    *clients.ACTIONS,
    *copies.ACTIONS,
    *rows.ACTIONS,
    *undo.ACTIONS,
    *export.ACTIONS,
    *export_kept.ACTIONS,
    *export_later.ACTIONS,
    *feed_acts.ACTIONS,
    *history.ACTIONS,
    *house_undo.ACTIONS,
    *neighbours.ACTIONS,
    *outboxes.ACTIONS,
    *related.ACTIONS,
    *remembered.ACTIONS,
    *resource_clicks.ACTIONS,
    *job_acts.ACTIONS,
    *job_background.ACTIONS,
    *job_work.ACTIONS,
    *schedules.ACTIONS,
    *settings.ACTIONS,
    *extensions.ACTIONS,
    *query.ACTIONS,
    *dashboards.ACTIONS,
    *access_preview.ACTIONS,
    *access_roles.ACTIONS,
    *access_users.ACTIONS,
    *access_view.ACTIONS,
    *account.ACTIONS,
    *activity.ACTIONS,
    *auditing.ACTIONS,
    *brokers.ACTIONS,
    *keys.ACTIONS,
    *preferences.ACTIONS,
    *projections.ACTIONS,
    *signing.ACTIONS,
    *source_changes.ACTIONS,
    *source_edit.ACTIONS,
    *source_view.ACTIONS,
)


@hookimpl
def nexus_actions() -> Sequence[Action]:
    """The house's own."""
    return ACTIONS


@hookimpl
def nexus_events() -> Sequence[type[EventModel]]:
    """The house's own."""
    return EVENTS


@hookimpl
def nexus_exporters() -> Sequence[Exporter]:
    """The house's own."""
    return EXPORTERS
