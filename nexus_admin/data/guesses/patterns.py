"""What texts look like: addresses, links, colours, codes, dates, JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")
URL = re.compile(r"(?:https?|ftp)://\S+|www\.\S+", re.IGNORECASE)
IMAGE = re.compile(r"\S+\.(?:png|jpe?g|gif|webp|svg|avif|bmp)(?:\?\S*)?|data:image/\S+", re.IGNORECASE)
FILE = re.compile(r"\S.*\.[A-Za-z0-9]{2,5}(?:\?\S*)?")
COLOR = re.compile(r"#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")
COUNTRY = re.compile(r"[A-Z]{2}")
SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
PHONE = re.compile(r"\+?[\d\s().\-/x#]{6,30}")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
HASHED = re.compile(
    r"\$(?:2[abxy]|argon2\w*|pbkdf2\S*|scrypt|[156])\$\S+|pbkdf2_\w+\$\S+|\{SSHA\d*\}\S+|eyJ[\w-]+\.[\w-]+\.[\w-]*"
)
HTML = re.compile(
    r"\s*(?:<!doctype|<(?:p|div|span|h[1-6]|ul|ol|table|a|br|img|b|strong|em|section|html)\b)", re.IGNORECASE
)
MARKDOWN = re.compile(r"(?m)^#{1,6} \S|^\s*[-*] \S.*\n\s*[-*] \S|\*\*\S.*?\*\*|\[[^\]\n]+\]\([^)\s]+\)|^```")
DATE = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")
DATETIME = re.compile(DATE.pattern + r"[ T](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?")
MIDNIGHT = re.compile(DATE.pattern + r"(?:[ T]00:00(?::00(?:\.0{1,6})?)?)?")
TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?")
WKT = re.compile(r"(?:SRID=\d+;)?(?:MULTI)?(?:POINT|LINESTRING|POLYGON)|GEOMETRYCOLLECTION", re.IGNORECASE)


def share(values: Iterable[Any], fits: re.Pattern[str] | Callable[[Any], bool]) -> float | None:
    """Return which part of *values* fits, 0 to 1; empty texts do not count; None where there is nothing to look at."""
    looked = [value for value in values if value != ""]
    if not looked:
        return None
    test = fits if callable(fits) else lambda value: isinstance(value, str) and fits.fullmatch(value) is not None
    return sum(1 for value in looked if test(value)) / len(looked)


def mostly(values: Iterable[Any], fits: re.Pattern[str] | Callable[[Any], bool], least: float = 0.8) -> bool:
    """Whether at least that part of *values* fits; False where there are none."""
    part = share(values, fits)
    return part is not None and part >= least


def unless_not(values: Iterable[Any], fits: re.Pattern[str] | Callable[[Any], bool], least: float = 0.8) -> bool:
    """Like `mostly`, but where there are no values nothing speaks against it."""
    part = share(values, fits)
    return part is None or part >= least


def is_json(value: Any) -> bool:
    """Whether a text is a JSON object or array; one that was cut for the sample passes by its beginning."""
    if not isinstance(value, str) or value[:1] not in "{[" or not value.strip():
        return False
    if len(value) >= 300:
        return re.match(r'\{\s*"|\[\s*[\[{"\d]', value) is not None
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return False
    return True


def long(values: Iterable[Any]) -> bool:
    """Whether texts are long or have lines, so that one line of a form is too small for them."""
    texts = [value for value in values if isinstance(value, str) and value]
    if not texts:
        return False
    lengths = sorted(len(text) for text in texts)
    return lengths[len(lengths) // 2] > 90 or lengths[-1] > 200 or sum("\n" in text for text in texts) * 5 > len(texts)
