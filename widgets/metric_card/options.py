"""What a metric card needs to know."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, Self

from pydantic import Field, model_validator

from nexus_admin.sdk import Grain, TimedOptions


class MetricOptions(TimedOptions):
    """Options of a metric card."""

    fn: Literal["count", "count_distinct", "sum", "avg", "min", "max", "median"] = "count"
    field: str | None = Field(None, description="What is computed; left out only for `count`.")
    compare: bool = Field(True, description="Compare with the period before.")
    spark: bool = Field(True, description="Show the course over time.")
    grain: Grain | None = Field(None, description="Steps of the course; None: chosen by the period.")
    good: Literal["up", "down", "neither"] = Field("up", description="Which direction is good news.")
    target: Decimal | None = Field(None, description="What the number should reach.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.field is None and self.fn != "count":
            raise ValueError(f"{self.fn} needs a field.")
        if self.period is not None and self.time is None:
            raise ValueError("A period needs the option time: the date field that it is about.")
        return self
