"""JSON written often: what `json.JSONEncoder` does, but its inner encoder is made once and not for each value."""

from __future__ import annotations

import json
from collections.abc import Callable
from json import encoder
from typing import Any


def json_writer(
    *,
    ensure_ascii: bool = True,
    allow_nan: bool = True,
    sort_keys: bool = False,
    default: Callable[[Any], Any] | None = None,
) -> Callable[[Any], str]:
    """Return what writes a value as JSON without blanks.

    Args:
        ensure_ascii, allow_nan, sort_keys, default: As `json.dumps` has them.

    Returns:
        `write(value)`. It raises what `json.dumps` raises; RecursionError for a value that holds itself.
    """
    plain = json.JSONEncoder(
        ensure_ascii=ensure_ascii, allow_nan=allow_nan, sort_keys=sort_keys, default=default, check_circular=False,
        separators=(",", ":"),
    )  # fmt: skip
    make: Any = getattr(encoder, "c_make_encoder", None)
    if make is None:  # a Python without it
        return plain.encode
    text: Any = encoder.encode_basestring_ascii if ensure_ascii else encoder.encode_basestring
    parts = make(None, plain.default, text, None, ":", ",", sort_keys, False, allow_nan)

    def write(value: Any) -> str:
        return "".join(parts(value, 0))

    return write
