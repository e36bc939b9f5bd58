"""Jobs that are asked for now, and pushed later by somebody else: checked, and kept as JSON until then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import groupby
from typing import Any

from nexus_admin.brokers.queue.checking import MOST_PAYLOAD, contents_of, terms_of
from nexus_admin.brokers.queue.protocol import Queue
from nexus_admin.domain.errors import BadRequest, Invalid, NexusError, Refused
from nexus_admin.domain.job import Errand


def push_errand(queue: Queue, errand: Errand, tx: Any = None, *, delay: float = 0.0) -> str:
    """Push it; see `Queue.push` for *tx*, *delay*, what is returned and what is raised."""
    return queue.push(errand.queue, errand.payload, delay=delay, tx=tx, **_terms(errand))


def push_all(queue: Queue, asked: Sequence[Errand], tx: Any) -> list[tuple[Errand, NexusError]]:
    """Push all of *asked* in a transaction, in their order; return what the queue refuses, and why."""
    return [one for _, some in groupby(asked, key=_batch_of) for one in _push_some(queue, list(some), tx)]


def _batch_of(errand: Errand) -> tuple[object, ...]:
    """Return what all that are pushed at once have in common; one with a key of its own is looked up alone."""
    alone = errand.key is not None or errand.serial is not None
    return id(errand) if alone else None, errand.queue, _terms(errand)


def _push_some(queue: Queue, some: list[Errand], tx: Any) -> list[tuple[Errand, NexusError]]:
    try:
        if len(some) == 1:
            push_errand(queue, some[0], tx)
        else:
            queue.push_many(some[0].queue, [one.payload for one in some], tx=tx, **_terms(some[0]))
    except (BadRequest, Invalid, Refused) as error:  # raised before anything of it is written
        return [(some[0], error)] if len(some) == 1 else [one for each in some for one in _push_some(queue, [each], tx)]
    return []


def check_errand(errand: Errand, queue: Queue | None) -> None:
    """Raise what `push_errand` into *queue* would for what can be seen of it."""
    terms_of(errand.queue, **_terms(errand))
    contents_of(errand.queue, [errand.payload], getattr(queue, "most_payload", MOST_PAYLOAD))


def noted(errand: Errand) -> dict[str, Any]:
    """Return *errand* as JSON can hold it."""
    said = asdict(errand)
    return {**said, "run_at": None if errand.run_at is None else errand.run_at.isoformat()}


def from_noted(said: Mapping[str, Any]) -> Errand:
    """Return what `noted` was given."""
    at = said["run_at"]
    return Errand(**{**said, "run_at": None if at is None else datetime.fromisoformat(at)})


def _terms(errand: Errand) -> dict[str, Any]:
    return {
        "run_at": errand.run_at,
        "priority": errand.priority,
        "key": errand.key,
        "serial": errand.serial,
        "max_attempts": errand.max_attempts,
        "note": errand.note,
    }
