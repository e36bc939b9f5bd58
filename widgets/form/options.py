"""What a form needs to know."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Preset = str | bool | int | float | datetime | date | time


class FormOptions(BaseModel):
    """Options of a form: what it does to which table, what is filled in, and what is set unseen."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = Field("", description="A data source's name; empty for the dashboard's own.")
    resource: str = Field(description="A table's name.")
    action: Literal["create", "update"] = Field("create", description="Whether it adds a row or changes one.")
    key: str = Field("", max_length=500, description="Which row is changed, as in its address.")
    fields: tuple[str, ...] = Field(
        (), max_length=40, description="What is filled in, in this order; none: all that its viewer may write."
    )
    presets: dict[str, Preset] = Field(
        default_factory=dict,
        description="What is written unseen; of a field that is filled in: what stands in it at first.",
    )
    button: str = Field("", max_length=80, description="What its button says; empty: `Add order`, or `Save`.")

    @model_validator(mode="after")
    def _knows_its_row(self) -> Self:
        if self.action == "update" and not self.key:
            raise ValueError("A form that changes a row needs the option key: which row that is.")
        if self.action == "create" and self.key:
            raise ValueError('A form that adds a row has no key. Say action = "update" to change that row.')
        return self
