"""The roles that are there at the first start, and what everybody who is signed in may do with their own account."""

from __future__ import annotations

from typing import Final

from nexus_admin.domain.role import Grant, Role

OWNER: Final = "owner"
"""Everything, always. Its grants cannot be edited, nothing denies it anything, and one active owner always remains."""

HOUSE: Final = "nexus"
"""The source under which the house's own things stand."""

EVERYONE: Final = "everyone"
"""Not a role that can be given: whoever is signed in has it."""

EVERYONES_GRANTS: Final = (Grant(source=HOUSE, action="account.*"),)

_READS: Final = (
    "row.list", "row.read", "row.history", "rows.count", "query.run", "dashboard.view", "view.*",
)  # fmt: skip
_EDITS: Final = (
    *_READS, "row.create", "row.update", "row.delete", "rows.update", "rows.delete", "rows.export", "rows.import",
    "change.undo", "row.undo", "rows.undo", "dashboard.*", "query.save",
)  # fmt: skip

BUILT_IN: Final = (
    Role(
        name=OWNER,
        title="Owner",
        description="Everything, and who may do what. There is always one.",
        grants=(Grant(action="*"), Grant(action="access.*")),
    ),
    Role(
        name="admin",
        title="Admin",
        description="Everything but who may do what.",
        grants=(Grant(action="*"),),
    ),
    Role(
        name="editor",
        title="Editor",
        description="Sees and changes rows, and builds dashboards.",
        grants=tuple(Grant(action=name) for name in _EDITS),
    ),
    Role(
        name="viewer",
        title="Viewer",
        description="Sees rows and dashboards, and asks questions.",
        grants=tuple(Grant(action=name) for name in _READS),
    ),
)
