"""`rows.encrypt` and `rows.unencrypted`: what stands in the columns of a table that are encrypted at rest.

One call brings one page of a column into the state that is wanted for it: encrypted with the newest key, or in the
clear where the field is not encrypted any more. Whoever calls goes on until it says that there is no more.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from nexus_admin.actions.unit import Unit
from nexus_admin.data.resealing import MOST, Resealed
from nexus_admin.domain.action import Action
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.encryption import unfit
from nexus_admin.domain.errors import Refused
from nexus_admin.domain.resource import Resource

CAP = 100_001
"""Values that are left are counted up to here."""


class Page(BaseModel):
    """Which column, and where to go on."""

    model_config = ConfigDict(extra="forbid")

    field: str
    after: str | None = Field(None, description="As the page before said; none to begin.")
    limit: int = Field(500, ge=1, le=MOST, description="Rows to look at.")


class Asked(BaseModel):
    """Which columns, beside those that are encrypted."""

    model_config = ConfigDict(extra="forbid")

    fields: list[str] = Field([], max_length=1000, description="Not encrypted any more.")


@dataclass(frozen=True, slots=True)
class Left:
    """How many values of a field are not as they are wanted, up to `CAP`."""

    field: str
    values: int


def encrypt_rows(unit: Unit, data: Page) -> Resealed:
    """Encrypt one page of a column, or bring it back into the clear.

    Raises:
        UnknownField: there is no such field.
        Refused: its values are neither, or its rows cannot be told apart.
    """
    resource = _resource(unit)
    field = resource.field(data.field)
    if not resource.writable or not resource.key or (not field.encrypted and unfit(resource, field)):
        why = resource.why_read_only or unfit(resource, field)
        raise Refused(f"{field.title} cannot be encrypted. {why}".strip())
    found = unit.all_rows.resealing(resource.name, data.field).page(data.after, data.limit)
    stays = f", {found.lost:,} do not open" if found.lost else ""
    stays += f", {found.too_long:,} are too long" if found.too_long else ""
    unit.detail = f"{field.title}: {found.done:,} values {'encrypted' if field.encrypted else 'decrypted'}{stays}."
    return found


def unencrypted(unit: Unit, data: Asked) -> tuple[Left, ...]:
    """Count the values that are not as they are wanted, for each encrypted field and those asked for."""
    resource = _resource(unit)
    names = dict.fromkeys([*(one.name for one in resource.fields if one.encrypted), *data.fields])
    return tuple(Left(name, unit.all_rows.resealing(resource.name, name).left(CAP)) for name in names)


def _resource(unit: Unit) -> Resource:
    assert unit.source is not None
    return unit.source.schema.resource(unit.target.resource or "")


ACTIONS = (
    Action("rows.encrypt", Page, encrypt_rows, "Encrypt what stands in the clear", on="resource"),
    Action("rows.unencrypted", Asked, unencrypted, "Count it", "rows.encrypt", on="resource", writes=False),
)
