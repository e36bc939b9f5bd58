"""Paths as text: relation names and at last a field, joined by dots, odd names in backquotes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nexus_admin.domain.errors import BadExpression

RESERVED = frozenset({"and", "or", "not"})
"""Words that a name must be quoted to be, in any case."""

_PLAIN = re.compile(r"[^\W\d]\w*")
_LISTED = re.compile(r"(?:`(?:[^`]|``)*`|[^,`])+")
_PART = re.compile(r"`((?:[^`]|``)*)`|([^.`]+)")


def quote_name(name: str) -> str:
    """Return *name* as it stands in a path: in backquotes unless it is a plain word."""
    if _PLAIN.fullmatch(name) and name.casefold() not in RESERVED:
        return name
    return "`" + name.replace("`", "``") + "`"


def join_path(path: Iterable[str]) -> str:
    """Return *path* as text, e.g. `` customer.`Home Country` ``."""
    return ".".join(map(quote_name, path))


def split_path(text: str) -> tuple[str, ...]:
    """Return the names in *text*; a name without dots and backquotes needs no quoting here.

    Raises:
        BadExpression: *text* is empty, or a dot or backquote stands where none may.
    """
    names: list[str] = []
    at = 0
    while True:
        match = _PART.match(text, at)
        if not match:
            raise BadExpression(f"{text[:80]!r} is not a path of names joined by dots.")
        names.append(match[2] if match[1] is None else match[1].replace("``", "`"))
        at = match.end()
        if at == len(text):
            return tuple(names)
        if text[at] != ".":
            raise BadExpression(f"{text[:80]!r} is not a path of names joined by dots.")
        at += 1


def listed_paths(text: str) -> tuple[str, ...]:
    """Return the members of a list by comma, each as rows name it; `-` in front of one stays.

    A name with a comma or a dot of its own stands in backquotes, and comes out without them where it stands alone.
    """
    return tuple(_bare(part) for part in map(str.strip, _LISTED.findall(text)) if part)


def _bare(part: str) -> str:
    sign, rest = ("-", part[1:]) if part.startswith("-") else ("", part)
    if not rest.startswith("`"):
        return part
    path = split_path(rest)
    return sign + (path[0] if len(path) == 1 else rest)
