"""The version of a row: the same for the same values, whoever asks and whenever; it makes ETags."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from nexus_admin.data.values.json_values import json_text
from nexus_admin.domain.row import Masked


def row_version(row: Mapping[str, Any]) -> str:
    """Return the version of the values in *row*; masked ones do not count."""
    parts = []
    for name in sorted(row):
        value = row[name]
        if isinstance(value, Masked):
            continue
        text = json_text(value) if isinstance(value, dict | list) else repr(value)
        parts.append(f"{name}\0{text}\0")
    return hashlib.sha256("".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]
