"""A setting: its key, type and default; and a value with the layer that it came from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from nexus_admin.domain.dataclass import dataclass

Layer = Literal["default", "file", "environment", "runtime", "command line"]


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting that `nexus.toml` may hold.

    Args:
        key: Dotted: `server.port`.
        type: `str`, `int`, `float`, `bool` or `list`.
        default: The value where nobody sets one.
        description: One sentence, for the reference.
        secret: Only by reference (`env:NAME`), masked wherever it is shown.
        runtime: May be changed while running, by whoever may `settings.change`.
        owner: The extension that declared it.
        check: Raises `SettingError` for a value that fits the type and says nothing that can be understood.
    """

    key: str
    type: Literal["str", "int", "float", "bool", "list"]
    default: Any
    description: str
    secret: bool = False
    runtime: bool = False
    owner: str = "nexus"
    check: Callable[[Any], object] | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """A value and where it came from: the layer, and the file or variable."""

    value: Any
    layer: Layer
    where: str = ""
