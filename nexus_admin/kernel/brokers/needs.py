"""What is declared, held against what the engines can do: an extension that asks for more is switched off and named.

What the house itself needs is no extension's matter: where an engine cannot do that, nothing starts.
"""

from __future__ import annotations

from collections.abc import Iterator

from nexus_admin.brokers.queue import Queue
from nexus_admin.brokers.queue.check import SAYS, Wish
from nexus_admin.brokers.queue.check import refusals as queue_refusals
from nexus_admin.brokers.queue.protocol import Capability
from nexus_admin.brokers.stream import Stream
from nexus_admin.brokers.stream.check import Wish as StreamWish
from nexus_admin.brokers.stream.check import refusals as stream_refusals
from nexus_admin.brokers.stream.protocol import Capability as StreamCapability
from nexus_admin.domain.errors import ExtensionError
from nexus_admin.domain.job import Job
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.kernel.declared import Declared, without
from nexus_admin.kernel.hooks import Hooks
from nexus_admin.kernel.options import Part
from nexus_admin.sdk.declarations import Listener
from nexus_admin.sdk.providers import Services

LEDGER = StreamWish("The ledger", frozenset({"durable", "transactional"}))
"""Events stand in the stream exactly if what they tell of does."""
RELAYED: frozenset[StreamCapability] = frozenset({"durable", "groups", "park", "wait"})


def able(declared: Declared, hooks: Hooks, services: Services, parts: frozenset[Part]) -> Declared:
    """Return of *declared* what the engines can do, and switch off who declared the rest.

    Raises:
        ExtensionError: the house itself needs what an engine cannot do.
    """
    failed = set()
    for owner, sentence in unable(declared, services, parts):
        error = ExtensionError(sentence)
        if owner not in hooks.statuses:
            raise error
        hooks.fail(owner, error)
        failed.add(owner)
    return without(declared, failed) if failed else declared


def unable(declared: Declared, services: Services, parts: frozenset[Part]) -> Iterator[tuple[str, str]]:
    """Give whoever asks for what an engine cannot do, with a sentence that says what, and what to do."""
    queue, stream = services.get(Queue), services.get(Stream)  # type: ignore[type-abstract]
    yield from (("nexus", one) for one in stream_refusals(stream, [LEDGER]))
    for job in declared.jobs.values():
        strange = [one for one in job.relies_on if one not in SAYS]
        if strange:
            hint = did_you_mean(strange[0], SAYS)
            yield job.owner, f"The job {job.name!r} relies on {strange[0]!r}, which no queue knows.{hint}"
            continue
        wish = Wish(job.name, job.waits_in, frozenset(_asked(job, parts)))
        yield from ((job.owner, one) for one in queue_refusals(queue, [wish]))
    for listener in declared.listeners:
        if listener.durable:
            yield from ((listener.owner, one) for one in stream_refusals(stream, [_wish(listener)]))


def _asked(job: Job, parts: frozenset[Part]) -> Iterator[Capability]:
    """Give what *job* needs of its queue."""
    yield "wait"  # workers wait for jobs
    if job.priority:
        yield "priority"
    if job.concurrency is not None:
        yield "serial"
    if job.schedules:
        yield "transactional"  # that it is due is noted together with the push, so each tick is pushed once
    if parts != frozenset(Part):
        yield "shared"  # who pushes and who works are two processes
    for one in SAYS:
        if one in job.relies_on:
            yield one


def _wish(listener: Listener) -> StreamWish:
    name = listener.name or listener.pattern
    return StreamWish(f"The durable listener {name!r} of {listener.owner}", RELAYED)
