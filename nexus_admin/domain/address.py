"""Names and keys as parts of an address: any text in, one safe path segment out, and back.

Percent encoding does not survive: servers decode `%2F` before they route. A tilde
does (the way Datasette went), so `Order Details` is `Order~20Details`, and the parts
of a composite key are joined by commas.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from nexus_admin.domain.errors import BadRequest

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.")
_NULL = "~"
RESERVED = frozenset({"new"})
"""Words that stand where a key could stand."""
_ESCAPE = re.compile(r"~([0-9A-F]{2})")


def segment(text: str) -> str:
    """Return *text* as one path segment. `""` is `~E`, and `.` and `..` never come out as such."""
    if text.isascii() and (text.isalnum() or text.isidentifier()):  # most names and keys
        return text
    if text == "":
        return "~E"
    return _spelled(text)


@lru_cache(maxsize=4096)
def _spelled(text: str) -> str:
    """Return a name that needs escapes; a page spells the few that it has again and again."""
    if set(text) <= {"."}:
        return "~2E" * len(text)
    return "".join(
        letter if letter in _PLAIN else "".join(f"~{byte:02X}" for byte in letter.encode("utf-8", "surrogatepass"))
        for letter in text
    )


def text_of(part: str) -> str:
    """Return what `segment` was given.

    Raises:
        BadRequest: *part* did not come from `segment`.
    """
    if "~" not in part:
        return part
    if part == "~E":
        return ""
    raw = bytearray()
    at = 0
    while at < len(part):
        if part[at] == "~":
            match = _ESCAPE.match(part, at)
            if not match:
                raise BadRequest(f"{part[:80]!r} is not an address of ours.")
            raw.append(int(match[1], 16))
            at += 3
        else:
            raw += part[at].encode("utf-8", "surrogatepass")
            at += 1
    try:
        return raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        raise BadRequest(f"{part[:80]!r} is not an address of ours.") from None


def key_segment(parts: Iterable[str | None]) -> str:
    """Return the texts of a key's columns as one segment; None is a lone tilde.

    A key that spells the address of another page (`new`) is written otherwise, so that both can be reached.
    """
    joined = ",".join(_NULL if part is None else segment(part) for part in parts)
    return f"~{ord(joined[0]):02X}{joined[1:]}" if joined in RESERVED else joined


def key_parts(text: str, width: int) -> tuple[str | None, ...]:
    """Return the *width* texts that `key_segment` was given.

    Raises:
        BadRequest: there are fewer or more of them.
    """
    parts = text.split(",")
    if len(parts) != width:
        raise BadRequest(f"The key {text[:80]!r} has {len(parts)} part(s), but {width} are needed.")
    return tuple(None if part == _NULL else text_of(part) for part in parts)
