"""What is acted on."""

from __future__ import annotations

from nexus_admin.domain.address import segment
from nexus_admin.domain.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """What is acted on: a source, and optionally one of its resources and one of that one's rows.

    Args:
        source: A data source's name, or `nexus` for the house itself (users, roles, settings).
        resource: A resource's name as the catalog spells it.
        key: The row's key as `address.key_segment` spells it.
    """

    source: str
    resource: str | None = None
    key: str | None = None

    @property
    def path(self) -> str:
        """The address of its page, e.g. `/s/shop/orders/7`."""
        parts = ["", "s", segment(self.source)]
        if self.resource is not None:
            parts.append(segment(self.resource))
            if self.key is not None:
                parts.append(self.key)
        return "/".join(parts)

    def __str__(self) -> str:
        return "/".join(part for part in (self.source, self.resource, self.key) if part is not None)
