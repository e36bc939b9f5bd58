"""What a time series needs to know."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from nexus_admin.sdk import Grain, TimedOptions


class Number(BaseModel):
    """One of the numbers that are followed over time."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fn: Literal["count", "count_distinct", "sum", "avg", "min", "max", "median"] = "count"
    field: str | None = None
    name: str = Field("", max_length=80, description="What people read; empty: made from the function and the field.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.field is None and self.fn != "count":
            raise ValueError(f"{self.fn} needs a field.")
        return self


class TimeSeriesOptions(TimedOptions):
    """Options of a time series."""

    time: str = Field(description="The date field along the axis.")
    grain: Grain | None = Field(None, description="Steps; None: chosen by the period.")
    numbers: tuple[Number, ...] = Field((Number(),), min_length=1, max_length=6)
    by: str | None = Field(
        None, description="One series for each value of this field: the seven largest, and the rest."
    )
    kind: Literal["line", "area", "bar"] = "line"
    compare: bool = Field(False, description="Show the period before as a dashed line.")

    @model_validator(mode="after")
    def _one_split(self) -> Self:
        if self.by is not None and (len(self.numbers) > 1 or self.compare):
            raise ValueError("A series for each value goes with one number and without compare.")
        if self.compare and self.period is None:
            raise ValueError("To compare, it needs a period.")
        return self
