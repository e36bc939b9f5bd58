"""What may be asked of the brokers from elsewhere, and by which right; each argument must be of its declared type."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from itertools import islice
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from nexus_admin.brokers.pubsub.protocol import PubSub
from nexus_admin.brokers.queue.protocol import Queue
from nexus_admin.brokers.store.protocol import Store
from nexus_admin.brokers.stream.protocol import Stream
from nexus_admin.domain.errors import BadRequest
from nexus_admin.domain.nearest import did_you_mean

PROTOCOLS: Mapping[str, type] = {"store": Store, "topic": PubSub, "queue": Queue, "stream": Stream}
RIGHTS: Mapping[str, Sequence[str]] = {
    "client.store.read": ("store.get", "store.scan", "store.figures"),
    "client.store.write": ("store.set", "store.delete", "store.incr", "store.cas", "store.touch"),
    "client.topic.publish": ("topic.publish",),
    "client.topic.subscribe": ("topic.subscribe", "topic.listen", "topic.patterns", "topic.figures"),
    "client.queue.push": ("queue.push", "queue.push_many"),
    "client.queue.take": ("queue.pop", "queue.ack", "queue.nack", "queue.extend", "queue.figures"),
    "client.queue.manage": (
        "queue.find",
        "queue.jobs",
        "queue.retry",
        "queue.cancel",
        "queue.discard",
        "queue.purge",
        "queue.pause",
        "queue.resume",
    ),
    "client.stream.append": ("stream.append",),
    "client.stream.read": (
        "stream.read",
        "stream.wait",
        "stream.group",
        "stream.fetch",
        "stream.commit",
        "stream.release",
        "stream.extend",
        "stream.park",
        "stream.parked",
        "stream.figures",
        "stream.groups",
    ),
    "client.stream.manage": (
        "stream.retry",
        "stream.unpark",
        "stream.seek",
        "stream.forget_group",
        "stream.trim",
        "stream.trim_plan",
    ),
}
"""Rights, as roles and tokens name them, with the methods that each opens."""
RIGHT_OF = {method: right for right, methods in RIGHTS.items() for method in methods}
MOST_ANSWERS = 10_000
"""Values that one call gives at most."""
LONGEST_WAIT = 25.0
"""Seconds that a call waits; who wants to wait longer asks again."""
_OURS = frozenset({"tx"})
"""Arguments that only what runs in the process can give."""


def right_for(method: str) -> str:
    """Return the right that *method*, such as `queue.push`, needs.

    Raises:
        BadRequest: nothing is called so.
    """
    try:
        return RIGHT_OF[method]
    except KeyError:
        raise BadRequest(f"No broker is asked {method!r}.{did_you_mean(method, RIGHT_OF)}") from None


def call(broker: Any, method: str, given: Sequence[Any], named: Mapping[str, Any]) -> Any:
    """Ask *broker*, which keeps the protocol of *method*, with arguments that nobody has looked at yet.

    Returns:
        What it says; of what it gives one by one, a list.

    Raises:
        BadRequest: the arguments do not fit.
    """
    signature, adapters = _shape(method)
    try:
        bound = signature.bind(*given, **named)
    except TypeError as error:
        raise BadRequest(f"{method} is asked in another way: {error}.") from None
    for name, value in bound.arguments.items():
        bound.arguments[name] = _checked(method, name, value, signature.parameters[name], adapters)
    if "wait" in bound.arguments:
        bound.arguments["wait"] = min(bound.arguments["wait"], LONGEST_WAIT)
    if method == "stream.wait":
        bound.arguments["seconds"] = min(bound.arguments["seconds"], LONGEST_WAIT)
    answer = getattr(broker, method.partition(".")[2])(*bound.args, **bound.kwargs)
    return list(islice(answer, MOST_ANSWERS)) if inspect.isgenerator(answer) else answer


def _checked(
    method: str, name: str, value: Any, parameter: inspect.Parameter, adapters: Mapping[str, TypeAdapter[Any]]
) -> Any:
    check = partial(adapters[name].validate_python, strict=True)
    try:
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            return tuple(check(one) for one in value)
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            return _named(method, value)
        return check(value)
    except ValidationError as error:
        raise BadRequest(f"{name} of {method} does not fit: {error.errors()[0]['msg']}.") from None


def _named(method: str, value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Check the further arguments of `push_many`: they are those of `push`."""
    signature, adapters = _shape("queue.push")
    for name in value:
        if name not in adapters or name in ("queue", "payload"):
            raise BadRequest(f"{method} is not asked with {name!r}.")
    return {name: _checked(method, name, one, signature.parameters[name], adapters) for name, one in value.items()}


@cache
def _shape(method: str) -> tuple[inspect.Signature, Mapping[str, TypeAdapter[Any]]]:
    kind, _, name = method.partition(".")
    asked: Callable[..., Any] = getattr(PROTOCOLS[kind], name)
    hints = get_type_hints(asked)
    parameters = list(inspect.signature(asked).parameters.values())[1:]
    kept = [one for one in parameters if one.name not in _OURS]
    signature = inspect.Signature([one.replace(annotation=inspect.Parameter.empty) for one in kept])
    return signature, {one.name: TypeAdapter(hints[one.name]) for one in kept}
