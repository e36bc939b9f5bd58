"""`preference.set` and `preference.list`: what each person chose for themselves, on every device of theirs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from nexus_admin.actions.unit import Unit
from nexus_admin.domain.action import Action, Nothing
from nexus_admin.domain.errors import Invalid
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.state.engine import State
from nexus_admin.state.tables.preferences import preference

CHOICES: Mapping[str, tuple[str, ...]] = {
    "theme": ("system", "light", "dark", "contrast"),
    "density": ("compact", "comfortable"),
    "keys": ("on", "off"),
}
"""What can be chosen, by what it is about. A time zone may be any; favourites are pages of ours."""

FAVOURITES = 50
"""How many favourites somebody may have."""


class Choices(BaseModel):
    """New values by name; an empty one goes back to what the house does by itself."""

    model_config = ConfigDict(extra="forbid")

    values: dict[str, Any] = Field(max_length=20)


def chosen(unit: Unit, _data: Nothing) -> dict[str, Any]:
    """Return what the actor chose."""
    statement = sa.select(preference.c.key, preference.c.value).where(preference.c.user_id == unit.actor.id)
    return unit.service(State).read(lambda connection: dict(map(tuple, connection.execute(statement))))


def choose(unit: Unit, data: Choices) -> None:
    """Keep what the actor chose."""
    now = datetime.now(UTC)
    mine = preference.c.user_id == unit.actor.id
    for key, value in data.values.items():
        kept = _checked(key, value)
        unit.connection.execute(preference.delete().where(mine, preference.c.key == key))
        if kept not in ("", [], None):
            row = {"user_id": unit.actor.id, "key": key, "value": kept, "at": now}
            unit.connection.execute(preference.insert().values(row))


def _checked(key: str, value: Any) -> Any:
    """Return *value* as it is kept.

    Raises:
        Invalid: nothing of that name can be chosen, or not that.
    """
    if key == "zone":
        return _zone(str(value or ""))
    if key == "favourites":
        return _pages(value)
    if key not in CHOICES:
        raise Invalid({key[:60]: f"This cannot be chosen.{did_you_mean(key, [*CHOICES, 'zone', 'favourites'])}"})
    if value not in ("", None, *CHOICES[key]):
        raise Invalid({key: f"{str(value)[:60]!r} is none of {', '.join(CHOICES[key])}."})
    return value


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key if name else ""
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid({"zone": f"{name[:60]!r} is no time zone. One looks like Europe/Berlin."}) from None


def _pages(value: Any) -> list[dict[str, str]]:
    """Return favourites: each the address of a page of ours, and how it is called."""
    pages: list[Any] = value if isinstance(value, list) else [None]
    if len(pages) > FAVOURITES or not all(map(_is_page, pages)):
        raise Invalid({"favourites": f"Favourites are up to {FAVOURITES} pages, each with its path and title."})
    return pages


def _is_page(one: Any) -> bool:
    if not isinstance(one, dict) or set(one) != {"path", "title"}:
        return False
    path, title = one["path"], one["title"]
    texts = isinstance(path, str) and isinstance(title, str) and len(path) + len(title) <= 2500
    return texts and path.startswith("/") and not path.startswith("//")


ACTIONS = (
    Action("preference.list", Nothing, chosen, "Preferences", "account.change", on="house", writes=False,
           transaction=False),
    Action("preference.set", Choices, choose, "Save", "account.change", on="house", transaction=False),
)  # fmt: skip
