"""What somebody is told when they may not: what it was in the words of the page, and whom to ask.

The exact reason, with the names of actions and roles, is the error's own sentence: for the ledger, programs and
whoever looks after the roles.
"""

from __future__ import annotations

from collections.abc import Mapping

from nexus_admin.access.algebra import NO_ROLE
from nexus_admin.domain.action import Action
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.resource import Resource

_VERBS: Mapping[str, str] = {
    "row.list": "see", "row.count": "see", "row.read": "open", "row.create": "add", "row.update": "change",
    "row.edit": "change", "row.delete": "delete", "row.impact": "delete", "rows.update": "change",
    "rows.delete": "delete",
}  # fmt: skip
"""What people call the house's own actions on rows; others are called by their titles."""


def plainly(action: Action, resource: Resource | None, decision: Decision) -> str:
    """Return the no of *decision* for people.

    Args:
        action: What was asked for.
        resource: On which table; None for none. The asker may know of it.
        decision: The no.
    """
    why = (
        "None of your roles allows it; ask an administrator." if NO_ROLE in decision.reason else "Ask an administrator."
    )
    return f"You may not {_deed(action, resource)}. {why}"


def _deed(action: Action, resource: Resource | None) -> str:
    verb = _VERBS.get(action.name)
    if resource is not None and verb:
        return f"{verb} {resource.title.lower()} here"
    if resource is not None:
        return f"use “{action.title or action.name}” on {resource.title.lower()}"
    if action.on == "house" and not action.writes:
        return "open this page"
    return f"use “{action.title or action.name}” here"
