"""The countries that the shop delivers to, read from `names.toml` beside this file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class City:
    """A city: its postal code as a pattern (`#` is a digit, `@` a letter) and where it lies."""

    name: str
    postal: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Country:
    """A country: its share of the customers, and what names, streets and phone numbers look like there."""

    code: str
    share: float
    phone: str
    street: str
    given: tuple[str, ...]
    family: tuple[str, ...]
    streets: tuple[str, ...]
    cities: tuple[City, ...]


def _country(told: dict[str, Any]) -> Country:
    cities = tuple(City(**city) for city in told.pop("cities"))
    lists: dict[str, Any] = {name: tuple(told.pop(name)) for name in ("given", "family", "streets")}
    return Country(**told, **lists, cities=cities)


_told = tomllib.loads((Path(__file__).parent / "names.toml").read_text("utf-8"))

COUNTRIES: tuple[Country, ...] = tuple(_country(told) for told in _told["countries"])
REGULARS: tuple[tuple[str, str], ...] = tuple((name, country) for name, country in _told["regulars"])
