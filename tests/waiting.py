"""Waiting for what happens in the background, on machines that are slow and busy too."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE = 60.0
"""Seconds after which it will not happen any more."""


def until(found: Callable[[], T], what: str = "it", seconds: float = PATIENCE) -> T:
    """Wait until *found* finds something, and return it; *what* is named where that never comes about."""
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, f"{what} did not come about in {seconds:g} s."
        time.sleep(0.02)
    return value
