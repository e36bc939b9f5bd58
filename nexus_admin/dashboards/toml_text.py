"""TOML out: plain values as text that `tomllib` reads back to the same values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}


def toml_key(name: str) -> str:
    """Return *name* as a key, quoted where it must be."""
    return name if _BARE.fullmatch(name) else toml_string(name)


def toml_string(text: str) -> str:
    """Return *text* as a basic string."""
    return '"' + "".join(_letter(letter) for letter in text) + '"'


def toml_value(value: Any) -> str:
    """Return *value* as one TOML value; None within a mapping is left out, for TOML has no nothing.

    Raises:
        TypeError: TOML cannot hold it.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return toml_string(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float | Decimal):
        text = repr(float(value)) if isinstance(value, float) else format(value, "f")
        return text if text.strip("-+").isalpha() or any(sign in text for sign in ".e") else f"{text}.0"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        parts = [f"{toml_key(str(name))} = {toml_value(inner)}" for name, inner in value.items() if inner is not None]
        return "{" + (f" {', '.join(parts)} " if parts else "") + "}"
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return f"[{', '.join(toml_value(inner) for inner in value)}]"
    raise TypeError(f"TOML cannot hold {type(value).__name__}.")


def _letter(letter: str) -> str:
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    if letter < " " or letter == "\x7f":
        return f"\\u{ord(letter):04X}"
    return letter
