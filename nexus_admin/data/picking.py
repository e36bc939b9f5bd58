"""Choosing a row by its title: searched on the server, within the actor's rights."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from nexus_admin.data.labels import short, title_of
from nexus_admin.data.paging import first_rows
from nexus_admin.data.scope import Scope
from nexus_admin.data.values.keys import key_of
from nexus_admin.data.values.show import to_text
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadRequest
from nexus_admin.domain.resource import Field, Resource

MOST = 100

LOOKED_AT = 4
"""So many fields beside the title are read of each row, """

TOLD = 2
"""and so many of those that have a value are shown."""


@dataclass(frozen=True, slots=True)
class Option:
    """One row to choose.

    Args:
        key: Its key segment.
        title: How it is called.
        detail: A second line that tells rows of the same title apart.
    """

    key: str
    title: str
    detail: str = ""


def pick(scope: Scope, name: str, text: str, limit: int = 20) -> list[Option]:
    """Return rows whose search fields contain every word of *text*, in the resource's order.

    Raises:
        Forbidden: the actor may not list this resource.
    """
    resource = scope.resource(name)
    decision = scope.permitted("row.list", name)
    if not resource.key:
        raise BadRequest(f"The rows of {resource.title} have no key, so none can be chosen.")
    titles = [one for one in resource.title_fields if decision.reads(one)]
    told = [one for one in _telling(resource, titles) if decision.reads(one)][:LOOKED_AT]
    columns = (*titles, *told)
    options = []
    paths = tuple(dict.fromkeys((one,) for one in (*resource.key, *columns)))
    for raw in first_rows(scope, resource, text, max(1, min(limit, MOST)), paths):
        row = {path[0]: value for path, value in zip(paths, raw, strict=False)}
        key = key_of([row[one] for one in resource.key])
        row = {one: scope.decoder(name, one).one(row[one]) for one in columns}
        details = [text for one in told if (text := short(_said(resource.field(one), row[one])))]
        options.append(Option(key, title_of(resource, row, key), " · ".join(details[:TOLD])))
    return options


def _said(field: Field, value: Any) -> str:
    """Return *value* as a second line has it: a moment to its minute, in the zone that it is in."""
    if not isinstance(value, datetime):
        return to_text(field, value)
    return f"{value:%Y-%m-%d %H:%M}" if value.tzinfo is None else f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _telling(resource: Resource, titles: Sequence[str]) -> list[str]:
    """Fields that tell rows of the same title apart: no keys, of the row or of others, which say little to people.

    Moments come last: when a row was written tells it from others only where nothing else does.
    """
    known = dict.fromkeys((*resource.search_fields, *resource.list_fields))
    fields = [resource.field(one) for one in known if one not in titles and one not in resource.key]
    fields.sort(key=lambda one: one.kind == "datetime")
    return [one.name for one in fields if not one.secret and not one.relation]
