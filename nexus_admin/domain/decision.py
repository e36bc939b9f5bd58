"""What a policy answered: yes or no, why, and how a yes is narrowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.expression import Expression

FieldAccess = Literal["hidden", "masked", "read", "write"]
"""Hidden: as if it were not there. Masked: its shape is seen, its value never leaves the server."""

_READ = ("read", "write")


@dataclass(frozen=True, slots=True)
class Decision:
    """What a policy answered.

    Args:
        allowed: Yes or no.
        reason: A sentence that names the role or rule that decided.
        rows: The row rule; None for every row. A denied decision has no meaning here.
        fields: Access by field name where it is not `default_access`.
        default_access: Access of every other field.
        fingerprint: The same for two decisions that narrow alike; part of cache keys.
    """

    allowed: bool
    reason: str
    rows: Expression | None = None
    fields: Mapping[str, FieldAccess] = field(default_factory=dict, hash=False)
    default_access: FieldAccess = "write"
    fingerprint: str = ""

    def access(self, name: str) -> FieldAccess:
        """Return what the actor may do with the field called *name*."""
        return self.fields.get(name, self.default_access) if self.allowed else "hidden"

    def shows(self, name: str) -> bool:
        """Whether the actor may know that the field is there (its value may still be masked)."""
        return self.access(name) != "hidden"

    def reads(self, name: str) -> bool:
        """Whether the actor may read the value: filter, sort, group and search by it too."""
        return self.access(name) in _READ

    @property
    def reads_all(self) -> bool:
        """Whether the actor may read every field."""
        return self.allowed and self.default_access in _READ and all(one in _READ for one in self.fields.values())

    def writes(self, name: str) -> bool:
        """Whether the actor may write it."""
        return self.access(name) == "write"


def denied(reason: str) -> Decision:
    """Return a no."""
    return Decision(False, reason, fingerprint="no")
