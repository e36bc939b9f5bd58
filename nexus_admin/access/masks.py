"""What is left of a value that may not be read: a shape that tells its kind, never its length.

Of a value without a shape of its own nothing is left; of nothing (null) too, or else one could
count who has a salary.
"""

from __future__ import annotations

from typing import Any

from nexus_admin.domain.kinds import family
from nexus_admin.domain.resource import Field
from nexus_admin.domain.row import Masked

DOTS = "•••"
HIDDEN = Masked("••••")

_SHORTEST_TEXT = 4
_SHORTEST_PHONE = 6
_NEVER = ("secret", "country", "color", "slug", "image", "file", "url")


def mask(field: Field, value: Any) -> Masked:
    """Return the shape of *value*, which is all that may leave the server.

    An email keeps its first letter and its domain, a telephone number its last two digits, a text its
    first letter; everything else, secrets above all, is dots, and always as many.
    """
    if field.secret or field.kind in _NEVER or not isinstance(value, str):
        return HIDDEN
    if field.kind == "email":
        return _email(value)
    if field.kind == "phone":
        return _phone(value)
    if family(field.kind) == "text":
        return _text(value)
    return HIDDEN


def _email(value: str) -> Masked:
    name, at, domain = value.strip().rpartition("@")
    if not (name and at and domain) or "@" in name:
        return HIDDEN
    return Masked(f"{name[0]}{DOTS}@{domain}")


def _phone(value: str) -> Masked:
    digits = [letter for letter in value if letter.isdigit()]
    return HIDDEN if len(digits) < _SHORTEST_PHONE else Masked(f"{DOTS} {''.join(digits[-2:])}")


def _text(value: str) -> Masked:
    value = value.strip()
    return HIDDEN if len(value) < _SHORTEST_TEXT else Masked(f"{value[0]}{DOTS}")
