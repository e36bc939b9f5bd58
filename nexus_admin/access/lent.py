"""Rights on rows that are the house's own things: what may be done to them is a permission of the house."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.decision import Decision, FieldAccess, denied


@dataclass(frozen=True, slots=True)
class Lent:
    """What stands for rights on the rows of one source.

    Args:
        gives: By action on rows the permission of the house that it takes; every other action is refused.
        masks: By field the permission without which its values are masked.
    """

    gives: Mapping[str, str]
    masks: Mapping[str, str]

    def decision(self, action: str, ask: Callable[[str], Decision]) -> Decision:
        """Say whether *action* may be done; `ask(permission)` decides about the house."""
        needed = self.gives.get(action)
        if needed is None:
            return denied("These are things of the house: they are acted upon by its own actions, not as rows.")
        answer = ask(needed)
        if not answer.allowed:
            return denied(answer.reason)
        fields: dict[str, FieldAccess] = {
            name: "masked" for name, permission in self.masks.items() if not ask(permission).allowed
        }
        return Decision(True, answer.reason, fields=fields, default_access="read")
