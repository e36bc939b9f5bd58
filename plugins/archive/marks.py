"""By which field a table keeps that a row is archived."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from nexus_admin.sdk import Resource

TIMES = ("archived_at", "deleted_at", "discarded_at", "disabled_at", "deactivated_at", "removed_at")
ON_FLAGS = ("active", "is_active", "enabled", "is_enabled")
OFF_FLAGS = ("archived", "is_archived", "deleted", "is_deleted", "disabled", "is_disabled")


@dataclass(frozen=True, slots=True)
class Mark:
    """The field, and what it holds for an archived row.

    Args:
        field: The field's name.
        flag: The flag's value of an archived row; None where the field keeps a time.
    """

    field: str
    flag: bool | None = None

    def archived(self, value: Any) -> bool:
        """Return whether a row with *value* is archived."""
        return value is not None if self.flag is None else value is not None and bool(value) is self.flag

    def archive(self) -> Any:
        """Return what to write."""
        return datetime.now(UTC).replace(microsecond=0) if self.flag is None else self.flag

    def restore(self) -> Any:
        """Return what to write to take it back."""
        return None if self.flag is None else not self.flag


def mark_of(resource: Resource) -> Mark | None:
    """Return the mark that *resource* keeps, None for none. A time is preferred: it also says when."""
    for field in resource.fields:
        if field.kind == "datetime" and field.nullable and field.writable and field.name.lower() in TIMES:
            return Mark(field.name)
    for field in resource.fields:
        if field.kind == "boolean" and field.writable and field.name.lower() in (*ON_FLAGS, *OFF_FLAGS):
            return Mark(field.name, flag=field.name.lower() in OFF_FLAGS)
    return None
