"""What a live chart needs to know."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class Line(BaseModel):
    """One of the numbers that are drawn."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: str = Field(
        "", max_length=200, description="Its name in a message: `ask.price`; empty: the message itself."
    )
    name: str = Field("", max_length=80, description="What people read; empty: the number's own name.")

    @property
    def title(self) -> str:
        """What people read."""
        return self.name or self.number.rpartition(".")[2].replace("_", " ").capitalize() or "Value"


class LiveChartOptions(BaseModel):
    """Options of a live chart. Who looks at it must have the right to hear the topic, or to read the stream."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    topic: str = Field("", max_length=500, description="A topic of publish-subscribe, whole: `app/prices`.")
    stream: str = Field("", max_length=200, description="In its place: a stream, whose events are drawn as they come.")
    lines: tuple[Line, ...] = Field((Line(),), min_length=1, max_length=6)
    seconds: int = Field(60, ge=5, le=3600, description="How much of the past is shown.")
    unit: str = Field("", max_length=12, description="Behind each number.")
    from_zero: bool = Field(False, description="Begin the axis at 0.")

    @field_validator("topic")
    @classmethod
    def _whole(cls, topic: str) -> str:
        if set(topic) & set("+#"):
            raise ValueError("A chart is of one topic; + and # stand for many.")
        if topic and not all(topic.split("/")):
            raise ValueError("No level of a topic is empty.")
        return topic

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.topic) == bool(self.stream):
            raise ValueError("A chart is of a topic or of a stream: say one of the two.")
        return self
