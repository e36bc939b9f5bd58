"""An event that somebody could not work on: how often it comes again, how much later each time, what is noted of it."""

from __future__ import annotations

MOST = 5
"""How often an event is tried before it is set aside."""
LONGEST_PAUSE = 60.0
"""Seconds between two tries, at most."""


def pause_after(tries: int) -> float:
    """Return the seconds until the next try, twice as many after each one."""
    return min(2.0 ** (tries - 1), LONGEST_PAUSE)


def noted(error: Exception) -> str:
    """Return what is kept of *error* beside the event: up to 2,000 letters."""
    return f"{type(error).__name__}: {error}"[:2000]
