"""What brokers carry, as people may see it: JSON, text or bytes, cut to a size, without what looks secret.

A secret is never shown, to nobody. Whoever edits a content gets its secrets as dots, and dots that are left where they
stood come to mean the secret again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Literal

from nexus_admin.brokers.content import JSON, Content
from nexus_admin.data.guesses.secrets import secret_because
from nexus_admin.data.guesses.words import parts
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Invalid

MASK = "••••••"
MOST_SHOWN = 32 * 1024
"""Characters of a content that are shown, and
MOST_BYTES = 2 * 1024, bytes of one that is neither JSON nor text."""
MOST_BYTES = 2 * 1024
DEPTH = 60
"""Levels of JSON that are looked into; what lies deeper is not shown."""

_CARRY = frozenset({"authorization", "cookie", "bearer", "jwt", "dsn", "signature", "tokens", "passwords"})
_BEFORE_AT = re.compile(r"(?<![^@\s])[^@\s]++@")
_USER = re.compile(r"://[^:/?#@\s]*+:")
_IN_TEXT = re.compile(  # begins with a word and never goes back, so that a long text is looked at once
    r"""(?ix) ( (?<!\w) (?: (?= \w*? (?: password | passwd | passphrase | secret | token | credential ) ) \w++
    | (?= \w*? (?: api | access | private ) _? key (?!\w) ) \w++ | (?: (?<=api-) | (?<=access-) | (?<=private-) ) key
    | authorization | cookie | pwd ) ["']? \s*+ [=:] \s*+ )
    ( (?: bearer | basic ) \s++ [^\s"',;&]++ | "[^"]*+" | '[^']*+' | [^\s"',;&]++ )"""
)
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

Kind = Literal["json", "text", "hex", "hidden", "empty"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A content as somebody may see it.

    Args:
        kind: How it is written; `hidden` where their role does not let them see contents.
        text: What is shown of it.
        type: Its media type.
        size: Its bytes.
        cut: Whether there is more of it than is shown.
        masked: How many values were taken out because their names say that they are secret.
    """

    kind: Kind
    text: str
    type: str
    size: int
    cut: bool = False
    masked: int = 0

    @property
    def editable(self) -> bool:
        """Whether the text stands for all of it, so that a changed one can take its place."""
        return self.kind in ("json", "text", "empty") and not self.cut and not (self.kind == "text" and self.masked)


def shown(content: Content, *, allowed: bool, secret: bool = False) -> Shown:
    """Return *content* for somebody.

    Args:
        content: What a broker holds.
        allowed: Whether they may see contents.
        secret: Whether the place where it lies says that all of it is secret.
    """
    size = len(content.data)
    if not allowed:
        return Shown("hidden", "", content.type, size)
    if not size:
        return Shown("empty", "", content.type, 0)
    if secret:
        return Shown("text", MASK, content.type, size, True, 1)
    told = _as_json(content)
    if told is not None:
        return told
    try:
        text = content.data.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if _UNREADABLE.search(text):
        return Shown("hex", _hex(content.data[:MOST_BYTES]), content.type, size, size > MOST_BYTES)
    text, masked = without_secrets(text)
    return Shown("text", text[:MOST_SHOWN], content.type, size, len(text) > MOST_SHOWN, masked)


def is_secret(name: str) -> bool:
    """Whether a value of this name is one that nobody should read."""
    found = tuple(parts(name.replace("-", "_")))
    return bool(found) and (
        bool(_CARRY & {found[-1]}) or secret_because(name.replace("-", "_"), "text", ()) is not None
    )


def names_secret(place: str) -> bool:
    """Whether a key or topic says of what lies there that it is secret: `token:42`, `users/7/password`."""
    return any(is_secret(level) for level in re.split(r"[:/.|]", place))


def without_secrets(text: str) -> tuple[str, int]:
    """Return a text without passwords of addresses and what stands behind `password=` and the like, and how many."""
    addresses = 0

    def hidden(found: re.Match[str]) -> str:
        nonlocal addresses
        user = _USER.search(found[0])
        if user is None or user.end() == len(found[0]) - 1:
            return found[0]
        addresses += 1
        return f"{found[0][: user.end()]}{MASK}@"

    text = _BEFORE_AT.sub(hidden, text)
    text, named = _IN_TEXT.subn(rf"\1{MASK}", text)
    return text, addresses + named


def masked(value: Any) -> tuple[Any, int]:
    """Return JSON without its secrets, and how many there were."""
    return _masked(value, 0)


def restored(edited: Any, original: Any) -> Any:
    """Return edited JSON in which dots that stand where a secret stood are that secret again.

    Raises:
        Invalid: there are dots where there was none; they would be taken for a value.
    """
    if isinstance(edited, Mapping):
        earlier = original if isinstance(original, Mapping) else {}
        return {key: _restored_at(key, one, earlier) for key, one in edited.items()}
    if isinstance(edited, list):
        was = original if isinstance(original, list) else []
        return [restored(one, was[at] if at < len(was) else None) for at, one in enumerate(edited)]
    if isinstance(edited, str) and MASK in edited:
        if isinstance(original, str) and without_secrets(original)[0] == edited:
            return original
        raise Invalid({"payload": f"{MASK} stands where no secret was. Write the value itself."})
    return edited


def _restored_at(key: str, edited: Any, earlier: Mapping[str, Any]) -> Any:
    if edited == MASK and is_secret(key) and key in earlier:
        return earlier[key]
    return restored(edited, earlier.get(key))


def _as_json(content: Content) -> Shown | None:
    if content.type != JSON:
        return None
    try:
        value, count = masked(json.loads(content.data))
        text = json.dumps(value, indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return None
    return Shown("json", text[:MOST_SHOWN], content.type, len(content.data), len(text) > MOST_SHOWN, count)


def _masked(value: Any, depth: int) -> tuple[Any, int]:
    if depth > DEPTH:
        return "…", 0
    if isinstance(value, dict):
        made, count = {}, 0
        for key, one in value.items():
            hidden = one not in (None, "") and not isinstance(one, bool) and is_secret(key)
            made[key], more = (MASK, 1) if hidden else _masked(one, depth + 1)
            count += more
        return made, count
    if isinstance(value, list):
        found = [_masked(one, depth + 1) for one in value]
        return [one for one, _ in found], sum(more for _, more in found)
    return without_secrets(value) if isinstance(value, str) else (value, 0)


def _hex(data: bytes) -> str:
    """Return lines of sixteen bytes: where, as numbers, and as letters where they are some."""
    lines = []
    for at in range(0, len(data), 16):
        part = data[at : at + 16]
        letters = "".join(chr(one) if 32 <= one < 127 else "·" for one in part)
        lines.append(f"{at:06x}  {part.hex(' '):<47}  {letters}")
    return "\n".join(lines)
