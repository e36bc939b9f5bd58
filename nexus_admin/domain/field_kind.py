"""How one kind of value is drawn and edited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from datetime import UTC, datetime, tzinfo
from typing import Any, Literal

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.resource import Field


@dataclass(frozen=True, slots=True)
class Locale:
    """Where the reader is.

    Args:
        zone: Their time zone.
        now: What time it is.
        base: What stands before every address of ours: where the app is mounted.
        sprite: The address of the icons.
    """

    zone: tzinfo = UTC
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    base: str = ""
    sprite: str = ""


Show = Callable[[Any, Field, Locale], str]


def plain(value: Any, _field: Field, _locale: Locale) -> str:
    """Return *value* as it stands."""
    return str(value)


@dataclass(frozen=True, slots=True)
class FieldKind:
    """How one kind of value is drawn and edited.

    Args:
        name: `money`, `email`, …; a name of `kinds.FAMILIES`, or an extension's own.
        title: What people read in menus.
        glyph: Name of the icon that stands before the field everywhere.
        show: `show(value, field, locale) -> text`, never called with None, Masked or Unreadable.
        html: The same, giving safe markup, where text is not enough (links, pills); None: escaped `show`.
        editor: Name of the input partial in `templates/inputs/`, or `extension:file` for an extension's own.
        align: Numbers stand to the right.
        wide: The record page and the form give it the whole width.
        owner: The extension that declared it; the kernel fills it in.
    """

    name: str
    title: str
    glyph: str = "text"
    show: Show = plain
    html: Show | None = None
    editor: str = "text"
    align: Literal["start", "end"] = "start"
    wide: bool = False
    owner: str = "nexus"
