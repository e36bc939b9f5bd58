"""What the reader's browser remembers: looks, the time zone, and what the page before has to say."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from datetime import UTC, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from starlette.responses import Response

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import InvalidId
from nexus_admin.domain.ids import as_ulid, parse_id

THEMES = ("light", "dark", "contrast")
DENSITIES = ("compact", "comfortable")
ZONES = ("nx_own_zone", "nx_zone")
"""The cookies that name a zone: what a person chose goes before what the browser says."""

SAID = "nx_said"
_SEGMENT = re.compile(r"[A-Za-z0-9_.~-]{0,300}")
LONGEST = 400
"""How many letters of a message go along in a cookie."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the page before has to say, once.

    Args:
        text: A sentence for people.
        undo: The ledger entry that can be taken back, or "".
        source: Whose entry that is, as it stands in addresses.
        email: Who is to sign in next, or "".
    """

    text: str
    undo: str = ""
    source: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, as far as their browser tells.

    Args:
        theme: `light`, `dark`, `contrast`, or "" as the system says.
        density: `compact` or `comfortable`.
        rail: The menu is narrowed to its icons.
        folded: Names of the menu's groups that are folded, as they stand in addresses.
        plain_keys: Single letters are no commands.
        zone: Their time zone.
        zone_name: Its name, "" where the browser told none.
        said: What to say on the page that comes, or None.
    """

    theme: str = ""
    density: str = DENSITIES[0]
    rail: bool = False
    folded: frozenset[str] = frozenset()
    plain_keys: bool = False
    zone: tzinfo = UTC
    zone_name: str = ""
    said: Said | None = None


def reader_of(cookies: Mapping[str, str]) -> Reader:
    """Read the cookies; what is not understood counts as not sent."""
    theme, density = cookies.get("nx_theme", ""), cookies.get("nx_density", "")
    name = next((one for one in map(cookies.get, ZONES) if one and zone_called(one)), "")
    zone = zone_called(name)
    return Reader(
        theme if theme in THEMES else "",
        density if density in DENSITIES else DENSITIES[0],
        cookies.get("nx_nav") == "rail",
        frozenset(cookies.get("nx_folded", "").split("|")) - {""},
        cookies.get("nx_keys") == "off",
        zone or UTC,
        name if zone else "",
        _unpacked(cookies[SAID]) if SAID in cookies else None,
    )


@lru_cache(maxsize=256)
def zone_called(name: str) -> tzinfo | None:
    """Return the time zone of an IANA name; None where there is none of that name."""
    if not name or len(name) > 64:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def say(answer: Response, said: Said, base: str) -> None:
    """Let the next page say it. The cookie is short, and nothing of it is trusted when it comes back."""
    plain = json.dumps([said.text[:LONGEST], said.undo, said.source, said.email[:300]]).encode()
    value = base64.urlsafe_b64encode(plain).decode().rstrip("=")
    answer.set_cookie(SAID, value, path=base or "/", max_age=120, httponly=True, samesite="lax")


def unsay(answer: Response, base: str) -> None:
    """It was said."""
    answer.delete_cookie(SAID, path=base or "/", httponly=True, samesite="lax")


def _unpacked(value: str) -> Said | None:
    try:
        text, undo, source, *more = json.loads(base64.urlsafe_b64decode(value[:4000] + "=" * (-len(value) % 4)))
        entry = as_ulid(parse_id(undo)) if undo else ""
        email = more[0] if more else ""
        plain = all(isinstance(one, str) for one in (text, source, email)) and bool(text)
        return Said(text[:LONGEST], entry, source, email[:300]) if plain and _SEGMENT.fullmatch(source) else None
    except (binascii.Error, ValueError, TypeError, InvalidId):
        return None
