"""What bars need to know."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from nexus_admin.sdk import Grain, TimedOptions

ADDITIVE = ("count", "sum")
"""Numbers that the values of all groups have together."""


class BarOptions(TimedOptions):
    """Options of bars."""

    by: str = Field(description="The field whose values get a bar each, e.g. `status` or `customer.country`.")
    grain: Grain | None = Field(None, description="Steps, where `by` is a date.")
    fn: Literal["count", "count_distinct", "sum", "avg", "min", "max", "median"] = "count"
    field: str | None = Field(None, description="What is computed; left out only for `count`.")
    limit: int = Field(8, ge=1, le=50, description="How many bars.")
    shape: Literal["bars", "donut"] = Field("bars", description="`donut`: shares of the whole, of a count or a sum.")
    order: Literal["largest", "smallest", "value"] = Field("largest", description="`value`: by the field itself.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.field is None and self.fn != "count":
            raise ValueError(f"{self.fn} needs a field.")
        if self.shape == "donut" and self.fn not in ADDITIVE:
            raise ValueError(f"A donut shows shares of a whole, and {self.fn} does not add up to one.")
        if self.period is not None and self.time is None:
            raise ValueError("A period needs the option time: the date field that it is about.")
        return self
