"""Types of events: what an event of one name says, in which version, and how older ones are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from nexus_admin.domain.action import Event
from nexus_admin.domain.errors import ExtensionError, NexusError


class UnreadableEvent(NexusError):
    """An event is of a type or version that whoever hears it does not know, or does not say what its type says.

    Trying again would not help.
    """

    status, code, title = 422, "unreadable_event", "The event cannot be read"


class EventModel(BaseModel):
    """A type of event: its fields are what such an event says.

        class Issued(EventModel, name="refunds.issued", version=2):
            payment: str
            cents: int

            @classmethod
            def upcast(cls, version, said):
                return {**said, "cents": 0}  # version 1 did not say

    Return it from `nexus_events`, tell of one by `unit.emit(Issued(...))`, and hear it by `@on(Issued)`. Raise the
    version where a field goes, comes without a default, or means something else; what is kept stays as it was written.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    event_name: ClassVar[str] = ""
    event_version: ClassVar[int] = 1

    def __init_subclass__(cls, *, name: str = "", version: int = 1, **more: Any) -> None:
        super().__init_subclass__(**more)
        if not name or version < 1:
            raise ExtensionError(f"The event {cls.__name__} needs a name, and a version from 1 upwards.")
        cls.event_name, cls.event_version = name, version

    @classmethod
    def upcast(cls, version: int, said: dict[str, Any]) -> Mapping[str, Any]:  # noqa: ARG003  for who overrides it
        """Return what an event of *version* says as the next version would say it.

        Raises:
            UnreadableEvent: it cannot be told; as here, where nobody says how.
        """
        raise UnreadableEvent(
            f"{cls.event_name} is read from version {version + 1} on, and this one is of version {version}."
        )

    @classmethod
    def read(cls, event: Event) -> Self:
        """Return what *event* says; one of an older version as if it were of this one.

        Raises:
            UnreadableEvent: it is another type, of a newer version, or does not say what its type says.
        """
        if event.name != cls.event_name:
            raise UnreadableEvent(f"{event.name} is not {cls.event_name}.")
        if event.version > cls.event_version:
            raise UnreadableEvent(
                f"{event.name} of version {event.version} is newer than what is known here, {cls.event_version}."
            )
        said: Mapping[str, Any] = event.data
        for version in range(event.version, cls.event_version):
            said = cls.upcast(version, dict(said))
        try:
            return cls.model_validate(said)
        except ValidationError as error:
            places = ", ".join(sorted({".".join(map(str, one["loc"])) or "it" for one in error.errors()}))
            raise UnreadableEvent(
                f"{event.name} of version {event.version} does not say what its type says: {places}."
            ) from None
