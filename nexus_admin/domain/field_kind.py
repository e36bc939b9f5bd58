"""How one kind of value is drawn and edited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from nexus_admin.domain.resource import Field


def plain(value: Any, _field: Field) -> str:
    """Return *value* as it stands."""
    return str(value)


@dataclass(frozen=True, slots=True)
class FieldKind:
    """How one kind of value is drawn and edited.

    Args:
        name: `money`, `email`, …; a name of `kinds.FAMILIES`, or an extension's own.
        title: What people read in menus.
        glyph: Name of the icon that stands before the field everywhere.
        show: `show(value, field) -> text`, never called with None, Masked or Unreadable.
        html: `html(value, field) -> safe markup` where text is not enough (links, pills); None: escaped `show`.
        editor: Name of the input partial in `templates/inputs/`, or `extension:file` for an extension's own.
        align: Numbers stand to the right.
        wide: The record page and the form give it the whole width.
        owner: The extension that declared it; the kernel fills it in.
    """

    name: str
    title: str
    glyph: str = "text"
    show: Callable[[Any, Field], str] = plain
    html: Callable[[Any, Field], str] | None = None
    editor: str = "text"
    align: Literal["start", "end"] = "start"
    wide: bool = False
    owner: str = "nexus"
