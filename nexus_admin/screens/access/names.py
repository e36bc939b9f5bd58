"""The names to which a role narrows a right on queues, streams, topics and keys: as they are typed, and as grants."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from nexus_admin.access.builtin import HOUSE
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.role import Grant, Role
from nexus_admin.screens.access.draft import MeantBy, Place, drawn_by_names, own_state, with_cell

OPEN: Final = "~names"
"""The word of a form that opens this pane."""
EVERYWHERE: Final = Place("*")


@dataclass(frozen=True, slots=True)
class NameLine:
    """One right.

    Args:
        action: Its name.
        title: What people read.
        only: The names that it is given on.
        never: Those that it is denied on.
        every: Whether the role itself gives it on every name.
    """

    action: str
    title: str
    only: str
    never: str
    every: bool


def name_lines(role: Role, rights: Iterable[tuple[str, str]]) -> tuple[NameLine, ...]:
    """Return a line for each right, which is a pair of its name and its title."""
    return tuple(
        NameLine(
            action, title, _text(role, action, "allow"), _text(role, action, "deny"),
            own_state(role, EVERYWHERE, (action,)) == "allow",
        )
        for action, title in rights
    )  # fmt: skip


def with_names(role: Role, rights: Iterable[tuple[str, str]], form: Mapping[str, str], meant_by: MeantBy) -> Role:
    """Return *role* with the names that were typed; what is given on certain names is not given on every one."""
    for action, _ in rights:
        only, never = form.get(f"only.{action}", ""), form.get(f"never.{action}", "")
        if (only, never) == (_text(role, action, "allow"), _text(role, action, "deny")):
            continue
        role = _with(role, action, _names(only), _names(never))
        if _names(only) and own_state(role, EVERYWHERE, (action,)) == "allow":
            role = with_cell(role, EVERYWHERE, (action,), "none", meant_by)
    return role


def _with(role: Role, action: str, only: Iterable[str], never: Iterable[str]) -> Role:
    kept = [one for one in role.grants if not (drawn_by_names(one) and one.action == action)]
    made = [Grant(source=HOUSE, resource=name, action=action) for name in only]
    made += [Grant(source=HOUSE, resource=name, action=action, effect="deny") for name in never]
    return role.model_copy(update={"grants": (*kept, *made)})


def _text(role: Role, action: str, effect: str) -> str:
    found = (one for one in role.grants if drawn_by_names(one) and one.action == action and one.effect == effect)
    return ", ".join(one.resource for one in found)


def _names(typed: str) -> list[str]:
    """Read names parted by commas or blanks; one that has either in it is written as text."""
    return [one for one in dict.fromkeys(re.split(r"[,\s]+", typed)) if one and one != "*"]
