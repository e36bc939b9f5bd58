"""What a widget needs to know of a function."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

Value = str | bool | int | float | datetime | date | None


class FunctionOptions(BaseModel):
    """Options of a function's answer: which function, and what it is given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    action: str = Field(min_length=3, max_length=120, description="The function's name: `reports.margins`.")
    parameters: dict[str, Value | list[Value]] = Field(default_factory=dict, description="What it is given, by name.")
    limit: int = Field(10, ge=1, le=200, description="Rows that are shown.")
