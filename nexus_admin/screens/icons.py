"""One icon of the sprite, as markup."""

from __future__ import annotations

from functools import lru_cache

from markupsafe import Markup

from nexus_admin.domain.field_kind import Locale


def icon(name: str, locale: Locale, size: str = "") -> Markup:
    """Return the icon called *name*; *size* is `xs`, `sm`, `lg` or empty."""
    return _drawn(name, locale.sprite, size)


@lru_cache(maxsize=1024)
def _drawn(name: str, sprite: str, size: str) -> Markup:
    more = f" nx-icon--{size}" if size else ""
    return Markup('<svg class="nx-icon{}" aria-hidden="true"><use href="{}#nx-{}"/></svg>').format(more, sprite, name)
