"""One value as it stands in a list, on a record, in a diff: marked, masked, linked, aligned."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from markupsafe import Markup, escape

from nexus_admin.domain.address import segment
from nexus_admin.domain.field_kind import FieldKind, Locale
from nexus_admin.domain.resource import Field
from nexus_admin.domain.row import Masked, Unreadable, Unsealed
from nexus_admin.screens import formats
from nexus_admin.screens.icons import icon

EMPTY = Markup('<i class="nx-null">—</i>')
CUT = 120
"""Longer texts are cut in a list."""

Cell = Callable[[Any], Markup]
"""Turns one value of a column into markup."""

UNSHOWN = (Masked, Unreadable)
"""What stands in the place of a value that cannot be shown."""

_ordinary = frozenset({str, int, float, bool, Decimal, datetime, date, time, UUID})
_special_letter = re.compile("[&<>\"']").search
_bare = re.compile("[^&<>\"'=`\\s\\0]+").fullmatch
_markup: Callable[[type[Markup], str], Markup] = str.__new__


def ready(text: str) -> Markup:
    """Return *text* as markup that it is already: all that stands in it was escaped."""
    return _markup(Markup, text)


def safe(text: str) -> Markup:
    """Return *text* as markup. A page has hundreds of short ones, and few of them hold anything to escape."""
    return escape(text) if _special_letter(text) else _markup(Markup, text)


def cell_of(field: Field, kind: FieldKind, locale: Locale, *, short: bool = True) -> Cell:
    """Return what draws the values of *field*, chosen once for a whole column.

    Args:
        field: Whose values.
        kind: How they are drawn.
        locale: Where the reader is.
        short: In a list: dates of this year without the year, long texts cut.
    """
    if field.encrypted:
        return partial(_opened, cell_of(replace(field, encrypted=""), kind, locale, short=short), locale, short)
    if short and kind.name in ("date", "datetime"):
        return partial(_when, locale, {}, bool(field.options.get("whole_days")))
    html = _html_of(field, kind)
    if html is not None:
        return partial(_drawn, html, field, locale)
    return partial(_text, kind.show, field, locale, CUT if short else None)


def in_full(field: Field, kind: FieldKind, locale: Locale, value: Any) -> Markup:
    """Return one value as a record shows it: what `cell_of` draws where it is not short."""
    if field.encrypted:
        return cell_of(field, kind, locale, short=False)(value)
    html = _html_of(field, kind)
    if html is not None:
        return _drawn(html, field, locale, value)
    return _text(kind.show, field, locale, None, value)


def _html_of(field: Field, kind: FieldKind) -> Callable[..., str] | None:
    return _seconds if field.unit == "s" and kind.name in ("integer", "decimal") else kind.html


def _seconds(value: Any, _field: Field, _locale: Locale) -> Markup:
    """Draw a number of seconds as people say it; the number itself stays what is sorted, filtered and exported."""
    said = formats.length_of_time(timedelta(seconds=float(value)))
    return Markup('<data value="{0}" title="{0} s">{1}</data>').format(value, said)


def _opened(draw: Cell, locale: Locale, short: bool, value: Any) -> Markup:
    """Draw a value of an encrypted field, and say where it does not open or stands in the clear."""
    if isinstance(value, Unreadable):
        return Markup('<span class="nx-unreadable" title="{}">{} Unreadable</span>').format(
            "It does not open: it was changed, moved here from another place, or its key is gone.",
            icon("alert", locale, "xs"),
        )
    if not isinstance(value, Unsealed):
        return draw(value)
    why = "Not encrypted: it was written before, or by another program."
    says = "<span class='nx-vh'>not encrypted</span>" if short else "not encrypted"  # a list cuts what is wide
    return Markup(f'<span class="nx-tag" data-hue="amber" title="{why}">{{}}{says}</span> {{}}').format(
        icon("alert", locale, "xs"), draw(str(value))
    )


def _special(value: Any, locale: Locale) -> Markup | None:
    """Return the markup of what is no value of its kind: NULL, masked, unreadable."""
    if value.__class__ in _ordinary:
        return None
    if value is None:
        return EMPTY
    if isinstance(value, Masked):
        return Markup('<span class="nx-masked" title="Hidden from your role">{}</span>').format(value.shape)
    if isinstance(value, Unreadable):
        warning = icon("alert", locale, "xs")
        text = value.text[:CUT]
        return Markup(
            '<span class="nx-unreadable" title="Not a value of its kind; shown as it stands">{} {}</span>'
        ).format(warning, text)
    return None


def _text(show: Callable[..., str], field: Field, locale: Locale, cut: int | None, value: Any) -> Markup:
    if value.__class__ not in _ordinary:
        special = _special(value, locale)
        if special is not None:
            return special
    text = show(value, field, locale)
    if text == "":
        return Markup('<span class="nx-null" title="Empty text">“”</span>')
    if cut and len(text) > cut:
        return Markup('<span title="{}">{}…</span>').format(text[:1000], text[:cut])
    return safe(text)


def _drawn(html: Callable[..., str], field: Field, locale: Locale, value: Any) -> Markup:
    if value == "":
        return Markup('<span class="nx-null" title="Empty text">“”</span>')
    special = _special(value, locale)
    if special is not None:
        return special
    made = html(value, field, locale)
    return made if made.__class__ is Markup else Markup(made)


def _when(locale: Locale, days: dict[date, str], whole: bool, value: Any) -> Markup:
    if value.__class__ is datetime:  # most of them; what a format leaves behind holds nothing to escape
        here = value.astimezone(locale.zone) if value.tzinfo else value
        day = here.date()
        said = days.get(day)
        if said is None:
            said = days[day] = formats.day(day, locale, short=True)
        if whole and formats.is_day(value):
            return ready(said)
        return ready(f"{said}{formats.MINUTES[60 * here.hour + here.minute]}")
    special = _special(value, locale)
    if special is not None:
        return special
    if isinstance(value, date):
        return ready(formats.day(value, locale, short=True))
    return escape(str(value))


def link_cell(labels: Mapping[str, str], path: str, value: Any, plain: Cell) -> Markup:
    """Return a relation's value as a link that says the far row's title.

    Args:
        labels: Titles by far key segment; a row that the actor may not see has none.
        path: The far resource's address, of segments that need no escaping.
        value: The key.
        plain: What draws the bare key.
    """
    if value.__class__ not in _ordinary and (value is None or isinstance(value, UNSHOWN)):
        return plain(value)
    key = str(value) if value.__class__ is int else segment(str(value))
    title = labels.get(key)
    if title is None:
        return plain(value)
    return ready(f"<a href={quoted(f'{path}/{key}')}>{safe(title)}</a>")


def quoted(text: str) -> str:
    """Return *text* as the value of an attribute; what every row of a list repeats has quotes where it needs them."""
    return text if _bare(text) else f'"{escape(text)}"'
