"""What the kernel tells actions of itself: its settings and its extensions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.extension import ExtensionStatus
from nexus_admin.domain.setting import Origin, Setting


@dataclass(frozen=True, slots=True)
class Controls:
    """Handles of the kernel, which lives on a floor above.

    Args:
        settings: Every declared setting with its value, and as people may see it.
        typed: `typed(key, text) -> value`; raises SettingError where the text does not fit the setting.
        extensions: What became of each extension, in the order of the loader.
    """

    settings: Callable[[], Iterable[tuple[Setting, Origin, str]]]
    typed: Callable[[str, str], Any]
    extensions: Callable[[], Iterable[ExtensionStatus]]

    def value(self, key: str) -> Any:
        """Return the value of a declared setting as it is now."""
        return next(origin.value for one, origin, _ in self.settings() if one.key == key)
