"""All actions that come with the house; they reach the kernel through the same hook as everybody's."""

from __future__ import annotations

from collections.abc import Sequence

from nexus_admin.actions import bulk, dashboards, extensions, history, listing, neighbours, query, related, rows, settings, undo
from nexus_admin.domain.action import Action
from nexus_admin.sdk.markers import hookimpl

ACTIONS = (
    *listing.ACTIONS,
    *bulk.ACTIONS,
    *rows.ACTIONS,
    *undo.ACTIONS,
    *history.ACTIONS,
    *neighbours.ACTIONS,
    *related.ACTIONS,
    *settings.ACTIONS,
    *extensions.ACTIONS,
    *query.ACTIONS,
    *dashboards.ACTIONS,
)


@hookimpl
def nexus_actions() -> Sequence[Action]:
    """The house's own."""
    return ACTIONS
