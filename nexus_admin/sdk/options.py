"""What the options of most widgets begin with: which table, and which of its rows."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from nexus_admin.domain.kinds import GRAINS
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.sdk.periods import check_period


def _grain(text: str) -> str:
    if text not in GRAINS:
        hint = did_you_mean(text, GRAINS, f"There are: {', '.join(GRAINS)}.")
        raise ValueError(f"{text[:40]!r} is not a grain.{hint}")
    return text


def _period(text: str) -> str:
    try:
        return check_period(text)
    except Exception as error:
        raise ValueError(str(error)) from None


Grain = Annotated[str, AfterValidator(_grain)]
"""An option that holds one of `year`, `quarter`, `month`, `week`, `day`, `hour`."""

Period = Annotated[str, AfterValidator(_period)]
"""An option that holds a period, e.g. `30 days`, `this_month`, `2026-01-01..2026-03-31`."""


class ResourceOptions(BaseModel):
    """Options of a widget that asks one table.

    The dashboard fills in `source` where it is left out, and adds `filter` and its shared filters to
    every query that the widget makes of `resource`; the widget itself never looks at `filter`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = Field("", description="A data source's name; empty for the dashboard's own.")
    resource: str = Field(description="A table's or view's name.")
    filter: str | dict[str, Any] | None = Field(None, description="Which rows: `status:paid total:>100`, or JSON.")


class TimedOptions(ResourceOptions):
    """Options of a widget that looks at a stretch of time.

    A shared filter of kind `period` on the field `time` replaces `period` instead of narrowing
    the queries, so that the widget can compare with the period before.
    """

    time: str | None = Field(None, description="The date field that `period` is about.")
    period: Period | None = Field(
        None, description="`30 days`, `this_month`, `2026-01-01..2026-03-31`; None: all time."
    )
