"""Topics and patterns, by section 4.7 of MQTT 3.1.1.

A topic is a text whose levels are parted by `/`; a level may be empty, and a letter is not its capital. In a
pattern a level may be `+`, which stands for any one level, and the last may be `#`, which stands for any number
of them, none included: `logs/#` is also `logs`. A pattern that begins with a wildcard matches no topic that
begins with `$`.
"""

from __future__ import annotations

from collections.abc import Callable

from nexus_admin.domain.errors import BadRequest

MOST_BYTES = 65_535
"""Of a topic or pattern, in UTF-8."""
MOST_LEVELS = 128
"""Of a topic or pattern: so that finding who matches takes a bounded time."""


class BadTopic(BadRequest, ValueError):
    """A topic or pattern that none can be; the sentence says what is wrong with it."""

    code, title = "bad_topic", "This is no topic"


def check_topic(topic: str) -> str:
    """Return *topic*, to which something can be published.

    Raises:
        BadTopic: it is empty, too long, has a NUL or half a letter, or a wildcard.
    """
    _check_text(topic, "topic")
    if "+" in topic or "#" in topic:
        raise BadTopic(f"{topic!r} has a wildcard. Publish to one topic; only who subscribes may use + and #.")
    return topic


def check_pattern(pattern: str) -> str:
    """Return *pattern*, to which somebody can subscribe.

    Raises:
        BadTopic: as for topics, or a wildcard is not a whole level, or `#` is not the last.
    """
    _check_text(pattern, "pattern")
    levels = pattern.split("/")
    for at, level in enumerate(levels, start=1):
        if level == "#" and at < len(levels):
            raise BadTopic(f"In {pattern!r} something follows #. It stands for all that follows, so it comes last.")
        if level not in ("+", "#") and ("+" in level or "#" in level):
            raise BadTopic(f"In {pattern!r} the level {level!r} is partly a wildcard. + and # stand for whole levels.")
    return pattern


def is_exact(pattern: str) -> bool:
    """Whether a valid *pattern* matches one topic alone."""
    return "+" not in pattern and "#" not in pattern


def matcher(pattern: str) -> Callable[[str], bool]:
    """Return what says whether a valid topic matches a valid *pattern*: to try many topics on one pattern.

    For many patterns on one topic there is `TopicTrie`.
    """
    wanted = pattern.split("/")
    open_end = wanted[-1] == "#"
    if open_end:
        wanted.pop()
    exact = next((at for at, level in enumerate(wanted) if level == "+"), len(wanted))
    # What every topic begins with that matches; most others end here.
    head = "/".join(wanted[:exact]) + ("/" if 0 < exact < len(wanted) else "")
    rest, count = wanted[exact:], len(wanted)
    guarded = exact == 0

    def fits(topic: str) -> bool:
        if not topic.startswith(head) or (guarded and topic[0] == "$"):
            return False
        levels = topic.split("/")
        if len(levels) < count or (not open_end and len(levels) > count):
            return False
        if not rest:  # the head ends within a level, perhaps of a longer name
            return levels[count - 1 : count] == wanted[-1:]
        return all(one in (level, "+") for one, level in zip(rest, levels[exact:], strict=False))

    return fits


def matches(pattern: str, topic: str) -> bool:
    """Whether a valid *pattern* matches a valid *topic*."""
    return matcher(pattern)(topic)


def _check_text(text: str, what: str) -> None:
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise BadTopic(f"The {what} {text!r} cannot be written as UTF-8.") from error
    if not 1 <= size <= MOST_BYTES:
        raise BadTopic(f"A {what} has 1 to {MOST_BYTES:,} bytes, not {size:,}.")
    if "\0" in text:
        raise BadTopic(f"The {what} {text!r} has a NUL.")
    if text.count("/") >= MOST_LEVELS:
        raise BadTopic(f"A {what} has {MOST_LEVELS} levels at most, not {text.count('/') + 1}.")
