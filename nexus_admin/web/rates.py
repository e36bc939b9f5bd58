"""What an answer says of limits: the fields of `RateLimit-*`, and those of the draft that name every limit."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nexus_admin.access.rates import Allowance
from nexus_admin.access.throttle import network_of
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import NexusError, TooManyRequests

MINUTE = 60


def asker_of(actor: Actor, address: str) -> str:
    """Return whose requests are counted: a person, a token, or the network that somebody unknown comes from."""
    return actor.id if actor.signed_in else network_of(address)


def fields(allowances: Sequence[Allowance]) -> dict[str, str]:
    """Return the header fields for what is left; the older ones tell of the limit that is nearest to its end."""
    if not allowances:
        return {}
    least = min(allowances, key=lambda one: one.remaining / one.limit)
    return {
        "RateLimit-Limit": str(least.limit),
        "RateLimit-Remaining": str(least.remaining),
        "RateLimit-Reset": str(math.ceil(least.resets_in)),
        "RateLimit-Policy": ", ".join(f'"{one.name}";q={one.limit};w={MINUTE}' for one in allowances),
        "RateLimit": ", ".join(f'"{one.name}";r={one.remaining};t={math.ceil(one.resets_in)}' for one in allowances),
    }


def refused(error: NexusError) -> dict[str, str]:
    """Return the header fields of an answer that says that a limit was reached; none for any other error."""
    if not isinstance(error, TooManyRequests) or error.limit is None:
        return {}
    said = {"RateLimit-Limit": error.limit, "RateLimit-Remaining": 0, "RateLimit-Reset": error.retry_after}
    return {name: str(value) for name, value in said.items()}
