"""Small marks that stand for people and things: initials and hues, always the same for the same text."""

from __future__ import annotations

from zlib import crc32

HUES = ("blue", "teal", "violet", "green", "orange", "amber", "red", "pink")


def initials(name: str) -> str:
    """Return one or two letters for how somebody is called; of an email the part before the @."""
    words = [word for word in name.split("@")[0].replace(".", " ").replace("_", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def hue(text: str) -> str:
    """Return the hue of a text."""
    return HUES[crc32(text.encode("utf-8", "surrogatepass")) % len(HUES)]
