"""Names and patterns with `*`, as grants and scopes spell them.

`*` stands for any letters, dots too. One thing it does not reach: actions that begin with `access.`,
which change who may do what. Those a grant must name (`access.*`, `access.role.save`), so that a wide
grant never gives away the keys. A denial has no such hole.
"""

from __future__ import annotations

from collections.abc import Iterable

KEYS = "access."
"""What the names of actions begin with that change who may do what."""


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


def gives(pattern: str, action: str) -> bool:
    """Whether an allowing *pattern* gives *action*."""
    if action.startswith(KEYS) and not pattern.startswith(KEYS):
        return False
    return fits(pattern, action)


def gives_any(patterns: Iterable[str], action: str) -> bool:
    """Whether one of *patterns* gives *action*."""
    return any(gives(pattern, action) for pattern in patterns)
