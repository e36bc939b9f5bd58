"""What goes wrong on the way, and what the other side said went wrong there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nexus_admin.brokers.pubsub.topics import BadTopic
from nexus_admin.domain.errors import NexusError


class Unreachable(NexusError):
    """The other side does not answer."""

    status, code, title = 503, "unreachable", "Nexus does not answer"


class Unclear(NexusError):
    """The line broke while a call was under way that must not be made twice: whether it was done is not known."""

    status, code, title = 503, "unclear", "Whether it was done is not known"


def error_of(problem: Mapping[str, Any]) -> NexusError:
    """Return what the other side said, as the error that it was there."""
    kind = _KINDS.get(str(problem.get("code")), NexusError)
    error = kind.__new__(kind)
    Exception.__init__(error, str(problem.get("detail", "")))
    for name, empty in (("fields", {}), ("known", ()), ("retry_after", 1)):
        setattr(error, name, problem.get(name, empty))
    return error


def _kinds(kind: type[NexusError]) -> Iterator[type[NexusError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _kinds(below)


_KINDS: Mapping[str, type[NexusError]] = {
    vars(one)["code"]: one for one in (*_kinds(NexusError), BadTopic) if "code" in vars(one)
}
