"""How far the fields of a table are filled in: a page, and a piece beside each record."""

from __future__ import annotations

from typing import Any

from nexus_admin.sdk import (
    Action,
    Nothing,
    Page,
    PageAnswer,
    PageRequest,
    Slot,
    SlotContext,
    Target,
    hookimpl,
)

from .gaps import MOST, gaps_of_row, may_be_empty, shares

HOUSE = Target("nexus")


@hookimpl
def nexus_actions() -> list[Action]:
    """Declare the permission of the page; asking for it does nothing else."""
    return [
        Action("completeness.view", Nothing, _nothing, "See completeness", on="house", writes=False, transaction=False)
    ]


@hookimpl
def nexus_pages() -> list[Page]:
    """Declare the one page."""
    return [Page("", "Completeness", "completeness.view", show, icon="t-bool")]


@hookimpl
def nexus_slot(name: str, context: SlotContext) -> Slot | None:
    """Say beside a record what it lacks; nothing where it lacks nothing."""
    if name != "record.aside" or context.resource is None or context.row is None:
        return None
    fields = may_be_empty(context.resource)
    missing = gaps_of_row(fields, context.row)
    if not missing:
        return None
    return Slot("record.html", {"filled": len(fields) - len(missing), "of": len(fields), "missing": missing[:MOST]})


def show(request: PageRequest) -> PageAnswer:
    """GET /x/completeness?table=/s/shop/orders: the tables to choose from, and the shares of the chosen one."""
    tables = request.perform("catalog.view", HOUSE)
    known = {Target(one.source, table.name): table for one in tables for table in one.resources}
    target = next((one for one in known if one.path == request.query.get("table")), None)
    lines = shares(request.perform, target, known[target]) if target else []
    return PageAnswer("page.html", {"tables": tables, "target": target, "lines": lines})


def _nothing(_unit: Any, _data: Nothing) -> None:
    return None
