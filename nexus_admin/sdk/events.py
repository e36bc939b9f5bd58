"""What an author of events writes and is given: typed listeners, what they hear, and the envelope of an event."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, create_model

from nexus_admin.domain.action import Event
from nexus_admin.domain.event import EventModel
from nexus_admin.sdk.declarations import Listener

Said = TypeVar("Said", bound=EventModel, covariant=True)


class Heard(Protocol[Said]):
    """An event as a typed listener hears it. Nothing of it may be used when the listener is over."""

    @property
    def said(self) -> Said:
        """What it says, in the version that the listener knows."""
        ...

    @property
    def event(self) -> Event:
        """The event around it: what it happened to, who did it, when, and why."""
        ...

    def enqueue(self, job: str, data: Mapping[str, Any] | None = None, *, delay: float = 0.0, key: str = "") -> str:
        """Push a job, on behalf of whoever did what is heard of; return its id.

        Args:
            job: Its name.
            data: Its input; no secrets.
            delay: Seconds that it waits.
            key: Where a job of the queue that is not over has it already, nothing is pushed: an event may be heard
                twice.

        Raises:
            UnknownJob, Invalid, Forbidden: it cannot be pushed.
        """
        ...


def on(
    *models: type[EventModel], durable: bool = False, name: str = "", pattern: str = ""
) -> Callable[[Callable[[Any], object]], Listener]:
    """Make a typed listener of a function `hear(heard)`; return it from `nexus_listeners`.

        @on(Issued, durable=True, name="warehouse")
        def tell(heard: Heard[Issued]) -> None: ...

    An event of an older version is read as if it were of the newest. One that cannot be read is counted, and of a
    durable listener set aside at once, with the reason; whatever else fits the pattern is skipped and counted.

    Args:
        models: The types that it hears.
        durable, name: See `Listener`.
        pattern: Which events come to it at all, where that is more than the names of the *models*: `"refunds.*"`.
    """
    wide = pattern or (models[0].event_name if len(models) == 1 else "*")

    def made(hear: Callable[[Any], object]) -> Listener:
        called = name or getattr(hear, "__name__", "hear")
        return Listener(wide, hear, durable=durable, name=called, models=models)

    return made


class Envelope(BaseModel):
    """An event as JSON has it: `type` and `version` say how `event` is to be read.

    Args:
        id: A ULID; "" for one that was heard at once.
        type, version: Of the event.
        timestamp: When it happened.
        key: Events that share it are heard in their order; `source/resource/key` of what it happened to.
        actor: Id of who did it.
        by: How they are called.
        call: Id of the ledger's entry of the call that told of it.
        correlation: Shared by all that came of one beginning.
        causation: Id of the job, event or other call that had that call made; "" where somebody asked themselves.
        event: What it says.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    type: str
    version: int = Field(ge=1)
    timestamp: datetime | None
    key: str
    actor: str
    by: str = ""
    call: str = ""
    correlation: str = ""
    causation: str = ""
    event: Any


def envelope(event: Event) -> Envelope:
    """Return *event* in its envelope, as it was told."""
    return Envelope(
        id=event.id, type=event.name, version=event.version, timestamp=event.at, key=event.key, actor=event.actor,
        by=event.by, call=event.call, correlation=event.correlation, causation=event.causation,
        event=dict(event.data),
    )  # fmt: skip


def envelopes(models: Iterable[type[EventModel]]) -> TypeAdapter[Any]:
    """Return what reads and writes envelopes of any of *models*, told apart by their `type`."""
    each = [_envelope_of(one) for one in models]
    every: Any = each[0] if len(each) == 1 else Annotated[reduce(or_, each), Field(discriminator="type")]
    return TypeAdapter(every)


def _envelope_of(model: type[EventModel]) -> Any:
    """Return the envelope of events of one type and its newest version."""
    name: Any = Literal[model.event_name]
    version: Any = Literal[model.event_version]
    given: dict[str, Any] = {"type": (name, ...), "version": (version, ...), "event": (model, ...)}
    return create_model(f"{model.__name__}Envelope", __base__=Envelope, __doc__=model.__doc__, **given)
