"""What a text needs to know."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class MarkdownOptions(BaseModel):
    """Options of a text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field("", max_length=20_000, description="CommonMark, with tables. HTML in it is shown as text.")
