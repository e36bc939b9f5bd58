"""Which types of events there are, and what is done with an event that somebody listens to."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from nexus_admin.access import Access
from nexus_admin.access.behalf import on_behalf
from nexus_admin.actions.jobs.call import When, push
from nexus_admin.domain.action import Event
from nexus_admin.domain.cause import Cause, caused_by
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import ExtensionError
from nexus_admin.domain.event import EventModel, UnreadableEvent
from nexus_admin.sdk.declarations import Listener
from nexus_admin.sdk.providers import Services


@dataclass(frozen=True, slots=True)
class EventType:
    """A type of event.

    Args:
        name: What its events are called.
        version: The newest one; 0 where nobody declares the type.
        model: What they say; None where nobody declares the type.
        owner: Who declares it, "" for nobody.
        skipped: How many of its events a typed listener of this process did not know what to do with.
    """

    name: str
    version: int
    model: type[EventModel] | None
    owner: str
    skipped: int = 0

    @property
    def about(self) -> str:
        """The first sentence of what its author says of it."""
        return ((self.model.__doc__ if self.model else "") or "").strip().partition("\n\n")[0].replace("\n", " ")

    @property
    def schema(self) -> dict[str, Any]:
        """What its events say, as JSON Schema; {} where that cannot be said in it."""
        try:
            return self.model.model_json_schema() if self.model else {}
        except Exception:  # its fields are of classes of an extension, and each says for itself what it is
            return {}


class EventTypes:
    """The types that were declared, by name, and how many events were skipped because theirs was not understood."""

    def __init__(self) -> None:
        self._declared: Mapping[str, tuple[str, type[EventModel]]] = {}
        self._skipped: Counter[str] = Counter()
        self._lock = threading.Lock()

    def replace(self, declared: Mapping[str, tuple[str, type[EventModel]]]) -> None:
        """Know these from now on, by name, each with its owner."""
        self._declared = declared

    def __iter__(self) -> Iterator[EventType]:
        """Yield every type, by name; also those that nobody declares and of which events were skipped."""
        for name in sorted({*self._declared, *self._skipped}):
            owner, model = self._declared.get(name, ("", None))
            yield EventType(name, model.event_version if model else 0, model, owner, self._skipped[name])

    def told(self, said: str | EventModel, data: dict[str, Any]) -> tuple[str, int, dict[str, Any]]:
        """Return the name and version of an event that is told of, and what it says as JSON has it.

        Raises:
            ExtensionError: nobody declares this very type, or it does not say what its type says.
        """
        if isinstance(said, EventModel):
            name = said.event_name
            if data or self._declared.get(name, ("", None))[1] is not type(said):
                raise ExtensionError(f"Nobody declares {type(said).__name__} as {name}: return it from `nexus_events`.")
            return name, said.event_version, said.model_dump(mode="json")
        if said not in self._declared:
            return said, 1, data
        model = self._declared[said][1]
        try:
            return said, model.event_version, model.model_validate(data).model_dump(mode="json")
        except ValidationError as error:
            places = ", ".join(sorted({".".join(map(str, one["loc"])) for one in error.errors()}))
            raise ExtensionError(f"{said} was told of with other data than its type has: {places}.") from None

    def skip(self, event: Event) -> None:
        """Count an event that was not understood."""
        with self._lock:
            self._skipped[event.name] += 1


@dataclass(frozen=True, slots=True)
class HeardEvent:
    """What a typed listener is given; see `sdk.Heard`."""

    said: EventModel
    event: Event
    services: Services

    def enqueue(self, job: str, data: Mapping[str, Any] | None = None, *, delay: float = 0.0, key: str = "") -> str:
        """As `Heard.enqueue`."""
        actor = on_behalf(self.services.get(Access), self.event.actor, self.event.by)
        return push(self.services, actor, job, data or {}, When(delay, key=key or None))


def hear(listener: Listener, event: Event, services: Services) -> None:
    """Let *listener* hear *event*; one of none of its types is skipped, and counted.

    Raises:
        UnreadableEvent: it is of its type, and cannot be read; that is counted too.
        ExtensionError: it wanted to end the process, as `sys.exit` does; that would end the thread in which all hear.
    """
    try:
        _hear(listener, event, services)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise ExtensionError(f"A listener of {listener.owner} raised {type(error).__name__}.") from error


def _hear(listener: Listener, event: Event, services: Services) -> None:
    with caused_by(Cause(event.correlation, event.id or event.call)):
        if not listener.models:
            listener.hear(event)
            return
        model = _model_of(listener.models, event)
        types = services.get(EventTypes)
        if model is None:
            types.skip(event)
            return
        try:
            said = model.read(event)
        except UnreadableEvent:
            types.skip(event)
            raise
        listener.hear(HeardEvent(said, event, services))


def _model_of(models: Iterable[type[EventModel]], event: Event) -> type[EventModel] | None:
    return next((one for one in models if one.event_name == event.name), None)
