"""Sentences for input that does not fit an action's model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SENTENCES: Mapping[str, str] = {
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float", "int_parsing_size"), "Needs a whole number."),
    **dict.fromkeys(("float_parsing", "float_type", "decimal_parsing", "decimal_type"), "Needs a number."),
    **dict.fromkeys(("bool_parsing", "bool_type"), "Needs true or false."),
    "greater_than_equal": "May not be below {ge}.", "less_than_equal": "May not be above {le}.",
    "greater_than": "Must be above {gt}.", "less_than": "Must be below {lt}.",
    "missing": "Is needed.",
}  # fmt: skip
"""By pydantic's name of what is wrong; its own words stand for what is not here."""


def misfit(one: Mapping[str, Any]) -> str:
    """Return the sentence for *one* of `ValidationError.errors()`."""
    sentence = _SENTENCES.get(one["type"])
    return sentence.format(**one.get("ctx", {})) if sentence else f"{one['msg']}."
