"""The nearest neighbour of a name that does not exist, for messages that say what there is instead."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the name of *known* that *name* was most likely meant to be, or None."""
    folded = {candidate.casefold(): candidate for candidate in known}
    near = get_close_matches(name.casefold(), list(folded), n=1, cutoff=0.5)
    return folded[near[0]] if near else None


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return `" Did you mean 'x'?"`, or *otherwise* with a blank before it, or nothing."""
    near = nearest(name, known)
    if near is not None:
        return f" Did you mean {near!r}?"
    return f" {otherwise}" if otherwise else ""
