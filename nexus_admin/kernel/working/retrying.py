"""How those who work on events go about it: how often they look, and what becomes of one that nobody could work on."""

from __future__ import annotations

BREATH = 0.1
"""Seconds between two rounds: what happens meanwhile is worked on together; after a rest it is worked on at once."""
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
