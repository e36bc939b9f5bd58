"""Names and patterns with `*`, as grants and scopes spell them.

`*` stands for any letters, dots too. One thing it does not reach: actions that begin with `access.`,
which change who may do what. Those a grant must name (`access.*`, `access.role.save`), so that a wide
grant never gives away the keys. A denial has no such hole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

KEYS = "access."
"""What the names of actions begin with that change who may do what."""


@lru_cache(maxsize=4096)
def _matcher(pattern: str) -> Callable[[str], object]:
    parts = (re.escape(part) for part in pattern.split("*"))
    return re.compile(".*".join(parts), re.DOTALL).fullmatch


def fits(pattern: str, name: str) -> bool:
    """Whether *name* is what *pattern* means. Case counts: names are as the database spells them."""
    if pattern in ("*", name):
        return True
    return "*" in pattern and _matcher(pattern)(name) is not None


def gives(pattern: str, action: str) -> bool:
    """Whether an allowing *pattern* gives *action*."""
    if action.startswith(KEYS) and not pattern.startswith(KEYS):
        return False
    return fits(pattern, action)


def gives_any(patterns: Iterable[str], action: str) -> bool:
    """Whether one of *patterns* gives *action*."""
    return any(gives(pattern, action) for pattern in patterns)
