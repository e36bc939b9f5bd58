"""Choosing a row by its title: searched on the server, within the actor's rights."""

from __future__ import annotations

from nexus_admin.data.labels import short, title_of
from nexus_admin.data.paging import first_rows
from nexus_admin.data.scope import Scope
from nexus_admin.data.values.keys import key_of
from nexus_admin.data.values.show import to_text
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadRequest

MOST = 100


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
    others = [
        one for one in (*resource.search_fields, *resource.list_fields) if one not in titles and decision.reads(one)
    ]
    second = next((one for one in others if not resource.field(one).secret and one not in resource.key), None)
    columns = (*titles, *([second] if second else []))
    options = []
    paths = tuple(dict.fromkeys((one,) for one in (*resource.key, *columns)))
    for raw in first_rows(scope, resource, text, max(1, min(limit, MOST)), paths):
        row = {path[0]: value for path, value in zip(paths, raw, strict=False)}
        key = key_of([row[one] for one in resource.key])
        row = {one: scope.decoder(name, one).one(row[one]) for one in columns}
        detail = short(to_text(resource.field(second), row[second])) if second else ""
        options.append(Option(key, title_of(resource, row, key), detail))
    return options
