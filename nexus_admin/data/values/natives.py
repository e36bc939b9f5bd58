"""What a field's native type says that its kind does not: floats, widths, time zones, text."""

from __future__ import annotations

import re
from functools import lru_cache

_FLOATS = re.compile(r"^(real|float|double|binary_(float|double))", re.IGNORECASE)
_TEXTS = re.compile(r"(char|clob|text|string)", re.IGNORECASE)
_BYTES = re.compile(r"(blob|binary|bytea)", re.IGNORECASE)
_ZONED = re.compile(r"(with time zone|timestamptz|timetz|datetimeoffset)", re.IGNORECASE)
_BASE = re.compile(r"^[a-z0-9 ]+", re.IGNORECASE)

_WIDTHS = {
    "tinyint": 8, "smallint": 16, "int2": 16, "smallserial": 16, "year": 16, "mediumint": 24,
    "int": 32, "integer": 32, "int4": 32, "serial": 32, "bigint": 64, "int8": 64, "bigserial": 64, "oid": 32,
}  # fmt: skip


@lru_cache(maxsize=4096)
def is_float(native: str) -> bool:
    """Whether it is a binary floating point number."""
    return bool(_FLOATS.match(native.strip()))


@lru_cache(maxsize=4096)
def is_text(native: str) -> bool:
    """Whether it holds text."""
    return bool(_TEXTS.search(native))


@lru_cache(maxsize=4096)
def is_bytes(native: str) -> bool:
    """Whether it holds bytes."""
    return bool(_BYTES.search(native))


@lru_cache(maxsize=4096)
def is_zoned(native: str) -> bool:
    """Whether its times carry a zone."""
    return bool(_ZONED.search(native))


@lru_cache(maxsize=4096)
def whole_range(native: str, dialect: str) -> tuple[int, int]:
    """Return the smallest and the greatest whole number that fits."""
    if dialect == "sqlite":
        return -(2**63), 2**63 - 1
    match = _BASE.match(native.strip().lower())
    words = match[0].split() if match else []
    bits = _WIDTHS.get(words[0], 64) if words else 64
    if "unsigned" in native.lower() or (words and words[0] in ("year", "oid")):
        return 0, 2**bits - 1
    return -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
