"""The field kinds that come with the house; they reach the kernel through the same hook as everybody's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from nexus_admin.domain.field_kind import FieldKind, Locale
from nexus_admin.domain.resource import Field
from nexus_admin.screens import formats
from nexus_admin.screens.cells import ready, safe
from nexus_admin.screens.icons import icon
from nexus_admin.sdk import status
from nexus_admin.sdk.markers import hookimpl

LINK_SCHEMES = ("http", "https")
SHOWN = 300
"""Longer JSON is cut; the record page leads to all of it."""

TAGS = 12
"""So many members of a list are shown; the record page leads to all."""


def _number(value: Any, field: Field, _locale: Locale) -> str:
    return formats.number(value, field.scale)


def _plain_number(value: Any, _field: Field, _locale: Locale) -> str:
    return str(value)


def _integer(value: Any, field: Field, _locale: Locale) -> str:
    # Keys and codes are names, not amounts: no thousands are parted.
    return str(value) if field.key or field.relation else formats.number(value)


def _money(value: Any, field: Field, _locale: Locale) -> str:
    return formats.money(value, field.unit, field.scale)


def _percent(value: Any, field: Field, _locale: Locale) -> str:
    return f"{formats.number(value, field.scale)} %"


def _boolean(value: Any, _field: Field, _locale: Locale) -> str:
    return "Yes" if value else "No"


def _day(value: Any, _field: Field, locale: Locale) -> str:
    return formats.day(value, locale) if isinstance(value, date) else str(value)


def _moment(value: Any, field: Field, locale: Locale) -> str:
    if not isinstance(value, datetime):
        return str(value)
    # Where moments stand for days, only one that has a time says it.
    whole = field.options.get("whole_days") and formats.is_day(value)
    return formats.day(value, locale) if whole else formats.moment(value, locale)


def _clock(value: Any, _field: Field, _locale: Locale) -> str:
    return formats.clock(value) if isinstance(value, time) else str(value)


def _duration(value: Any, _field: Field, _locale: Locale) -> str:
    return formats.length_of_time(value) if isinstance(value, timedelta) else str(value)


def _json(value: Any, _field: Field, _locale: Locale) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _array(value: Any, _field: Field, _locale: Locale) -> str:
    return ", ".join(str(item) for item in value) if isinstance(value, list | tuple) else str(value)


def _binary(value: Any, _field: Field, _locale: Locale) -> str:
    return formats.size(len(value)) if isinstance(value, bytes | memoryview) else str(value)


def _choice(value: Any, _field: Field, _locale: Locale) -> str:
    return status.humanised(str(value))


def _pill(value: Any, field: Field, locale: Locale) -> str:
    text = str(value)
    if not status.is_status(field.choices):
        return safe(status.humanised(text))
    hue, glyph = status.look(text, field.choices)
    drawn = icon(glyph, locale) if glyph else ""
    return ready(f"<span class=nx-pill data-hue={hue}>{drawn}{safe(status.humanised(text))}</span>")


def _tags(value: Any, field: Field, locale: Locale) -> str:
    if not isinstance(value, list | tuple):
        return str(escape(_array(value, field, locale)))
    return Markup(" ".join(f'<span class="nx-tag">{safe(str(item))}</span>' for item in value[:TAGS]))


def _email(value: Any, _field: Field, _locale: Locale) -> str:
    address = safe(str(value))
    return Markup(f'<a href="mailto:{address}">{address}</a>')


def _phone(value: Any, _field: Field, _locale: Locale) -> str:
    digits = "".join(letter for letter in str(value) if letter.isdigit() or letter == "+")
    return Markup(f'<a href="tel:{safe(digits)}">{safe(str(value))}</a>')


def _url(value: Any, _field: Field, _locale: Locale) -> str:
    text = str(value)
    try:
        parts = urlsplit(text)
    except ValueError:
        return str(escape(text))
    if parts.scheme not in LINK_SCHEMES:
        return str(escape(text))
    shown = text.removeprefix(f"{parts.scheme}://").removesuffix("/")
    return ready(f'<a href="{safe(text)}" rel="noreferrer noopener" target="_blank">{safe(shown[:80])}</a>')


def _color(value: Any, _field: Field, _locale: Locale) -> str:
    color = safe(str(value))
    return Markup(
        '<span class="nx-row"><svg class="nx-icon" viewBox="0 0 16 16" aria-hidden="true">'
        f'<rect width="16" height="16" rx="3" fill="{color}"/></svg>{color}</span>'
    )


def _code(value: Any, field: Field, locale: Locale) -> str:
    return ready(f'<code class="nx-mono">{safe(_json(value, field, locale)[:SHOWN])}</code>')


KINDS = (
    FieldKind("text", "Text", "t-text"),
    FieldKind("long_text", "Long text", "t-text", editor="long_text", wide=True),
    FieldKind("markdown", "Markdown", "t-text", editor="long_text", wide=True),
    FieldKind("html", "HTML", "code", editor="long_text", wide=True),
    FieldKind("integer", "Whole number", "t-number", _integer, editor="number", align="end"),
    FieldKind("decimal", "Number", "t-number", _number, editor="number", align="end"),
    FieldKind("money", "Money", "t-number", _money, editor="money", align="end"),
    FieldKind("percent", "Percent", "t-number", _percent, editor="number", align="end"),
    FieldKind("year", "Year", "calendar", _plain_number, editor="number", align="end"),
    FieldKind("boolean", "Yes or no", "t-bool", _boolean, editor="boolean"),
    FieldKind("date", "Date", "calendar", _day, editor="date"),
    FieldKind("datetime", "Date and time", "clock", _moment, editor="datetime"),
    FieldKind("time", "Time", "clock", _clock, editor="time"),
    FieldKind("duration", "Length of time", "clock", _duration),
    FieldKind("enum", "Choice", "t-enum", _choice, _pill, editor="choice"),
    FieldKind("email", "Email", "mail", html=_email, editor="email"),
    FieldKind("url", "Link", "globe", html=_url, editor="url"),
    FieldKind("image", "Image", "image", html=_url, editor="url"),
    FieldKind("file", "File", "file", html=_url, editor="url"),
    FieldKind("phone", "Phone", "phone", html=_phone, editor="phone"),
    FieldKind("color", "Colour", "palette", html=_color, editor="color"),
    FieldKind("country", "Country", "globe"),
    FieldKind("slug", "Slug", "tag"),
    FieldKind("uuid", "UUID", "hash", html=_code),
    FieldKind("json", "JSON", "t-json", _json, _code, editor="json", wide=True),
    FieldKind("array", "List", "tag", _array, _tags, editor="array", wide=True),
    FieldKind("range", "Range", "t-text"),
    FieldKind("binary", "Binary", "file", _binary, editor="none"),
    FieldKind("geometry", "Geometry", "map", editor="text", wide=True),
    FieldKind("vector", "Vector", "layers", editor="none", wide=True),
    FieldKind("ip", "IP address", "globe", html=_code),
    FieldKind("secret", "Secret", "lock", editor="secret"),
    FieldKind("bits", "Bits", "hash", html=_code),
    FieldKind("unknown", "Other", "t-text"),
)


@hookimpl
def nexus_field_kinds() -> Sequence[FieldKind]:
    """The house's own."""
    return KINDS
