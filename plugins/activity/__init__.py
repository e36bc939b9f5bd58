"""How much was changed here: each day, in which tables, and by whom; counted as it happens, shown at once."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from nexus_admin.sdk import Action, Page, PageAnswer, PageRequest, Projection, Target, hookimpl

from .counting import Counted, count, counted
from .picturing import bars, days

HOUSE = Target("nexus")
PERIODS = (7, 30, 90)


class Asked(BaseModel):
    """Which days."""

    model_config = ConfigDict(extra="forbid")

    days: int = Field(30, ge=1, le=366, description="So many, today the last of them.")


@hookimpl
def nexus_projections() -> list[Projection]:
    """Count each change for its day, table and person."""
    return [Projection("activity.changes", count, "Changes by day, table and person")]


@hookimpl
def nexus_actions() -> list[Action]:
    """Declare how the counts are read, which is also the permission of the page."""
    return [
        Action("activity.view", Asked, view, "See activity", on="house", writes=False, transaction=False, icon="t-num")
    ]


@hookimpl
def nexus_pages() -> list[Page]:
    """Declare the one page."""
    return [Page("", "Activity", "activity.view", show, icon="history")]


def view(unit: Any, data: Asked) -> list[Counted]:
    """Return what was counted for each day, table and person, of the tables that who asks may list."""
    visible = {(one.source, table.name) for one in unit.perform("catalog.view", HOUSE) for table in one.resources}
    return [one for one in counted(unit.projected("activity.changes"), data.days) if one.table in visible]


def show(request: PageRequest) -> PageAnswer:
    """GET /x/activity?days=30: the days as a picture, then tables and people."""
    asked = request.query.get("days", "")
    period = int(asked) if asked in map(str, PERIODS) else 30
    visible = {
        (one.source, table.name): table for one in request.perform("catalog.view", HOUSE) for table in one.resources
    }
    found = [one for one in request.perform("activity.view", HOUSE, {"days": period}) if one.table in visible]
    tables = bars(
        found, lambda one: one.table, lambda one: str(visible[one.table].title), lambda one: Target(*one.table)
    )
    people = bars(found, lambda one: one.actor, lambda one: one.by or one.actor)
    context = {"period": period, "periods": PERIODS, "tables": tables, "people": people, "days": days(found, period)}
    return PageAnswer("page.html", {**context, "total": sum(one.rows for one in found)})
