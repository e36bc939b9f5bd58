"""Lists of settings that say something by name: `["orders.events=30", "app.*=7"]`, where the first that fits counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import TypeVar

from nexus_admin.domain.errors import SettingError

T = TypeVar("T")


def read_by_name(
    setting: str, entries: Iterable[str], read: Callable[[str], T | None], what: str, example: str
) -> dict[str, T]:
    """Return what *entries* of the form `name=text` say, by name.

    Args:
        setting: Whose entries they are.
        entries: As somebody wrote them.
        read: Returns what a text says, None where it says nothing that can be understood.
        what: Of what an entry says how many: `days`.
        example: An entry as it should be.

    Raises:
        SettingError: names the entry that says something else, and shows the *example*.
    """
    found: dict[str, T] = {}
    for entry in entries:
        name, _, text = entry.rpartition("=")
        said = read(text.strip())
        if not name.strip() or said is None:
            raise SettingError(f"{setting}: {entry!r} does not say how many {what}. Write it as {example!r}.")
        found[name.strip()] = said
    return found


def first_fit(name: str, said: Mapping[str, T]) -> T | None:
    """Return what is said of *name*, by the first pattern that fits it; None where nothing is."""
    return next((one for pattern, one in said.items() if fnmatchcase(name, pattern)), None)
