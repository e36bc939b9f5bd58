"""Reading the text form letter by letter: names, quoted texts, bare values, and where each one stands."""

from __future__ import annotations

import re
from typing import Final

from nexus_admin.domain.errors import BadExpression
from nexus_admin.language.names import RESERVED

MAX_TEXT: Final = 100_000
"""Letters that a filter's text may have."""

BARE = re.compile(r"(?:(?!\.\.)[^\s(),\"])+")
"""A value without quotes."""

WORD = re.compile(r"[^\s():\"`]+")
"""A search word without quotes."""

NAME = re.compile(r"[^\W\d]\w*|`(?:[^`]|``)*`")
"""A name within a path."""

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_BLANK = re.compile(r"\s*")
_SIGN = re.compile(r">=|<=|[><=~^$&]")


class Scanner:
    """A place in a text, and what stands there."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_TEXT:
            raise BadExpression(f"A filter may have {MAX_TEXT:,} letters; this one has {len(text):,}.")
        self.text = text
        self.at = 0

    def skip(self) -> None:
        """Go past blanks."""
        match = _BLANK.match(self.text, self.at)
        self.at = match.end() if match else self.at

    @property
    def here(self) -> str:
        """The letter at this place, empty at the end."""
        return self.text[self.at : self.at + 1]

    def take(self, letters: str) -> bool:
        """Go past *letters* if they stand here."""
        if not self.text.startswith(letters, self.at):
            return False
        self.at += len(letters)
        return True

    def match(self, pattern: re.Pattern[str]) -> str | None:
        """Go past what *pattern* matches here and return it."""
        match = pattern.match(self.text, self.at)
        if not match:
            return None
        self.at = match.end()
        return match[0]

    def word(self) -> str | None:
        """Return `and`, `or` or `not` if it stands here as a word of its own; stay in place."""
        match = NAME.match(self.text, self.at)
        if not match or match[0].casefold() not in RESERVED:
            return None
        following = self.text[match.end() : match.end() + 1]
        return None if following in (":", ".") and following else match[0].casefold()

    def path(self) -> tuple[str, ...] | None:
        """Go past names joined by dots and return them, unless none stands here."""
        names: list[str] = []
        start = self.at
        while (name := self.match(NAME)) is not None:
            names.append(name[1:-1].replace("``", "`") if name[0] == "`" else name)
            if not self.take("."):
                return tuple(names)
        self.at = start
        return None

    def sign(self) -> str:
        """Go past an operator's sign and return it, empty if there is none."""
        return self.match(_SIGN) or ""

    def quoted(self) -> str | None:
        """Go past a quoted text and return what it says, None if none begins here.

        Raises:
            BadExpression: it does not end.
        """
        if self.here != '"':
            return None
        match = _QUOTED.match(self.text, self.at)
        if not match:
            raise self.wrong("This quote is never closed")
        self.at = match.end()
        return _ESCAPED.sub(r"\1", match[1])

    def wrong(self, what: str, at: int | None = None) -> BadExpression:
        """Return the error that *what* is the matter at this place, or at another."""
        place = self.at if at is None else at
        near = self.text[place : place + 20]
        where = f"at letter {place + 1}, before {near!r}" if near else "at the end"
        return BadExpression(f"{what}, {where}.")


def quote(text: str) -> str:
    """Return *text* in quotes, as `Scanner.quoted` reads it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
