"""One icon of the sprite, as markup."""

from __future__ import annotations

from functools import lru_cache

from markupsafe import Markup, escape

from nexus_admin.domain.field_kind import Locale

END = '#nx-{}"/></svg>'
"""What follows the sprite's address; `opening` is what goes before it."""


def icon(name: str, locale: Locale, size: str = "") -> Markup:
    """Return the icon called *name*; *size* is `xs`, `sm`, `lg` or empty."""
    return _drawn(name, locale.sprite, size)


@lru_cache(maxsize=1024)
def _drawn(name: str, sprite: str, size: str) -> Markup:
    return Markup(f"{opening(size)}{escape(sprite)}{END.format(escape(name))}")


def opening(size: str) -> str:
    """Return an icon's markup up to where the address of the sprite stands; a page has a hundred, so it is short."""
    css = f'"nx-icon nx-icon--{size}"' if size else "nx-icon"
    return f'<svg class={css} aria-hidden=true><use href="'
