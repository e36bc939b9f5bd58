"""What the actions on brokers share: which brokers there are, and who may do what with them.

`broker.view` shows names and figures, `broker.payload` what they carry, `broker.act` changes them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict

from nexus_admin.access import Access
from nexus_admin.actions.brokers.seen_stream import SeenStream
from nexus_admin.actions.unit import Unit
from nexus_admin.brokers.pubsub import PubSub
from nexus_admin.brokers.queue.protocol import Queue
from nexus_admin.brokers.store.protocol import Store
from nexus_admin.brokers.stream.protocol import Stream
from nexus_admin.domain.action import Action
from nexus_admin.domain.errors import Forbidden, NotFound
from nexus_admin.sdk.providers import Services

T = TypeVar("T")

VIEW, PAYLOAD, ACT = "broker.view", "broker.payload", "broker.act"
HOUSE = "nexus"


class Asked(BaseModel):
    """An input that takes nothing besides what it names."""

    model_config = ConfigDict(extra="forbid")


def _listed(given: Any) -> Any:
    """Read names from one text, by comma."""
    return tuple(one.strip() for one in given.split(",") if one.strip()) if isinstance(given, str) else given


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]


def brokers_of(services: Services) -> dict[str, Any]:
    """Return the brokers that are there, by the name of their page."""
    kinds: dict[str, Any] = {"queues": Queue, "streams": Stream, "topics": PubSub, "store": Store}
    found = {name: services.find(kind) for name, kind in kinds.items()}
    return {name: one for name, one in found.items() if one is not None}


def queue_of(unit: Unit) -> Queue:
    """Return the queue; NotFound where there is none."""
    return _there(unit, Queue, "queue")  # type: ignore[type-abstract]


def stream_of(unit: Unit) -> Stream:
    """Return the stream, as the actor may see it; NotFound where there is none."""
    return SeenStream(unit, _there(unit, Stream, "stream"))  # type: ignore[type-abstract]


def pubsub_of(unit: Unit) -> PubSub:
    """Return publish-subscribe; NotFound where there is none."""
    return _there(unit, PubSub, "publish-subscribe")  # type: ignore[type-abstract]


def store_of(unit: Unit) -> Store:
    """Return the shared store; NotFound where there is none."""
    return _there(unit, Store, "shared store")  # type: ignore[type-abstract]


def sees_contents(unit: Unit) -> bool:
    """Whether the asker may see what brokers carry."""
    return unit.service(Access).decide(unit.actor, PAYLOAD, HOUSE, None).allowed


def must_see_contents(unit: Unit, doing: str) -> None:
    """Refuse *doing* to whoever may not see contents.

    Raises:
        Forbidden: their role lets them act, and not look.
    """
    if not sees_contents(unit):
        who = unit.actor.name or unit.actor.id
        raise Forbidden(f"{who} may not {doing}: that needs {PAYLOAD}.", f"Your role does not let you {doing}.")


def looking(name: str, model: type[BaseModel], run: Callable[..., Any], title: str, needs: str = VIEW) -> Action:
    """Declare an action that only looks."""
    return Action(name, model, run, title, needs, on="house", writes=False, transaction=False, icon="layers")


def acting(
    name: str, model: type[BaseModel], run: Callable[..., Any], title: str, icon: str, *, danger: bool = False
) -> Action:
    """Declare an action that changes a broker, which keeps itself."""
    return Action(name, model, run, title, ACT, on="house", danger=danger, transaction=False, outside=True, icon=icon)


def _there(unit: Unit, kind: type[T], called: str) -> T:
    found = unit.services.find(kind)
    if found is None:
        raise NotFound(f"There is no {called} in this process.")
    return found
