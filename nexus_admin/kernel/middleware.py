"""The order in which a request passes the steps of the house and the middleware of extensions.

A step that stands before another one sees a request earlier, and the answer to it later.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from nexus_admin.domain.errors import ExtensionError
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.sdk.declarations import Middleware

STEPS = {
    "nexus.headers": "Lays the content policy and the other headers of security on every answer.",
    "nexus.packing": "Packs answers that are worth it.",
    "nexus.gate": "Lets nobody on to the middleware behind it but people and programs that are known.",
}
"""The steps of the house in their order, each with what it does; the pages stand behind them all."""

GATE = "nexus.gate"
_HOUSE = tuple(STEPS)


def in_order(found: Sequence[Middleware]) -> list[str]:
    """Return the names of all steps, those of the house among them, in the order in which a request meets them.

    The order depends on nothing but what was declared: where `before` and `after` leave a choice, what was declared
    first stands first. Whoever does not name a step of the house in `before` stands behind all of them.

    Raises:
        ExtensionError: a step of the house that is named is none, or what is said of the order is a circle.
    """
    names = [*_HOUSE, *(one.name for one in found)]
    outer: dict[str, set[str]] = {name: set() for name in names}
    for step, following in itertools.pairwise(_HOUSE):
        outer[following].add(step)
    for one in found:
        outer[one.name].add(_house_step_around(one))
        outer[one.name] |= {name for name in _named(one, one.after) if name in outer}
        for name in _named(one, one.before):
            outer.get(name, set()).add(one.name)
    return _sorted(names, outer)


def way_of(found: Sequence[Middleware]) -> list[tuple[str, str, str]]:
    """Return (name, owner, what it does) of each step, in the order in which a request meets them, the pages last."""
    owners = {one.name: one.owner for one in found}
    steps = [(name, owners.get(name, "nexus"), STEPS.get(name, "")) for name in in_order(found)]
    return [*steps, ("nexus.pages", "nexus", "Asks who comes, what they may and whether a form is ours, and answers.")]


def _house_step_around(one: Middleware) -> str:
    """Return the innermost step of the house that *one* must stand behind, "" for none."""
    wanted = [_HOUSE.index(name) for name in _named(one, one.before) if name in STEPS]
    if not wanted:
        return GATE
    return _HOUSE[min(wanted) - 1] if min(wanted) else ""


def _named(one: Middleware, names: Sequence[str]) -> Sequence[str]:
    """Return *names*; those of other extensions need not be there, those of the house must."""
    for name in names:
        if name.startswith("nexus.") and name not in STEPS:
            raise ExtensionError(f"{one.name} names the step {name!r}, which is not there.{did_you_mean(name, STEPS)}")
    return names


def _sorted(names: list[str], outer: dict[str, set[str]]) -> list[str]:
    done: list[str] = []
    while len(done) < len(names):
        ready = [name for name in names if name not in done and outer[name] <= {"", *done}]
        if not ready:
            left = ", ".join(name for name in names if name not in done)
            raise ExtensionError(
                f"What is said of the order of middleware is a circle. In it are: {left}. Whatever stands before "
                f"{GATE} must say so itself."
            )
        done.append(ready[0])
    return done
