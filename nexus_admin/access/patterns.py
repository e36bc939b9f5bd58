"""Names and patterns with `*`, as grants and scopes spell them.

`*` stands for any letters, dots too. One thing it does not reach: actions that begin with `access.`,
which change who may do what. Those a grant must name (`access.*`, `access.role.save`), so that a wide
grant never gives away the keys. A denial has no such hole.

What programs elsewhere do with the brokers is narrowed by names: those of queues, streams and keys, with `*` as
everywhere; those of topics by the patterns of subscriptions (`orders/#`) as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from nexus_admin.brokers.pubsub.topics import check_pattern, matches

KEYS = "access."
"""What the names of actions begin with that change who may do what."""
BY_NAME: Final = "client."
"""What the names of actions begin with that a grant narrows by names of queues, streams, topics or keys."""
_ON_TOPICS: Final = "client.topic."
_WILD: Final = "*+#"


def fits(pattern: str, name: str) -> bool:
    """Whether *name* is what *pattern* means. Case counts: names are as the database spells them.

    One look at each letter, however many stars there are: anybody may give patterns to their tokens.
    """
    if pattern in ("*", name):
        return True
    first, *rest = pattern.split("*")
    if not rest or not name.startswith(first):
        return False
    *middle, last = rest
    at = len(first)
    for part in middle:
        at = name.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return name.endswith(last) and len(name) - len(last) >= at


def fits_name(pattern: str, name: str, action: str, *, denies: bool) -> bool:
    """Whether a grant on *pattern* speaks of the table, queue, topic or key called *name*.

    *name* may be a pattern itself, where it is asked whether somebody may give it away: what allows must then hold all
    that it means. What denies is never read more narrowly than it could be meant.
    """
    if fits(pattern, name):
        return True
    if not action.startswith(_ON_TOPICS) or not name:
        return False
    return (denies or not _widens(pattern, name)) and matches(pattern, name)


def problem_with(pattern: str, action: str) -> str:
    """Return why *pattern* can be no name that a grant of *action* is narrowed to, or ""."""
    if not action.startswith(_ON_TOPICS) or "*" in pattern:
        return ""
    try:
        check_pattern(pattern)
    except ValueError as error:
        return str(error)
    return ""


def wild(name: str) -> bool:
    """Whether *name* may mean several."""
    return any(letter in name for letter in _WILD)


def _widens(pattern: str, name: str) -> bool:
    """Whether *name*, read as a pattern, could mean more than the levels that a wildcard of *pattern* stands for."""
    return "*" in name or (name.endswith("#") and not pattern.endswith("#"))


def gives(pattern: str, action: str) -> bool:
    """Whether an allowing *pattern* gives *action*."""
    if action.startswith(KEYS) and not pattern.startswith(KEYS):
        return False
    return fits(pattern, action)


def gives_any(patterns: Iterable[str], action: str) -> bool:
    """Whether one of *patterns* gives *action*."""
    return any(gives(pattern, action) for pattern in patterns)
