"""What a filter bar needs to know."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class FilterBarOptions(BaseModel):
    """Options of a filter bar."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    only: tuple[str, ...] = Field((), description="Fields of the shared filters that it shows; none: all of them.")
