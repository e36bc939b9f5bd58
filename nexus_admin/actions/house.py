"""All actions that come with the house; they reach the kernel through the same hook as everybody's."""

from __future__ import annotations

from collections.abc import Sequence

from nexus_admin.actions import (
    access_preview,
    access_roles,
    access_users,
    access_view,
    account,
    activity,
    auditing,
    brokers,
    bulk,
    catalog,
    clients,
    copies,
    dashboards,
    encrypting,
    export,
    extensions,
    history,
    house_undo,
    job_acts,
    job_background,
    job_work,
    keys,
    listing,
    live_rows,
    neighbours,
    outboxes,
    preferences,
    projections,
    query,
    related,
    remembered,
    resource_clicks,
    rows,
    schedules,
    settings,
    signing,
    source_changes,
    source_edit,
    source_view,
    undo,
)
from nexus_admin.actions.formats import EXPORTERS
from nexus_admin.domain.action import Action
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
def nexus_exporters() -> Sequence[Exporter]:
    """The house's own."""
    return EXPORTERS
