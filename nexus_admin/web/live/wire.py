"""What goes over the wire, and its limits. From the page: what it follows. To the page: what it is told."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadRequest, TooLarge

MOST_LETTERS = 16_384
"""Of one message from a page."""
MOST_TOPICS = 50
"""That one page may follow."""
LONGEST = 3_000
"""Letters of a topic."""
MOST_NEWS = 200
"""Of one topic that are told one by one; of more, a page is told that there were many."""

OVER, CHANGED, CROWDED, WRONG, LARGE = 4401, 4403, 4429, 1008, 1009
"""Why a connection ends: nobody is signed in by it any more; what one may see is another; too much; and of a page's
words: no sense, too long."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a page wants.

    Args:
        topics: All that it follows from now on.
        since: The stamp of what it knows already; None where it does not say.
    """

    topics: tuple[str, ...]
    since: float | None = None


def read(text: str) -> Wish:
    """Read a message of a page: `{"follow": ["rows/shop/orders"], "since": 1763726400.5}`.

    Raises:
        TooLarge: it is too long, or follows too much.
        BadRequest: it makes no sense.
    """
    if len(text) > MOST_LETTERS:
        raise TooLarge(f"A message has {MOST_LETTERS:,} letters at most.")
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        raise BadRequest("A message is JSON.") from None
    if not isinstance(told, dict) or not isinstance(told.get("follow"), list):
        raise BadRequest('A message says what it follows: {"follow": ["rows/shop/orders"]}.')
    return wish(told["follow"], told.get("since"))


def wish(topics: Sequence[Any], since: Any) -> Wish:
    """Return what is wanted, where it is in order.

    Raises: as `read`.
    """
    if len(topics) > MOST_TOPICS:
        raise TooLarge(f"One page follows {MOST_TOPICS} topics at most.")
    if not all(isinstance(one, str) and 0 < len(one) <= LONGEST for one in topics):
        raise BadRequest("A topic is a text, such as rows/shop/orders.")
    return Wish(tuple(dict.fromkeys(topics)), _stamp(since))


def stamp_in(text: str) -> float | None:
    """Return the stamp that an address has, None where it is none."""
    return _stamp(text[:40])


def _stamp(said: Any) -> float | None:
    try:
        found = float(said)
    except (TypeError, ValueError, OverflowError):  # a whole number may have any length
        return None
    return found if math.isfinite(found) else None


def following(topics: Sequence[str], at: float) -> str:
    """Word which topics a page follows now."""
    return _written({"following": list(topics), "at": at})


def news(topic: str, told: Sequence[Mapping[str, Any]], at: float) -> str:
    """Word what has happened in a topic that a page follows."""
    if len(told) > MOST_NEWS:
        return _written({"topic": topic, "many": True, "at": at})
    return _written({"topic": topic, "news": list(told), "at": at})


def _written(told: Mapping[str, Any]) -> str:
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:  # half a letter has no bytes, and would end whoever sends it
        return json.dumps(told, separators=(",", ":"))
    return text


GAP = _written({"gap": True})
"""Something was missed: the page reads anew what it shows."""
LOOK = _written({"gap": True, "began": True})
"""Hardly anything was missed, between the drawing of the page and the first look at its table: it looks at its rows."""
BEAT = _written({"beat": True})
"""Nothing has happened. Said at its time, whatever goes on elsewhere."""
