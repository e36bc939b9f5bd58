"""What is asked of the stream that its engine cannot do: said before anything starts, by name."""

from __future__ import annotations

from collections.abc import Iterable

from nexus_admin.brokers.stream.protocol import Capability, Stream
from nexus_admin.domain.dataclass import dataclass

SAYS: dict[Capability, str] = {
    "durable": "to keep events when the process ends",
    "shared": "to hand events to other processes",
    "transactional": "to append within a transaction (tx=)",
    "expect": "to append only to a known version (expect=)",
    "groups": "to know how far each reader is (groups)",
    "seek": "to move a group to another place",
    "park": "to set an event aside that cannot be worked on",
    "retention": "to forget old events",
    "wait": "to wait for events",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody needs of the stream.

    Args:
        who: How a sentence begins: `The durable listener 'orders.mail'`.
        needs: What it has to be able to do.
    """

    who: str
    needs: frozenset[Capability]


def refusals(stream: Stream, wishes: Iterable[Wish]) -> list[str]:
    """Return a sentence for everything that *wishes* ask and *stream* cannot do; [] where it can do all of it."""
    engine = type(getattr(stream, "engine", stream)).__name__
    return [
        f"{wish.who} needs the stream of the house {SAYS[one]}, and its engine, {engine}, cannot. "
        "Use the durable stream of the house, or do without."
        for wish in wishes
        for one in sorted(wish.needs - stream.capabilities)
    ]
