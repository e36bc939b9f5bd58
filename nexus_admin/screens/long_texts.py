"""Texts too long for a page: their beginning, their size, and a way to all of it.

A page never carries such a text whole. A form has it as an input only where somebody asked to edit it; what was read
is then known by its seal, so that it need not be sent back to be compared.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

from markupsafe import Markup

from nexus_admin.domain.field_kind import FieldKind, Locale
from nexus_admin.domain.row import Masked, Unreadable
from nexus_admin.screens.field_kinds import SHOWN, TAGS
from nexus_admin.screens.formats import number
from nexus_admin.screens.forms.inputs import text_of
from nexus_admin.screens.icons import icon

LONG: Final = 20_000
"""Characters that a page shows and edits whole."""

HEAD: Final = 2_000
"""Characters of a longer text that are shown."""


CUT_KINDS: Final = frozenset({"array", "json"})
"""Kinds of which a record shows less than all however short the text is."""


def is_long(value: Any) -> bool:
    """Whether *value* is a text, or is written as one, that no page carries whole."""
    if value is None or isinstance(value, Masked | Unreadable | bytes | bool | int | float):
        return False
    return len(text_of(value)) > LONG


def is_cut(value: Any, kind: FieldKind, text: str) -> bool:
    """Whether a record page shows only the beginning of *value*, which may be read whole and is written as *text*."""
    if kind.name in CUT_KINDS:
        if kind.name == "json":
            return len(text) > SHOWN
        if isinstance(value, (list, tuple)):
            return len(value) > TAGS
    return len(text) > LONG and not isinstance(value, bool | int | float)


def beginning(text: str, drawn: Markup, url: str, locale: Locale) -> Markup:
    """Return what a page shows of a long value: what its kind draws where that is short, else its first characters.

    Args:
        text: The whole of it.
        drawn: What its kind made of it.
        url: Where all of it is.
        locale: Of whoever reads.
    """
    shown = drawn if len(drawn) <= LONG else Markup("{}…").format(text[:HEAD])
    return Markup('{} <a class="nx-small" href="{}">{} All {} characters</a>').format(
        shown, url, icon("file", locale, "sm"), number(len(text))
    )


def size_of(text: str) -> str:
    """Return how long *text* is, in words."""
    return f"{number(len(text))} characters"


def seal(text: str) -> str:
    """Return what tells *text* from every other; line ends are as browsers like them."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
