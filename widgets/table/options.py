"""What a table needs to know."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from nexus_admin.sdk import Grain, TimedOptions

AT_A_TIME = 50


class Group(BaseModel):
    """One field to group by."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: str
    grain: Grain | None = None


class Number(BaseModel):
    """One number of each group."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fn: Literal["count", "count_distinct", "sum", "avg", "min", "max", "median"] = "count"
    field: str | None = None
    name: str = Field("", max_length=80, description="The column's head; empty: made from the function and the field.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.field is None and self.fn != "count":
            raise ValueError(f"{self.fn} needs a field.")
        return self


class TableOptions(TimedOptions):
    """Options of a table: either `columns` of rows, or `by` and `numbers` of groups."""

    columns: tuple[str, ...] = Field((), max_length=20, description="Field paths; none: those of the table's own list.")
    by: tuple[Group, ...] = Field((), max_length=5)
    numbers: tuple[Number, ...] = Field((), max_length=10)
    sort: tuple[str, ...] = Field((), description="`-placed_at`; for groups: names of columns, `-Orders`.")
    rows: Literal["first", "all"] = Field("first", description="`all` puts every row behind a scroll bar.")
    limit: int = Field(10, ge=1, le=200, description="Rows; of all rows, how many come at a time: 50 unless said.")
    row_height: int = Field(40, ge=24, le=120, description="Of a row behind a scroll bar, in pixels.")
    overscan: int = Field(5, ge=0, le=20, description="Rows that are drawn above and below those in sight.")

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        if self.columns and (self.by or self.numbers):
            raise ValueError("A table shows columns of rows, or numbers by groups, not both.")
        if self.grouped and self.rows == "all":
            raise ValueError("Numbers by groups have no rows behind a scroll bar: leave rows out, or by and numbers.")
        if self.period is not None and self.time is None:
            raise ValueError("A period needs the option time: the date field that it is about.")
        return self

    @property
    def page(self) -> int:
        """How many rows come at a time."""
        return AT_A_TIME if self.rows == "all" and "limit" not in self.model_fields_set else self.limit

    @property
    def grouped(self) -> bool:
        """Whether it shows groups."""
        return bool(self.by or self.numbers)
