"""What programs elsewhere do with the brokers: each right is an action, and what they have is apart from the house's.

A job or an event is its own record, and says who pushed or appended it; the ledger has the clients that came and
went, and what they did in between, in numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from nexus_admin.access import Access
from nexus_admin.access.names import Names
from nexus_admin.actions.brokers.seen_stream import SeenStream
from nexus_admin.actions.unit import Unit
from nexus_admin.audit.ledger import Ledger
from nexus_admin.brokers import methods
from nexus_admin.brokers.fenced import FencedPubSub, FencedQueue, FencedStore, FencedStream
from nexus_admin.brokers.stream.protocol import Fresh
from nexus_admin.brokers.stream.reserved import LEDGER
from nexus_admin.domain.action import Action
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import BadRequest, Refused

FENCE = "app"
"""What the names of everything begin with that programs elsewhere have: `app.mail`, `app/news`, `app:key`."""

FENCES: Mapping[str, Callable[[Any, Names], Any]] = {
    "store": lambda whole, names: FencedStore(whole, f"{FENCE}:", names),
    "topic": lambda whole, names: FencedPubSub(whole, FENCE, names),
    "queue": lambda whole, names: FencedQueue(whole, f"{FENCE}.", names),
    "stream": lambda whole, names: FencedStream(whole, f"{FENCE}.", names, frozenset({LEDGER})),
}


class Asked(BaseModel):
    """One call of a broker's method.

    Attributes:
        now: Who asks, as they are when it is asked; of what listens for long. None for who they are at this call.
    """

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    method: str
    given: tuple[Any, ...] = Field((), exclude=True)
    named: Mapping[str, Any] = Field(default_factory=dict, exclude=True)
    now: Callable[[], Actor] | None = Field(None, exclude=True)


class Connection(BaseModel):
    """A client that comes, or has gone."""

    model_config = ConfigDict(extra="forbid")

    did: Mapping[str, int] = Field(default_factory=dict, description="How often it asked what; empty when it comes.")


def ask(unit: Unit, data: Asked) -> Any:
    """Ask the broker; what is pushed and appended says by whom."""
    if methods.right_for(data.method) != unit.action.name:
        raise BadRequest(f"{data.method} needs the right {methods.right_for(data.method)}.")
    names = Names(unit.service(Access).decisions, data.now or (lambda: unit.actor), unit.action.name)
    return methods.call(broker_of(unit, data.method, names), data.method, *_signed(unit, data))


def connect(unit: Unit, data: Connection) -> None:
    """Write down that a client came, or what it did until it went."""
    said = ", ".join(f"{method} {count:,}" for method, count in sorted(data.did.items()))
    unit.service(Ledger).note(unit.call, f"Gone, after {said}." if said else "")


def broker_of(unit: Unit, method: str, names: Names) -> Any:
    """Return the part of the broker that clients have, with those names in it that may be used.

    Raises:
        Refused: there is none of that kind here.
    """
    kind = method.partition(".")[0]
    whole: Any = unit.services.find(methods.PROTOCOLS[kind])
    if whole is None:
        raise Refused(f"There is no {kind} here.")
    return FENCES[kind](SeenStream(unit, whole) if kind == "stream" else whole, names)


def _signed(unit: Unit, data: Asked) -> tuple[tuple[Any, ...], Mapping[str, Any]]:
    """Return the arguments with who asks in what goes along: a client cannot say that it was somebody else."""
    by = {"by": unit.actor.id}
    if data.method in ("queue.push", "queue.push_many"):
        return data.given, {**data.named, "note": {**_mapping(data.named.get("note")), **by}}
    if data.method == "stream.append":
        stream, *events = data.given or ("",)
        return (stream, *(_signed_event(one, by) for one in events)), data.named
    return data.given, data.named


def _signed_event(event: Any, by: Mapping[str, str]) -> Any:
    if not isinstance(event, Fresh):
        raise BadRequest("What is appended is an event.")
    return Fresh(event.type, event.payload, event.key, {**_mapping(event.note), **by}, event.id)


def _mapping(value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise BadRequest("A note is an object.")
    return value


TITLES = {
    "client.store.read": "Read a client's keys",
    "client.store.write": "Write a client's keys",
    "client.topic.publish": "Publish from a client",
    "client.topic.subscribe": "Subscribe from a client",
    "client.queue.push": "Push from a client",
    "client.queue.take": "Take jobs as a client",
    "client.queue.manage": "Manage a client's queues",
    "client.stream.append": "Append from a client",
    "client.stream.read": "Read streams as a client",
    "client.stream.manage": "Manage a client's streams",
}
ACTIONS = (
    Action("client.connect", Connection, connect, "Connect a client", on="house", writes=False, transaction=False),
    *(
        Action(
            right, Asked, ask, TITLES[right], on="house", transaction=False, writes=right.endswith(".manage"),
            outside=right.endswith(".manage"), named=True,
        )
        for right in methods.RIGHTS
    ),
)  # fmt: skip
