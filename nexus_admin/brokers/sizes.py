"""Bytes as people write them."""

from __future__ import annotations

import re

LARGEST = 10**15
"""What is more is no size of anything."""
_SIZES = {"": 1, "B": 1, "KB": 1000, "MB": 1000**2, "GB": 1000**3, "TB": 1000**4}
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([KMGT]?B|)", re.IGNORECASE)


def size_of(text: str) -> int | None:
    """Read `500 MB` or `2000000`; None where that is no size."""
    read = _SIZE.fullmatch(text.strip().replace(",", ""))
    if read is None or (size := float(read[1]) * _SIZES[read[2].upper()]) > LARGEST:
        return None
    return int(size)
