"""What every engine refuses before anybody is told."""

from __future__ import annotations

import math
from typing import Any

from nexus_admin.brokers.content import content_of
from nexus_admin.brokers.pubsub.protocol import Message
from nexus_admin.brokers.pubsub.topics import check_pattern, check_topic
from nexus_admin.domain.errors import BadRequest, TooLarge

MOST_PAYLOAD = 2**20
"""Bytes of one payload."""
MOST_RETAINED = 16 * 2**20
"""Bytes that all last values may take, as `Retained` counts."""


def fitting(topic: str, payload: Any, most: int) -> Message:
    """Return *payload* as a message to *topic*.

    Raises:
        BadTopic, Invalid: that is no topic, or no payload.
        TooLarge: it has more bytes than *most*.
    """
    message = Message(check_topic(topic), content_of(payload))
    size = len(message.content.data)
    if size > most:
        raise TooLarge(
            f"The payload for {topic!r} has {size:,} bytes; one may have {most:,} here. "
            "Put what is large into a file or a table, and publish where it is."
        )
    return message


def check_lifetime(ttl: float | None, *, retain: bool) -> None:
    """Refuse a lifetime that is none, or of what is not kept.

    Raises:
        BadRequest: says so.
    """
    if ttl is not None and not retain:
        raise BadRequest("Only a last value has a lifetime: say retain=True, or leave ttl out.")
    if ttl is not None and not 0 < ttl < math.inf:
        raise BadRequest(f"A lifetime is a number of seconds above 0, not {ttl!r}. Without one, a last value stays.")


def checked(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Return *patterns*, each once.

    Raises:
        BadRequest, BadTopic: there is none, or one is none.
    """
    if not patterns:
        raise BadRequest("Say what to subscribe to: a topic or a pattern at least.")
    return tuple(dict.fromkeys(check_pattern(one) for one in patterns))
